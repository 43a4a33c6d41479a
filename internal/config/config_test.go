package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestMissingKeys: a file that somebody writes leaves to its recipe what it does not
// say; a run's own file lacks only what came later, and runs as it did.
func TestMissingKeys(t *testing.T) {
	quick, err := Recipe(Quick)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(quick.JSON(), &keys); err != nil {
		t.Fatal(err)
	}
	for _, later := range []string{"init", "augment", "average", "precision", "on_alarm", "snapshot_every", "disk_budget", "lr_hold", "lr_half_life"} {
		delete(keys, later)
	}
	old, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	asItWas := *quick
	asItWas.Init, asItWas.Augment, asItWas.Average = InitXavier, AugmentNone, 0
	asItWas.LRHold, asItWas.LRHalfLife = 0, 0
	for _, c := range []struct {
		name  string
		parse func([]byte) (*Config, error)
		file  string
		want  *Config
	}{
		{"written by hand", Parse, `{"recipe": "quick", "size": 64}`, quick},
		{"of a run", ParseRun, string(old), &asItWas},
		{"of a run that is to be trained anew", Parse, string(old), &asItWas},
		{"of a run of today", Parse, string(quick.JSON()), quick},
	} {
		got, err := c.parse([]byte(c.file))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !bytes.Equal(got.JSON(), c.want.JSON()) {
			t.Errorf("%s: got %s, want %s", c.name, got.JSON(), c.want.JSON())
		}
	}
}

// TestUnknownKey: a key that no setting has is a typing mistake.
func TestUnknownKey(t *testing.T) {
	for _, parse := range []func([]byte) (*Config, error){Parse, ParseRun} {
		if _, err := parse([]byte(`{"recipe": "quick", "lr": 1}`)); err == nil || !strings.Contains(err.Error(), `"lr"`) {
			t.Errorf("got %v, want an error that names the key", err)
		}
	}
}
