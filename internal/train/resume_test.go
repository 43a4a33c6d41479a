package train

import (
	"errors"
	"os"
	"strings"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/run"
)

func TestCreateRefusesARun(t *testing.T) {
	c := tiny(t)
	dir, err := create(t, c, newFake(c), 3)
	if dir == "" {
		t.Fatal(err)
	}
	if _, err := run.Create(dir, c); !errors.Is(err, run.ErrExists) {
		t.Errorf("a second run in the folder: %v", err)
	}
	if len(steps(t, dir)) != 1 {
		t.Error("the run that is there was touched")
	}
}

func TestOpenRefusesChangedSettings(t *testing.T) {
	c := tiny(t)
	dir, _ := create(t, c, newFake(c), 3)
	for _, test := range []struct {
		name   string
		change func(*config.Config)
		want   string // in the error; "" is none
	}{
		{"what may change", func(c *config.Config) { c.Steps, c.Threads, c.Data = 99, 1, "/moved" }, ""},
		{"a rate", func(c *config.Config) { c.LRG = 0.5 }, `"lr_g" differs`},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := *c
			test.change(&changed)
			if err := os.WriteFile(configFile(dir), changed.JSON(), 0o666); err != nil {
				t.Fatal(err)
			}
			r, err := run.Open(dir)
			if err == nil {
				r.Close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestTrainRefusesOtherPictures(t *testing.T) {
	c := tiny(t)
	dir, _ := create(t, c, newFake(c), 3)
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	other, err := dataset.Demo(dataset.Options{Pattern: "*1.png", Size: c.Size, Channels: c.Channels, Fit: c.Fit, Filter: c.Filter})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(metricsFile(dir))
	err = (&Training{Engine: newFake(c), Pictures: other}).Run(t.Context(), r)
	if err == nil || !strings.Contains(config.HintOf(err), "--data") {
		t.Errorf("error %v, hint %q", err, config.HintOf(err))
	}
	if after, _ := os.ReadFile(metricsFile(dir)); string(after) != string(before) {
		t.Error("the refused run was written to")
	}
}
