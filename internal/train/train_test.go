package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/run"
)

// create makes a run in a new folder and trains it with e until it ends or, if
// stopAt is not 0, is cancelled at that step.
func create(t *testing.T, c *config.Config, e engine.Engine, stopAt int) (dir string, err error) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	r, err := run.Create(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	return dir, finish(t, r, e, stopAt)
}

// resume continues the run in dir.
func resume(t *testing.T, dir string, e engine.Engine, stopAt int) error {
	t.Helper()
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return finish(t, r, e, stopAt)
}

func finish(t *testing.T, r *run.Run, e engine.Engine, stopAt int) error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	training := &Training{Engine: e, Pictures: pictures(t), Report: func(p Progress) {
		if p.Step+1 == stopAt { // while the step stopAt is running, so to speak
			cancel()
		}
	}}
	err := training.Run(ctx, r)
	if closeErr := r.Close(); closeErr != nil {
		t.Fatal(closeErr)
	}
	return err
}

// contents reads what a run's folder holds that must not depend on stops: the
// sheets, the metrics without their times, the newest checkpoint's tensors.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	sheets, _ := filepath.Glob(filepath.Join(dir, "samples", "*"))
	for _, name := range append(sheets, metricsFile(dir)) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(dir, name)
		all[filepath.ToSlash(rel)] = regexp.MustCompile(`"time_s":[0-9.e-]+,`).ReplaceAllString(string(text), "")
	}
	newest, err := checkpoint.Latest(run.Checkpoints(dir))
	if err != nil {
		t.Fatal(err)
	}
	s, err := checkpoint.Load(newest.Path)
	if err != nil {
		t.Fatal(err)
	}
	all["updates"] = fmt.Sprint(s.Step, s.State.UpdatesD, s.State.UpdatesG)
	for name, x := range s.State.Tensors {
		all[name] = fmt.Sprintf("%x", x.Data)
	}
	return all
}

func sameContents(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d things, want %d", len(got), len(want))
	}
}

func steps(t *testing.T, dir string) (list []int) {
	t.Helper()
	entries, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Step)
	}
	return list
}

func TestRunFolder(t *testing.T) {
	dir, err := create(t, tiny(t), newFake(tiny(t)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); !d.IsDir() {
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "events.out.tfevents.") })
	want := []string{
		"checkpoints/step-00000010.safetensors", "checkpoints/step-00000012.safetensors",
		"config.json", "lock", "metrics.jsonl",
		"samples/step-00000004.png", "samples/step-00000008.png", "samples/step-00000012.png",
	}
	if !slices.Equal(names, want) {
		t.Errorf("files\n%s\nwant\n%s", strings.Join(names, "\n"), strings.Join(want, "\n"))
	}
	text, _ := os.ReadFile(metricsFile(dir))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 12 {
		t.Fatalf("%d lines of metrics", len(lines))
	}
	keys := regexp.MustCompile(`"\w+":`).FindAllString(lines[11], -1)
	if got := strings.Join(keys, " "); got != `"step": "time_s": "discriminator_loss": "discriminator_loss_on_real": `+
		`"discriminator_loss_on_generated": "generator_loss": "d_x": "d_gz": "sheet_sharpness": "sheet_spread":` {
		t.Errorf("keys %s", got)
	}
	file, err := os.Open(run.Sheet(dir, 12))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if img, err := png.Decode(file); err != nil || img.Bounds().Dx() < 8*8 {
		t.Errorf("sheet %v, %v", img.Bounds(), err)
	}
}

