package train

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
)

func TestCreateRefusesARun(t *testing.T) {
	c := tiny(t)
	dir, err := create(t, c, newFake(c), 3)
	if dir == "" {
		t.Fatal(err)
	}
	if _, err := Create(dir, c); !errors.Is(err, ErrRunExists) {
		t.Errorf("a second run in the folder: %v", err)
	}
	if len(steps(t, dir)) != 1 {
		t.Error("the run that is there was touched")
	}
}

// A folder of the person's own, with files in it, may become a run.
func TestCreateInAFolderWithFiles(t *testing.T) {
	dir := t.TempDir()
	tear(t, filepath.Join(dir, "notes.txt"), "mine")
	r, err := Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

// What can't be made leaves nothing behind.
func TestCreateCleansUp(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	os.Mkdir(dir, 0o777)
	tear(t, filepath.Join(dir, "samples"), "a file where a folder should be")
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
	if _, err := Open(dir); !errors.Is(err, checkpoint.ErrLocked) {
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
			r, err := Open(dir)
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
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	other, err := dataset.Demo(dataset.Options{Pattern: "*1.png", Size: c.Size, Channels: c.Channels, Fit: c.Fit, Filter: c.Filter})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(metricsFile(dir))
	err = r.Train(t.Context(), newFake(c), other, nil)
	if err == nil || !strings.Contains(config.HintOf(err), "--data") {
		t.Errorf("error %v, hint %q", err, config.HintOf(err))
	}
	if after, _ := os.ReadFile(metricsFile(dir)); string(after) != string(before) {
		t.Error("the refused run was written to")
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
