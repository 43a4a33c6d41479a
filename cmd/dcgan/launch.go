// Trainings that a page starts, each a process of its own: neither a page nor a
// training that fails takes the other with it, and a training goes on when the page
// ends. The run's lock says whether one runs; what is kept here is why one ended.

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/host"
	"dcgan/internal/run"
	"dcgan/internal/web"
)

// launcher starts trainings by the program that it is part of.
type launcher struct {
	program string // the executable
	root    string // where new runs go

	mu      sync.Mutex
	started map[string]*child // by the run's folder; those that ended well are gone
}

// child is a training that was started. Its fields are of one process from its start
// to its end, which closes ended.
type child struct {
	ended chan struct{}
	err   error // of one that has ended
}

func newLauncher(root string) (*launcher, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program to train with: %w", err)
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	return &launcher{program: program, root: root, started: map[string]*child{}}, nil
}

// Times of starting a training.
const (
	startTime = time.Minute // after which reading the pictures goes on unattended
	startLook = 50 * time.Millisecond
)

// Train starts a new run, in a folder with the name of the data. The command line
// that it makes is checked as a person's is.
func (l *launcher) Train(ctx context.Context, data, recipe string, settings map[string]string) (dir string, err error) {
	args := []string{"--recipe=" + recipe}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "--"+flagName(key)+"="+settings[key])
	}
	if data, err = expandHome(data); err != nil {
		return "", err
	}
	dir, err = l.reserve(runName(data))
	if err != nil {
		return "", err
	}
	args = append([]string{"train", "--quiet", "--out", dir}, args...)
	if data != "" {
		args = append(args, "--", data)
	}
	err = l.start(ctx, dir, args, func() bool { return run.Exists(dir) })
	if err != nil {
		os.Remove(dir) // if nothing is in it
		l.forget(dir)
	}
	return dir, err
}

// expandHome puts the person's folder for a ~ at the beginning, as a shell does.
func expandHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path, nil
	}
	home, err := os.UserHomeDir()
	return home + rest, err
}

// reserve makes an empty folder for a run, so that two that begin at once have two.
func (l *launcher) reserve(name string) (string, error) {
	if err := os.MkdirAll(l.root, 0o777); err != nil {
		return "", err
	}
	for {
		dir := run.FreeName(filepath.Join(l.root, name))
		if err := os.Mkdir(dir, 0o777); !errors.Is(err, os.ErrExist) {
			return dir, err
		}
	}
}

// Resume trains a run on.
func (l *launcher) Resume(ctx context.Context, dir string, steps int) error {
	if run.Locked(dir) {
		return fmt.Errorf("%w: %s", run.ErrLocked, dir)
	}
	args := []string{"resume", "--quiet"}
	if steps != 0 {
		args = append(args, "--steps="+strconv.Itoa(steps))
	}
	return l.start(ctx, dir, append(args, "--", dir), func() bool { return run.Locked(dir) })
}

// start starts a process for the run in dir and waits until it has begun, has ended,
// or takes its time.
func (l *launcher) start(ctx context.Context, dir string, args []string, begun func() bool) error {
	said, err := os.CreateTemp("", "dcgan-*.txt") // a pipe would end the training with this process
	if err != nil {
		return err
	}
	cmd := exec.Command(l.program, args...)
	cmd.Stderr = said
	host.Detach(cmd)
	if err := cmd.Start(); err != nil {
		discard(said)
		return fmt.Errorf("start a training: %w", err)
	}
	c := &child{ended: make(chan struct{})}
	l.mu.Lock()
	l.started[dir] = c
	l.mu.Unlock()
	go l.wait(dir, c, cmd, said)
	return c.await(ctx, begun)
}

func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// wait learns how the process ends.
func (l *launcher) wait(dir string, c *child, cmd *exec.Cmd, said *os.File) {
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitOK && code != exitInterrupted {
		text, _ := os.ReadFile(said.Name()) // without it the exit says what there is to say
		c.err = failure(string(text), err)
	}
	discard(said)
	close(c.ended)
	if c.err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.started[dir] == c {
			delete(l.started, dir)
		}
	}
}

// await waits until the training has begun. One that takes its time is let go on.
func (c *child) await(ctx context.Context, begun func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	look := time.NewTicker(startLook)
	defer look.Stop()
	for {
		select {
		case <-c.ended:
			return c.err
		case <-ctx.Done():
			return nil
		case <-look.C:
			if begun() {
				return nil
			}
		}
	}
}

// failure is the error that a process has reported, with its hint.
func failure(text string, exit error) error {
	what, hint := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if s, ok := strings.CutPrefix(line, "dcgan: "); ok {
			what = s
		} else if s, ok := strings.CutPrefix(line, "hint: "); ok {
			hint = s
		}
	}
	if what == "" {
		return fmt.Errorf("the training ended by itself: %w", exit)
	}
	return config.Hint(errors.New(what), hint)
}

// forget lets go of a training that has not begun.
func (l *launcher) forget(dir string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.started, dir)
}

// Trainings lists the trainings that run or have failed, by their folders.
func (l *launcher) Trainings() []web.Training {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []web.Training
	for dir, c := range l.started {
		t := web.Training{Dir: dir}
		select {
		case <-c.ended:
			t.Err = c.err
		default:
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b web.Training) int { return cmp.Compare(a.Dir, b.Dir) })
	return list
}

// farewell tells which trainings go on without the page.
func (l *launcher) farewell(stderr io.Writer) {
	for _, t := range l.Trainings() {
		if t.Err == nil {
			fmt.Fprintf(stderr, "the training of %s goes on; dcgan stop %s ends it\n", t.Dir, quoted(t.Dir))
		}
	}
}