// A run that is stopped at any step, or that dies at any, and is resumed ends
// with the same bytes as one that never stopped.
func TestResumeIsExact(t *testing.T) {
	c := tiny(t)
	whole, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for k := 2; k <= c.Steps; k++ {
		t.Run(fmt.Sprintf("stopped at %d", k), func(t *testing.T) {
			dir, err := create(t, tiny(t), newFake(c), k)
			if k < c.Steps && !errors.Is(err, context.Canceled) {
				t.Fatalf("the stopped run ends with %v", err)
			}
			if got := steps(t, dir); got[len(got)-1] != k {
				t.Fatalf("stopped at %d with checkpoints %v", k, got)
			}
			if err := resume(t, dir, newFake(c), 0); err != nil {
				t.Fatal(err)
			}
			sameContents(t, contents(t, dir), want)
		})
		t.Run(fmt.Sprintf("died at %d", k), func(t *testing.T) {
			dead := newFake(c)
			dead.failAt = k
			dir, err := create(t, tiny(t), dead, 0)
			if !errors.Is(err, errFake) {
				t.Fatalf("the failing run ends with %v", err)
			}
			// A kill may tear the last line, and leave a file half-written.
			tear(t, metricsFile(dir), `{"step":`+fmt.Sprint(k)+`,"time_`)
			tear(t, filepath.Join(run.Checkpoints(dir), "step-00000005.safetensors.tmp"), "half")
			if err := resume(t, dir, newFake(c), 0); err != nil {
				t.Fatal(err)
			}
			sameContents(t, contents(t, dir), want)
			if left, _ := filepath.Glob(filepath.Join(dir, "*", "*.tmp")); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func tear(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTimeGoesOn(t *testing.T) {
	c := tiny(t)
	dir, _ := create(t, c, newFake(c), 5)
	r, err := run.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.TimeS = 1000
	if err := finish(t, r, newFake(c), 0); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(metricsFile(dir))
	for line := range bytes.Lines(text) {
		var m run.Metrics
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		if (m.TimeS >= 1000) != (m.Step > 5) {
			t.Errorf("step %d after %g s", m.Step, m.TimeS)
		}
	}
}

// Every FixedBatchEvery-th step trains on the same pictures and on the z of the
// sheet; the steps between on others.
func TestFixedBatch(t *testing.T) {
	c := tiny(t)
	c.FixedBatchEvery, c.Draw = 5, config.DrawReplacement
	e := newFake(c)
	if _, err := create(t, c, e, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.steps[4].real, e.steps[9].real) || !slices.Equal(e.steps[4].z, e.steps[9].z) {
		t.Error("steps 5 and 10 differ")
	}
	if !slices.Equal(e.steps[4].z, gan.NewModel(c).PictureZ(0, c.Batch).Data) {
		t.Error("step 5 is not on the z of the sheet")
	}
	if slices.Equal(e.steps[4].real, e.steps[5].real) {
		t.Error("step 6 is on the fixed batch too")
	}
}

func TestDivergence(t *testing.T) {
	for _, test := range []struct {
		name   string
		break_ func(*fakeEngine)
		want   string
		lines  int
	}{
		{"losses", func(e *fakeEngine) { e.divergeAt = 8 }, "training diverged at step 8: discriminator_loss is NaN", 8},
		{"weights", func(e *fakeEngine) { e.poisonFrom = 7 }, "save step 10: training diverged: adam_v.generator.logits.bias", 11},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := tiny(t)
			e := newFake(c)
			test.break_(e)
			dir, err := create(t, c, e, 0)
			if !errors.Is(err, ErrDiverged) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
			if got := steps(t, dir); !slices.Equal(got, []int{5}) {
				t.Errorf("checkpoints %v", got)
			}
			text, _ := os.ReadFile(metricsFile(dir))
			if got := bytes.Count(text, []byte("\n")); got != test.lines {
				t.Errorf("%d lines of metrics, want %d", got, test.lines)
			}
		})
	}
}

func TestSampleFiles(t *testing.T) {
	c := tiny(t)
	c.SampleFiles = true
	dir, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"generated_step4_1.jpg", "generated_step12_64.jpg"} {
		if _, err := os.Stat(filepath.Join(dir, "samples", name)); err != nil {
			t.Error(err)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "samples", "*.jpg")); len(files) != 3*64 {
		t.Errorf("%d files", len(files))
	}
}

// The graph is one that TensorBoard can draw: names differ, inputs exist before
// they are used.
func TestGraph(t *testing.T) {
	known := map[string]bool{}
	for _, n := range graph(gan.NewModel(tiny(t)), gan.Sigmoid) {
		if known[n.Name] {
			t.Errorf("two nodes are called %s", n.Name)
		}
		known[n.Name] = true
		for _, input := range n.Inputs {
			if !known[input] {
				t.Errorf("%s reads %s, which is not there before it", n.Name, input)
			}
		}
	}
	for _, name := range []string{"generator/deconv1/relu", "generator/logits/tanh", "discriminator_on_real/conv2/leaky_relu", "generator_loss"} {
		if !known[name] {
			t.Errorf("no node is called %s", name)
		}
	}
}
