package run

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// withCheckpoints makes a run with full checkpoints of steps 4 and 8.
func withCheckpoints(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{4, 8} {
		s := &checkpoint.Snapshot{Step: step, Config: r.Config, State: gan.NewModel(r.Config).Init(1)}
		if _, err := checkpoint.Save(Checkpoints(dir), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Settings from a checkpoint have the changes that took effect after its step, once each.
func TestSettingsOfACheckpoint(t *testing.T) {
	for _, text := range []string{
		"", "\x00\x00\x00", `{"version": 1, "recipe": "refe`, `{}`, `{"version": 1, "sizf": 8}`,
	} {
		dir := withCheckpoints(t)
		write(t, configFile(dir), text)
		write(t, metricsFile(dir), `{"step":9,"changes":[{"step":9,"setting":"lr_g","value":0.5}]}
{"step":10,"changes":[{"step":10,"setting":"lr_d","value":0.25}]}
`)
		c, note, err := Settings(dir)
		if err != nil || note == "" {
			t.Fatalf("config.json %q: note %q, error %v", text, note, err)
		}
		want := []config.Change{{Step: 9, Setting: "lr_g", Value: 0.5}, {Step: 10, Setting: "lr_d", Value: 0.25}}
		if !slices.Equal(c.Changes, want) {
			t.Errorf("config.json %q: changes %v, want %v", text, c.Changes, want)
		}
		r, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Config.Changes, want) || r.Step != 8 {
			t.Errorf("config.json %q: opened at step %d with changes %v", text, r.Step, r.Config.Changes)
		}
		r.Close()
	}
}

// What a newer program has written is no damage, and is left alone.
func TestNewerSettingsAreRefused(t *testing.T) {
	dir := withCheckpoints(t)
	write(t, configFile(dir), `{"version": 2}`)
	if _, err := Open(dir); err == nil {
		t.Error("Open replaces settings of a newer version")
	}
	if _, _, err := Settings(dir); err == nil {
		t.Error("Settings replaces settings of a newer version")
	}
}

func TestChoosePassesOverDamage(t *testing.T) {
	dir := withCheckpoints(t)
	path := func(step int) string { return filepath.Join(Checkpoints(dir), checkpoint.Name(step)) }
	write(t, metricsFile(dir), `{"step":8,"kid":0.1,"swd":10,"n":8}`+"\n")
	if c, err := Choose(dir); err != nil || c.Step != 8 || c.Scores == nil || len(c.Damaged) > 0 {
		t.Fatalf("chose %+v, error %v", c, err)
	}
	write(t, path(8), "damaged")
	c, err := Choose(dir)
	if err != nil || c.Step != 4 || c.Scores != nil || !slices.Equal(c.Damaged, []string{path(8)}) {
		t.Errorf("chose %+v, error %v", c, err)
	}
	if _, _, err := BestFull(dir); !errors.Is(err, ErrNoneWhole) {
		t.Errorf("the best of those with scores: %v", err)
	}
	write(t, path(4), "")
	if _, err := Choose(dir); !errors.Is(err, ErrNoneWhole) {
		t.Errorf("error %v, want ErrNoneWhole", err)
	}
}
