package config

import "errors"

// hinted is an error with a line that says what to do next.
type hinted struct {
	error
	hint Text
}

func (h hinted) Unwrap() error { return h.error }

// Hint returns err with a hint for the person who reads it.
func Hint(err error, hint string) error { return hinted{err, Textf("%s", hint)} }

// Hintf is Hint with a format in which {key} stands for the name of a setting.
func Hintf(err error, format string, args ...any) error { return hinted{err, Textf(format, args...)} }

// HintOf returns the hint of err or of an error that it wraps, or "". The hint of a SettingError
// says what is possible. Settings are named by their keys.
func HintOf(err error) string { return WordHint(err, byKey) }

// WordHint is HintOf with settings named by name.
func WordHint(err error, name func(key string) string) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.hint.Word(name)
	}
	if e, ok := errors.AsType[*SettingError](err); ok {
		return e.Want
	}
	return ""
}
