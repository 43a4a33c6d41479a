package config

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Every field of Config has a row, except those that no flag sets.
func TestEveryFieldHasARow(t *testing.T) {
	others := []string{
		"version", "recipe", "data", "parent", "parent_step", "rewinds", "changes", "plans", "from", "from_weights",
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.Anonymous && !slices.Contains(others, key) && Lookup(key) == nil {
			t.Errorf("the setting %s has no row", key)
		}
	}
}

// Each row sets the field of its key and no other, and returns the value that it was set to.
func TestSettingsSetTheirField(t *testing.T) {
	for i := range Settings {
		s := &Settings[i]
		text := "1"
		if s.IsBool() {
			text = "true"
		}
		var c, copied Config
		if err := s.Set(&c, text); err != nil {
			t.Errorf("%s: %v", s.Key, err)
		}
		for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
			key := field.Tag.Get("json")
			if !field.Anonymous && reflect.ValueOf(c).FieldByIndex(field.Index).IsZero() == (key == s.Key) {
				t.Errorf("%s: the field %s is not what it should be", s.Key, key)
			}
		}
		if s.Text(&c) != text {
			t.Errorf("%s: set to %s, it is %s", s.Key, text, s.Text(&c))
		}
		if s.Copy(&copied, &c); !reflect.DeepEqual(copied, c) {
			t.Errorf("%s: it is not copied", s.Key)
		}
	}
}

// Rows are complete and their traits fit together.
func TestTable(t *testing.T) {
	var live []string
	for i := range Settings {
		s := &Settings[i]
		value := s.Value(&Config{})
		if s.Group == "" || s.Unit == "" || s.Help == "" || Lookup(s.Key) != s {
			t.Errorf("%s: the row is not complete, or not the only one", s.Key)
		}
		if _, text := value.(string); text && (s.Choices == nil) == (s.Valid == nil) {
			t.Errorf("%s: a text has either choices or a rule", s.Key)
		}
		if !s.IsBool() && s.Key != "seed" && s.Choices == nil && s.Want == "" {
			t.Errorf("%s: nothing says which values are possible", s.Key)
		}
		if (s.Is(Live) || s.Is(Sweep)) && !s.Is(Arithmetic) || s.Is(Resume) && s.Is(Arithmetic) {
			t.Errorf("%s: its traits contradict each other", s.Key)
		}
		if s.Is(Live) {
			live = append(live, s.Key)
			if s.Label == "" {
				t.Errorf("%s: the page has no name for it", s.Key)
			}
			s.Number(&Config{}) // panics if it is none
		}
	}
	rates := reflect.TypeFor[Rates]()
	for i := range rates.NumField() {
		if key := rates.Field(i).Tag.Get("json"); !slices.Contains(live, key) {
			t.Errorf("%s is in Rates and not live", key)
		}
	}
	if rates.NumField() != len(live) {
		t.Errorf("live are %v", live)
	}
}

// Choices are possible, other values are not, and the error names the possible ones.
func TestPossibleValues(t *testing.T) {
	for i := range Settings {
		s := &Settings[i]
		for _, choice := range s.Choices {
			var c Config
			if err := s.Set(&c, choice); err != nil || s.check(&c) != nil {
				t.Errorf("%s: %s is not possible: %v", s.Key, choice, err)
			}
		}
		if s.Choices != nil {
			var c Config
			s.Set(&c, "0")
			if err := s.check(&c); err == nil || HintOf(err) == "" {
				t.Errorf("%s: 0 gives the error %v", s.Key, err)
			}
		}
	}
	r := Range{Min: 0, Max: 1, AboveMin: true, BelowMax: true}
	for v, want := range map[float64]bool{0: false, 0.5: true, 1: false, -1: false, 2: false, math.NaN(): false} {
		if r.holds(v) != want {
			t.Errorf("%g is in the range: %v", v, !want)
		}
	}
}

// The error for two settings that exclude each other names both, in the caller's words.
func TestConflict(t *testing.T) {
	c := reference()
	c.Exact, c.Precision = true, PrecisionBF16
	err := c.Validate()
	if err == nil || err.Error() != "exact with precision bf16 is not possible" {
		t.Errorf("the error is %v", err)
	}
	if got := WordError(err, strings.ToUpper); got != "EXACT with PRECISION bf16 is not possible" {
		t.Errorf("with other names it is %q", got)
	}
	c = reference()
	c.Average, c.SheetStatistics = 100, StatisticsMoving
	if err := c.Validate(); err == nil || err.Error() != "sheet_statistics moving with average 100 is not possible" {
		t.Errorf("the error is %v", err)
	}
}
