package train

import (
	"context"
	"errors"
	"os"
	"slices"
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

// A run whose rates follow its length is stopped, made longer, and replayed from its config.json: the same bytes.
func TestLongerRunsReplay(t *testing.T) {
	c := tiny(t)
	c.Discriminator, c.Gamma, c.Schedule, c.Hold = config.DiscriminatorPlain, 1, config.ScheduleCosine, 0.25
	dir, err := create(t, c, newFake(c), 8)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, session := range []struct{ steps, stopAt int }{{12, 11}, {12, 0}, {20, 14}, {20, 0}} {
		r, err := run.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		r.Config.Replan(r.Step, session.steps)
		if err := finish(t, r, newFake(r.Config), session.stopAt); err != nil && session.stopAt == 0 {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(configFile(dir))
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := config.Parse(text)
	if err != nil || !slices.Equal(replayed.Plans, []config.Plan{{Until: 12, Steps: 12}}) {
		t.Fatal(replayed.Plans, err)
	}
	again, err := create(t, replayed, newFake(replayed), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, again)
	delete(want, "samples/step-00000012.png")
	got := contents(t, dir)
	delete(got, "samples/step-00000012.png")
	sameContents(t, got, want)

	replayed.Plans = nil // as if it had been planned so from the beginning
	if err := os.WriteFile(configFile(dir), replayed.JSON(), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Open(dir); err == nil {
		t.Error("a run is opened without the plan that it had")
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
	if err == nil || !strings.Contains(config.HintOf(err), "where it is with data") {
		t.Errorf("error %v, hint %q", err, config.HintOf(err))
	}
	if after, _ := os.ReadFile(metricsFile(dir)); string(after) != string(before) {
		t.Error("the refused run was written to")
	}
}
