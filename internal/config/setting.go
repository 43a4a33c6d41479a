package config

// The description of a setting. The table of all settings is in settings_table.go. Flags, help, completion,
// validation, sweeps, the check of a resumed run and the page's forms derive from it.

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Setting is a row of the table. It describes a field of Config.
type Setting struct {
	Key   string // in config.json; its flag has dashes for underscores
	Label string // what the page's form for a new run calls it; "" keeps it out of the form
	Group string // heading in the help
	Unit  string // what the help calls the value
	Help  string // one line, without the default; {key} names another setting

	// The possible values. If there are Choices, the value is one of them. Otherwise Valid must accept a text, and
	// Range must include a number.
	Choices []string
	Valid   func(text string) bool
	Range   Range
	Want    string // the possible values in words; "" if there are Choices

	Traits Trait

	field func(*Config) any // the field's address
}

// Trait is a set of properties of a setting.
type Trait uint

// The traits.
const (
	Arithmetic Trait = 1 << iota // what is learnt depends on it
	Live                         // may change while a run trains; its field is in Rates
	Resume                       // may differ when a run is resumed
	Sweep                        // a sweep may compare values of it
)

// Range is the interval from Min to Max. AboveMin and BelowMax exclude its ends. The zero Range includes all numbers.
type Range struct {
	Min, Max           float64
	AboveMin, BelowMax bool
}

// holds reports whether the range includes v. No range includes NaN.
func (r Range) holds(v float64) bool {
	if r == (Range{}) {
		return true
	}
	return v >= r.Min && v <= r.Max && !(r.AboveMin && v == r.Min) && !(r.BelowMax && v == r.Max)
}

// Lookup returns the setting with a key, or nil.
func Lookup(key string) *Setting {
	if i := slices.IndexFunc(Settings, func(s Setting) bool { return s.Key == key }); i >= 0 {
		return &Settings[i]
	}
	return nil
}

// Keys lists the keys of the settings with a trait, in the table's order.
func Keys(t Trait) []string {
	var keys []string
	for i := range Settings {
		if Settings[i].Is(t) {
			keys = append(keys, Settings[i].Key)
		}
	}
	return keys
}

// Is reports whether the setting has a trait.
func (s *Setting) Is(t Trait) bool { return s.Traits&t != 0 }

// HelpText returns the help with other settings named by name.
func (s *Setting) HelpText(name func(key string) string) string {
	return settingMark.ReplaceAllStringFunc(s.Help, func(mark string) string { return name(strings.Trim(mark, "{}")) })
}

// IsBool reports whether the values are true and false.
func (s *Setting) IsBool() bool {
	_, ok := s.field(&Config{}).(*bool)
	return ok
}

// Value returns the setting's value in c: a string, int, uint64, float64 or bool.
func (s *Setting) Value(c *Config) any { return s.elem(c).Interface() }

func (s *Setting) elem(c *Config) reflect.Value { return reflect.ValueOf(s.field(c)).Elem() }

// Copy gives the setting in c the value that it has in from.
func (s *Setting) Copy(c, from *Config) { s.elem(c).Set(s.elem(from)) }

// Text returns the setting's value in c as Set reads it.
func (s *Setting) Text(c *Config) string {
	if f, ok := s.Value(c).(float64); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(s.Value(c))
}

// Set sets the setting in c to the value that text has. It returns an error if the text is not of the setting's type.
// Validate checks whether the value is possible.
func (s *Setting) Set(c *Config, text string) (err error) {
	switch p := s.field(c).(type) {
	case *string:
		*p = text
	case *int:
		if *p, err = strconv.Atoi(text); err != nil {
			return ErrNotWhole
		}
	case *uint64:
		if *p, err = strconv.ParseUint(text, 10, 64); err != nil {
			return ErrNotWhole64
		}
	case *float64:
		if *p, err = strconv.ParseFloat(text, 64); err != nil {
			return ErrNotNumber
		}
	case *bool:
		if *p, err = strconv.ParseBool(text); err != nil {
			return ErrNotBool
		}
	}
	return nil
}

// The errors of Set.
var (
	ErrNotWhole   = errors.New("not a whole number")
	ErrNotWhole64 = errors.New("not a whole number from 0 to 18446744073709551615")
	ErrNotNumber  = errors.New("not a number")
	ErrNotBool    = errors.New("not true or false")
)

// JSON returns the setting's value in c as config.json has it. It returns an error for infinity and NaN.
func (s *Setting) JSON(c *Config) (json.RawMessage, error) { return json.Marshal(s.Value(c)) }

// setNumber gives a setting that is a number a value.
func (s *Setting) setNumber(c *Config, v float64) error {
	switch p := s.field(c).(type) {
	case *int:
		if *p = int(v); float64(*p) != v {
			return &SettingError{Key: s.Key, Value: fmt.Sprint(v), Want: "a whole number"}
		}
	case *float64:
		*p = v
	}
	return s.check(c)
}

// Number returns the value of a setting that is an int or a float64.
func (s *Setting) Number(c *Config) float64 {
	switch v := s.Value(c).(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	panic("config: " + s.Key + " is not a number")
}

// check returns a *SettingError if the setting's value in c is not possible.
func (s *Setting) check(c *Config) error {
	if s.possible(c) {
		return nil
	}
	want := s.Want
	if want == "" {
		want = OneOf(s.Choices)
	}
	return &SettingError{Key: s.Key, Value: s.Text(c), Want: want}
}

func (s *Setting) possible(c *Config) bool {
	if s.Choices != nil {
		return slices.Contains(s.Choices, s.Text(c))
	}
	switch v := s.Value(c).(type) {
	case string:
		return s.Valid(v)
	case int, float64:
		return s.Range.holds(s.Number(c))
	}
	return true
}

// OneOf joins names as in "a, b or c".
func OneOf(names []string) string { return join(names, "or") }

func join(names []string, word string) string {
	text := ""
	for i, name := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			text += " " + word + " "
		default:
			text += ", "
		}
		text += name
	}
	return text
}

// SettingError reports that the value of a setting is not possible. Its text names settings by their keys. Word
// returns it with other names.
type SettingError struct {
	Key, Value      string
	With, WithValue string // the setting that rules the value out, if another one does
	Want            string // what is possible
}

func (e *SettingError) Error() string { return e.Word(func(key string) string { return key }) }

// Word returns the error's text with the settings named by name.
func (e *SettingError) Word(name func(key string) string) string {
	text := name(e.Key)
	if s := Lookup(e.Key); s == nil || !s.IsBool() || e.Value != "true" {
		text += " " + quoteEmpty(e.Value)
	}
	if e.With != "" {
		text += " with " + name(e.With) + " " + e.WithValue
	}
	return text + " is not possible"
}

func quoteEmpty(text string) string {
	if text == "" {
		return "''"
	}
	return text
}
