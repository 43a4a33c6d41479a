package dcgan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"dcgan/internal/config"
)

// Settings are those of a training. Each has a key, such as "size" or "lr_g", which is
// also its name in config.json; with dashes for underscores it is the flag of the
// command dcgan, whose help explains each ("dcgan train --help").
type Settings struct{ config config.Config }

// Recipes returns the names of the recipes.
func Recipes() []string { return slices.Clone(config.Recipes) }

// Recipe returns the settings of a recipe, ready for single changes.
func Recipe(name string) (*Settings, error) {
	c, err := config.Recipe(name)
	if err != nil {
		return nil, err
	}
	return settingsOf(c), nil
}

func settingsOf(c *config.Config) *Settings {
	s := &Settings{*c}
	s.config.Changes = slices.Clone(c.Changes)
	return s
}

// Set gives a setting a value: a string, a number or a bool. Whether it is possible
// together with the others is checked when the settings are used.
func (s *Settings) Set(key string, value any) error {
	text, err := json.Marshal(map[string]any{key: value})
	if err != nil {
		return fmt.Errorf("set %s: %w", key, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	changed := s.config
	if err := d.Decode(&changed); err != nil {
		return fmt.Errorf("set %s to %v: %w", key, value, err)
	}
	changed.DropChanges(key)
	s.config = changed
	return nil
}

// Get returns the value of a setting as [Settings.Set] takes it, or nil for a key that
// no setting has.
func (s *Settings) Get(key string) any { return s.values()[key] }

// Keys returns the keys of all settings.
func (s *Settings) Keys() []string { return slices.Sorted(maps.Keys(s.values())) }

func (s *Settings) values() map[string]any {
	var values map[string]any
	if err := json.Unmarshal(s.config.JSON(), &values); err != nil {
		panic(err) // it is what JSON has just encoded
	}
	return values
}

// MarshalJSON encodes the settings as a run's config.json holds them.
func (s *Settings) MarshalJSON() ([]byte, error) { return s.config.JSON(), nil }

// UnmarshalJSON decodes settings. What the text lacks has the value that its recipe
// gives.
func (s *Settings) UnmarshalJSON(text []byte) error {
	c, err := config.Parse(text)
	if err != nil {
		return err
	}
	s.config = *c
	return nil
}
