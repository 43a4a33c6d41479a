package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/kernel"
	"dcgan/internal/run"
)

// TestMain makes this test binary the program too: "dcgan" is on the PATH of
// scripts and of child processes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dcgan": main})
}

// The scripts in testdata/script read like shell sessions; each is a part of
// what the command line promises.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			foreign, err := filepath.Abs("../../internal/foreign/testdata")
			e.Setenv("foreign", foreign)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"pictures":   makePictures,
			"samestate":  sameState,
			"waitlines":  waitLines,
			"smalldisk":  smallDisk,
			"filldisk":   fillDisk,
			"picturesof": picturesOf,
			"samefiles":  sameFiles,
			"cutshort":   cutShort,
			"flipbyte":   flipByte,
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "smalldisk":
				return canMount(), nil
			case "bf16":
				return kernel.HasBF16(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
	})
}

// exits CODE PROGRAM ARGS... wants the exit code, and at most two lines of errors.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if lines := strings.Count(ts.ReadFile("stderr"), "\n"); want == exitUsage && lines > 2 {
		ts.Fatalf("%d lines on standard error", lines)
	}
}

// pictures DIR N [WIDTHxHEIGHT] makes N different PNG files.
func makePictures(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	w, h := 8, 8
	if len(args) > 2 {
		_, err := fmt.Sscanf(args[2], "%dx%d", &w, &h)
		ts.Check(err)
	}
	ts.Check(writePictures(dir, n, w, h))
}

func writePictures(dir string, n, w, h int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i := range n {
		img := image.NewNRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				img.Set(x, y, color.NRGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(i * 255 / n), 255})
			}
		}
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("picture-%03d.png", i)))
		if err != nil {
			return err
		}
		if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// samestate RUN RUN wants the newest checkpoints to hold the same numbers.
