package config

import "errors"

// hinted is an error with a line that says what to do next.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint returns err with a hint for the person who reads it.
func Hint(err error, hint string) error { return hinted{err, hint} }

// HintOf returns the hint that err or an error it wraps carries, or "". That of a SettingError is what it wants.
func HintOf(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.hint
	}
	if e, ok := errors.AsType[*SettingError](err); ok {
		return e.Want
	}
	return ""
}
