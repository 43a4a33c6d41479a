package dcgan

import (
	"fmt"
	"slices"

	"dcgan/internal/config"
	"dcgan/internal/run"
)

// Settings holds the settings of a training. Each has a key, such as "size" or "lr_g", which is
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

// StartFrom lets the training begin with what another one has learnt. path is a checkpoint, full or of weights only, or
// a run folder, of which it takes the best checkpoint. The settings of the networks become the checkpoint's; if they
// are set to other values later, the training returns an error.
func (s *Settings) StartFrom(path string) error {
	learnt, err := run.FindLearnt(path)
	if err != nil {
		return fmt.Errorf("start from learnt weights: %w", err)
	}
	learnt.Start(&s.config)
	return nil
}

// Followed says in a line which values the settings have that [Training.Follow] may change,
// each setting named by name.
func (s *Settings) Followed(name func(key string) string) string { return s.config.Followed(name) }

// keyData is the key of the setting that names the pictures. It has no row in the table.
const keyData = "data"

// Set gives a setting a value: a string, a number or a bool. [Train] checks whether
// it is possible together with the others. The setting "data" is the path of the
// pictures, "" for the embedded ones.
func (s *Settings) Set(key string, value any) error {
	text := fmt.Sprint(value)
	if key == keyData {
		s.config.Data = text
		return nil
	}
	row := config.Lookup(key)
	if row == nil {
		return fmt.Errorf("no setting is called %q", key)
	}
	if err := row.Set(&s.config, text); err != nil {
		return fmt.Errorf("set %s to %q: %w", key, text, err)
	}
	s.config.DropChanges(key)
	return nil
}

// Get returns the value of a setting, a string, int, uint64, float64 or bool, or nil for
// a key that no setting has.
func (s *Settings) Get(key string) any {
	if key == keyData {
		return s.config.Data
	}
	if row := config.Lookup(key); row != nil {
		return row.Value(&s.config)
	}
	return nil
}

// Keys returns the keys of all settings.
func Keys() []string {
	keys := []string{keyData}
	for i := range config.Settings {
		keys = append(keys, config.Settings[i].Key)
	}
	return keys
}

// Help returns a line that says what the setting with a key is, "" if there is none.
func Help(key string) string {
	if key == keyData {
		return "folder, archive or IDX file of pictures; empty: the embedded ones"
	}
	if row := config.Lookup(key); row != nil {
		return row.HelpText(func(key string) string { return key })
	}
	return ""
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
