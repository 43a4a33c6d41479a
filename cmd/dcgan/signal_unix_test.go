//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/run"
)

// training is a child process that trains in run.
type training struct {
	*exec.Cmd
	run string
}

// startTraining starts one on the pictures in a new folder, which speaks to stderr, and
// waits for its first lines steps.
func startTraining(t *testing.T, stderr io.Writer, lines int, settings ...string) *training {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := writePictures(data, 10, 8, 8); err != nil {
		t.Fatal(err)
	}
	c := &training{run: filepath.Join(dir, "run")}
	c.Cmd = exec.Command("dcgan", append([]string{"train", data, "--out", c.run}, settings...)...)
	c.Stderr = stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	if err := waitForLines(filepath.Join(c.run, "metrics.jsonl"), lines); err != nil {
		t.Fatal(err)
	}
	return c
}

// interrupt sends SIGINT again and again until the process ends, and returns how.
func (c *training) interrupt() error {
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			c.Process.Signal(syscall.SIGINT)
		}
	}
}

// The first signal ends the training behind its running step, with everything
// saved and a word on how to go on.
func TestFirstSignalSaves(t *testing.T) {
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sent.String(), func(t *testing.T) {
			if signal.Ignored(sent) {
				t.Skip("the tests were started to outlive this signal, and so are their children")
			}
			stderr := &strings.Builder{}
			c := startTraining(t, stderr, 3, "--size", "8", "--ngf", "2", "--ndf", "2", "--batch", "4", "--steps", "1000000")
			c.Process.Signal(sent)
			exit, ok := errors.AsType[*exec.ExitError](c.Wait())
			if !ok || exit.ExitCode() != exitInterrupted {
				t.Errorf("ended with %v", exit)
			}
			text := stderr.String()
			for _, want := range []string{
				"finishing the running step", "dcgan: interrupted\n", "goes on\n", "dcgan resume " + c.run,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("nothing of %q in\n%s", want, text)
				}
			}
			newest, err := checkpoint.Latest(run.Checkpoints(c.run))
			if err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(metricsWithoutTime(t, c.run), "\n"); lines != newest.Step {
				t.Errorf("%d lines of metrics, checkpoint of step %d", lines, newest.Step)
			}
		})
	}
}

// A training saves though nobody reads any more what it says, as in "dcgan train 2>&1 | tee"
// once Ctrl-C has ended tee.
func TestSavesWithoutListeners(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := startTraining(t, w, 3, "--size", "8", "--ngf", "2", "--ndf", "2", "--batch", "4", "--steps", "1000000")
	w.Close()
	r.Close()
	c.Process.Signal(syscall.SIGINT)
	if exit, ok := errors.AsType[*exec.ExitError](c.Wait()); !ok || exit.ExitCode() != exitInterrupted {
		t.Errorf("ended with %v", exit)
	}
	if _, err := checkpoint.Latest(run.Checkpoints(c.run)); err != nil {
		t.Error(err)
	}
}

// A second signal does not wait for a step that takes long.
func TestSecondSignalQuits(t *testing.T) {
	stderr := &strings.Builder{}
	c := startTraining(t, stderr, 0, "--recipe", "quick", "--gen-updates", "1000")
	exit, ok := errors.AsType[*exec.ExitError](c.interrupt()) // in the first step, which takes a minute
	if !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("ended with %v\n%s", exit, stderr)
	}
}

// A page stays when the training beside it has ended, so that it can go on, and ends with
// Ctrl-C.
func TestPageStays(t *testing.T) {
	dir := t.TempDir()
	data, runDir := filepath.Join(dir, "data"), filepath.Join(dir, "run")
	if err := writePictures(data, 10, 8, 8); err != nil {
		t.Fatal(err)
	}
	for i, command := range [][]string{
		{"train", data, "--out", runDir, "--size", "8", "--ngf", "2", "--ndf", "2", "--batch", "4", "--steps", "2"},
		{"resume", runDir, "--steps", "10"},
	} {
		t.Run(command[0], func(t *testing.T) {
			cmd := exec.Command("dcgan", append(command, "--serve", "--control")...)
			c := &controlled{T: t, runs: dir, url: stayingPage(t, cmd)}
			c.token = c.get("/api/session")["token"].(string)
			steps := 5 + 10*i
			if answer := c.post("/api/runs/run/resume", fmt.Sprintf(`{"steps":%d}`, steps)); answer["name"] != "run" {
				t.Fatalf("resume: %v", answer)
			}
			c.await("the steps", func() bool { return c.steps("run") == steps && !run.Locked(runDir) })
			cmd.Process.Signal(syscall.SIGINT)
			if err := cmd.Wait(); err != nil {
				t.Errorf("the page ends with %v", err)
			}
		})
	}
}

// A page that only shows stays too.
func TestShowingPageStays(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := writePictures(data, 10, 8, 8); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dcgan", "train", data, "--out", filepath.Join(dir, "run"),
		"--size", "8", "--ngf", "2", "--ndf", "2", "--batch", "4", "--steps", "2", "--serve")
	stayingPage(t, cmd)
	cmd.Process.Signal(syscall.SIGINT)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the page ends with %v", err)
	}
}

// stayingPage starts a training with a page and returns its address once the training
// has ended.
func stayingPage(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "the page stays: "); ok {
			url, _, _ := strings.Cut(rest, "; Ctrl-C ends it")
			url, _, _ = strings.Cut(url, "/#/")
			return strings.TrimSuffix(url, "/")
		}
	}
	t.Fatal("the page does not stay")
	return ""
}
