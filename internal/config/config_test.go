package config

import (
	"bytes"
	"strings"
	"testing"
)

// Settings that a person writes are completed by their recipe. Those that a run keeps must be complete.
func TestParse(t *testing.T) {
	quick, err := Recipe(Quick)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		parse func([]byte) (*Config, error)
		file  string
		want  string // the error, or "" for quick's settings
	}{
		{"written by hand", Parse, `{"recipe": "quick", "size": 64}`, ""},
		{"with its version", Parse, `{"version": 1, "recipe": "quick"}`, ""},
		{"of a run", ParseRun, string(quick.JSON()), ""},
		{"of a run that is to be trained anew", Parse, string(quick.JSON()), ""},
		{"of another version", Parse, `{"version": 2}`, "version 2, this program reads version 1"},
		{"of a run of another version", ParseRun, `{"version": 2}`, "version 2, this program reads version 1"},
		{"of a run without a version", ParseRun, `{"recipe": "quick"}`, "version 0, this program reads version 1"},
		{"of a run that lacks keys", ParseRun, `{"version": 1, "recipe": "quick"}`, "size 0 is not possible"},
		{"empty", Parse, "\n", "read settings: the file is empty"},
		{"cut short", Parse, `{"recipe": "qu`, "read settings: unexpected end of JSON input"},
		{"of no recipe", Parse, `{"recipe": "fast"}`, `no recipe is called "fast"`},
	} {
		got, err := c.parse([]byte(c.file))
		switch {
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || HintOf(err) == ""):
			t.Errorf("%s: the error is %v, want %s", c.name, err, c.want)
		case c.want == "" && (err != nil || !bytes.Equal(got.JSON(), quick.JSON())):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestUnknownKey: a key that no setting has is a typing mistake.
func TestUnknownKey(t *testing.T) {
	for _, parse := range []func([]byte) (*Config, error){Parse, ParseRun} {
		_, err := parse([]byte(`{"version": 1, "recipe": "quick", "lr": 1}`))
		if err == nil || !strings.Contains(err.Error(), `"lr"`) {
			t.Errorf("got %v, want an error that names the key", err)
		}
	}
}
