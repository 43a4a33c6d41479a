package run

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// tiny returns the settings of a run of 12 steps.
func tiny(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.NZ, c.Batch, c.Steps = 8, 2, 2, 4, 4, 12
	return c
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A folder with other files in it may become a run.
func TestCreateInAFolderWithFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "notes.txt"), "mine")
	r, err := Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

// A run that can't be created leaves nothing behind.
func TestCreateCleansUp(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	os.Mkdir(dir, 0o777)
	write(t, filepath.Join(dir, "samples"), "a file where a folder should be")
	if _, err := Create(dir, tiny(t)); err == nil {
		t.Fatal("a run with a file for its samples")
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 1 || left[0].Name() != "samples" {
		t.Errorf("left behind: %v", left)
	}
}

func TestLockedRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second trainer: %v", err)
	}
}

func TestFreeName(t *testing.T) {
	name := filepath.Join(t.TempDir(), "photos")
	for _, want := range []string{name, name + "-2", name + "-3"} {
		got := FreeName(name)
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		os.Mkdir(got, 0o777)
	}
}

func TestCutMetrics(t *testing.T) {
	const one, two, three = `{"step":1,"d_x":0.5}` + "\n", `{"step":2,"d_x":0.5}` + "\n", `{"step":3,"d_x":0.5}` + "\n"
	for _, test := range []struct{ name, before, after string }{
		{"nothing to cut", one + two, one + two},
		{"later steps", one + two + three, one + two},
		{"torn in a number", one + two + `{"step":3,"d_x":0.`, one + two},
		{"torn before the end of the line", one + two + `{"step":2,"d_x":0.5}`, one + two},
		{"zeros of a crashed file system", one + two + "\x00\x00\x00\n", one + two},
		{"all later", three, ""},
		{"empty", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "metrics.jsonl")
			if err := os.WriteFile(path, []byte(test.before), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := cutMetrics(path, 2); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); string(got) != test.after {
				t.Errorf("left %q, want %q", got, test.after)
			}
		})
	}
}

// The disk has to hold all checkpoints that the settings keep, or as much as the budget allows.
func TestCheckpointNeed(t *testing.T) {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	m := gan.NewModel(c)
	full, weights := checkpoint.Size(m, true), checkpoint.Size(m, false)
	for _, test := range []struct {
		name   string
		change func(*config.Config)
		most   int64
	}{
		{"20,000 steps", func(*config.Config) {}, 6*full + 8*weights},
		{"no snapshots", func(c *config.Config) { c.SnapshotEvery = 0 }, 6 * full},
		{"no scores, no best", func(c *config.Config) { c.ScoreEvery = -1 }, 3*full + 8*weights},
		{"few steps", func(c *config.Config) { c.Steps = 600 }, 3 * full},
		{"a budget", func(c *config.Config) { c.DiskBudget = "2GB" }, 2e9},
		{"a budget of more than is needed", func(c *config.Config) { c.DiskBudget = "2TB" }, 6*full + 8*weights},
	} {
		changed := *c
		test.change(&changed)
		least, most := CheckpointNeed(&changed, m)
		if least != 2*full || most != test.most {
			t.Errorf("%s: from %d to %d bytes, want %d to %d", test.name, least, most, 2*full, test.most)
		}
		const used = 1e9
		if want := max(DiskNeed(&changed, m, 0)-used, DiskNeed(&changed, m, most)); DiskNeed(&changed, m, used) != want {
			t.Errorf("%s: used bytes count twice", test.name)
		}
	}
}
