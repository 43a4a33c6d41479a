package config

// Texts that name settings. A package names a setting by its key. The code that shows the text
// replaces the key by the name that the reader knows: a flag, the label of a form.

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Text is a text that names settings.
type Text struct {
	format string // with {key} for the name of a setting
	args   []any
}

// Textf returns a text with the format and arguments of fmt.Sprintf. {key} in the format stands
// for the name of a setting. An argument may be a Text.
func Textf(format string, args ...any) Text { return Text{format, args} }

var settingMark = regexp.MustCompile(`\{[a-z0-9_]+\}`)

// Word returns the text with each setting named by name.
func (t Text) Word(name func(key string) string) string {
	args := make([]any, len(t.args))
	for i, arg := range t.args {
		if inner, ok := arg.(Text); ok {
			arg = inner.Word(name)
		}
		args[i] = arg
	}
	return fmt.Sprintf(named(t.format, name), args...)
}

// String returns the text with each setting named by its key.
func (t Text) String() string { return t.Word(byKey) }

func byKey(key string) string { return key }

// named returns the format with {key} replaced by the names of settings.
func named(format string, name func(key string) string) string {
	return settingMark.ReplaceAllStringFunc(format, func(mark string) string {
		return strings.ReplaceAll(name(strings.Trim(mark, "{}")), "%", "%%")
	})
}

// worded is an error that names settings.
type worded struct {
	Text
	err error // with settings named by their keys
}

func (e *worded) Error() string { return e.err.Error() }
func (e *worded) Unwrap() error { return errors.Unwrap(e.err) }

// Errorf is fmt.Errorf for a format in which {key} stands for the name of a setting.
func Errorf(format string, args ...any) error {
	return &worded{Textf(strings.ReplaceAll(format, "%w", "%v"), args...), fmt.Errorf(named(format, byKey), args...)}
}

// WordError returns the text of err with settings named by name, if err or an error that it
// wraps names any.
func WordError(err error, name func(key string) string) string {
	text := err.Error()
	var e interface {
		error
		Word(name func(key string) string) string
	}
	if errors.As(err, &e) {
		return strings.Replace(text, e.Error(), e.Word(name), 1)
	}
	return text
}