func sameState(ts *testscript.TestScript, neg bool, args []string) {
	a, err := newestState(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := newestState(ts.MkAbs(args[1]))
	ts.Check(err)
	if name := differentTensor(a, b); (name != "") != neg {
		ts.Fatalf("tensor that differs: %q", name)
	}
}

func newestState(runDir string) (*checkpoint.Snapshot, error) {
	newest, err := checkpoint.Latest(run.Checkpoints(runDir))
	if err != nil {
		return nil, err
	}
	return checkpoint.Load(newest.Path)
}

// differentTensor names what differs between two snapshots, or "".
func differentTensor(a, b *checkpoint.Snapshot) string {
	if a.Step != b.Step || a.State.UpdatesD != b.State.UpdatesD || a.State.UpdatesG != b.State.UpdatesG {
		return "the counts"
	}
	if len(a.State.Tensors) != len(b.State.Tensors) {
		return "the list of tensors"
	}
	for name, x := range a.State.Tensors {
		y, ok := b.State.Tensors[name]
		if !ok || !slices.Equal(x.Shape, y.Shape) || !slices.Equal(x.Data, y.Data) {
			return name
		}
	}
	return ""
}

// waitlines FILE N waits until the file has N lines: until a run has made N steps.
func waitLines(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(waitForLines(ts.MkAbs(args[0]), n))
}

func waitForLines(name string, n int) error {
	for range 3000 {
		text, err := os.ReadFile(name)
		if err == nil && strings.Count(string(text), "\n") >= n {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("%s has not %d lines after half a minute", name, n)
}

// samefiles DIR OTHER N wants N files in DIR, each with the content of that of its name
// in OTHER.
func sameFiles(ts *testscript.TestScript, neg bool, args []string) {
	files, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.Itoa(len(files)); got != args[2] {
		ts.Fatalf("%s files", got)
	}
	for _, f := range files {
		if name := f.Name(); ts.ReadFile(filepath.Join(args[0], name)) != ts.ReadFile(filepath.Join(args[1], name)) {
			ts.Fatalf("%s differs", name)
		}
	}
}

// cutshort FILE leaves the first half of the file.
func cutShort(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()/2))
}

// flipbyte FILE changes the byte in the middle of the file.
func flipByte(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	text, err := os.ReadFile(name)
	ts.Check(err)
	text[len(text)/2] ^= 0xff
	ts.Check(os.WriteFile(name, text, 0o666))
}

// picturesof FILE WIDTH HEIGHT wants a picture of that size.
func picturesOf(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	ts.Check(err)
	if got := fmt.Sprint(c.Width, " ", c.Height); got != args[1]+" "+args[2] {
		ts.Fatalf("%s has %s pixels", args[0], got)
	}
}

// A killed training continues to the same bytes as one that nobody disturbed, on any
// number of threads. Its recipe is the default, whose rates follow a schedule. The process
// is a real child, killed at instants that differ from run to run of the test.
func TestKilledAtAnyInstant(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := writePictures(data, 10, 8, 8); err != nil {
		t.Fatal(err)
	}
	settings := []string{"--size", "8", "--ngf", "2", "--ndf", "2", "--batch", "4", "--seed", "5",
		"--steps", "150", "--sample-every", "40", "--checkpoint-every", "7", "--quiet"}
	whole := filepath.Join(t.TempDir(), "whole")
	mustRun(t, append([]string{"train", data, "--out", whole, "--threads", "1"}, settings...)...)
	want, err := newestState(whole)
	if err != nil {
		t.Fatal(err)
	}
	c, err := run.ReadConfig(whole)
	if err != nil {
		t.Fatal(err)
	}
	if c.Schedule != config.ScheduleCosine || c.RatesAt(150).LRG == c.RatesAt(1).LRG {
		t.Fatalf("the default recipe has the schedule %s: no rate depends on the plan", c.Schedule)
	}
	for threads := 1; threads <= 3; threads++ {
		t.Run(fmt.Sprintf("%d threads", threads), func(t *testing.T) {
			runDir := filepath.Join(t.TempDir(), "run")
			args := append([]string{"train", data, "--out", runDir, "--threads", strconv.Itoa(threads)}, settings...)
			for delay := 10 * time.Millisecond; ; delay += delay/4 + time.Duration(rand.Int64N(int64(20*time.Millisecond))) {
				if !killedAfter(t, delay, args) {
					break
				}
				if run.Exists(runDir) {
					args = []string{"resume", runDir, "--quiet"}
				}
				newest, _ := checkpoint.Latest(run.Checkpoints(runDir))
				t.Logf("killed after %v, newest checkpoint %d", delay, newest.Step)
			}
			got, err := newestState(runDir)
			if err != nil {
				t.Fatal(err)
			}
			if name := differentTensor(got, want); name != "" {
				t.Errorf("%s differs", name)
			}
			if a, b := metricsWithoutTime(t, runDir), metricsWithoutTime(t, whole); a != b {
				t.Error("metrics.jsonl differs")
			}
		})
	}
}

// killedAfter starts the program and kills it after a while; it is false if the
// program ended before, which it must have done well.
func killedAfter(t *testing.T, delay time.Duration, args []string) bool {
	t.Helper()
	cmd := exec.Command("dcgan", args...)
	var text strings.Builder
	cmd.Stderr = &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(delay, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	if !timer.Stop() && err != nil {
		return true
	}
	if err != nil {
		t.Fatalf("dcgan %s: %v\n%s", strings.Join(args, " "), err, &text)
	}
	return false
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("dcgan", args...).CombinedOutput(); err != nil {
		t.Fatalf("dcgan %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// metricsWithoutTime is metrics.jsonl without the field that no two runs share.
func metricsWithoutTime(t *testing.T, runDir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(runDir, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		before, rest, _ := strings.Cut(line, `"time_s":`)
		_, after, _ := strings.Cut(rest, ",")
		kept.WriteString(before + after)
	}
	return kept.String()
}
