// Package launch starts trainings that a page asks for, each a process of its own. Neither a
// page nor a training that fails takes the other with it, and a training goes on when the
// page ends. The lock of a run says whether its training runs; a Launcher keeps why it ended.
package launch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/host"
	"dcgan/internal/run"
	"dcgan/internal/web"
)

// Interrupted is the exit code of a training that a signal has ended, after everything was
// saved.
const Interrupted = 130

// Launcher starts trainings by the program that it is part of.
type Launcher struct {
	program string // the executable
	root    string // where new runs go

	mu      sync.Mutex
	started map[string]*child // by the run's folder, without those that ended well
}

// child is a training that was started.
type child struct {
	ended chan struct{} // closed at the end of the process
	err   error         // why it failed, once ended is closed
}

// New returns a launcher of trainings whose new runs go into the folder root.
func New(root string) (*Launcher, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program to train with: %w", err)
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	return &Launcher{program: program, root: root, started: map[string]*child{}}, nil
}

// Times of starting a training.
const (
	startTime = time.Minute // after which reading the pictures goes on unattended
	startLook = 50 * time.Millisecond
)

// Begin starts a new run in a folder with this name, or with a number behind it. The process
// gets the arguments that args returns for the folder.
func (l *Launcher) Begin(ctx context.Context, name string, args func(dir string) []string) (dir string, err error) {
	if dir, err = l.reserve(name); err != nil {
		return "", err
	}
	err = l.start(ctx, dir, args(dir), func() bool { return run.Exists(dir) })
	if err != nil {
		os.Remove(dir) // if nothing is in it
		l.forget(dir)
	}
	return dir, err
}

// GoOn starts a process with the arguments args for the run in dir, which exists.
func (l *Launcher) GoOn(ctx context.Context, dir string, args []string) error {
	if run.Locked(dir) {
		return fmt.Errorf("%w: %s", run.ErrLocked, dir)
	}
	return l.start(ctx, dir, args, func() bool { return run.Locked(dir) })
}

// reserve makes an empty folder for a run, so that two that begin at once have two.
func (l *Launcher) reserve(name string) (string, error) {
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

// start starts a process for the run in dir and waits until it has begun or ended, at most
// for startTime.
func (l *Launcher) start(ctx context.Context, dir string, args []string, begun func() bool) error {
	said, err := os.CreateTemp("", "dcgan-*.txt") // a pipe would end the training with this process
	if err != nil {
		return err
	}
	cmd := exec.Command(l.program, args...)
	cmd.Stderr = said
	host.Detach(cmd)
	if err := cmd.Start(); err != nil {
		host.Discard(said)
		return fmt.Errorf("start a training: %w", err)
	}
	c := &child{ended: make(chan struct{})}
	l.mu.Lock()
	l.started[dir] = c
	l.mu.Unlock()
	go l.wait(dir, c, cmd, said)
	return c.await(ctx, begun)
}

// wait learns how the process ends.
func (l *Launcher) wait(dir string, c *child, cmd *exec.Cmd, said *os.File) {
	err := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 0 && code != Interrupted {
		text, _ := os.ReadFile(said.Name()) // without it the exit says what there is to say
		c.err = failure(string(text), err)
	}
	host.Discard(said)
	close(c.ended)
	if c.err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.started[dir] == c {
			delete(l.started, dir)
		}
	}
}

// await waits until the training has begun. It lets one that takes its time go on.
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

// failure returns the error that a process has printed, with its hint.
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

// forget removes a training that has not begun.
func (l *Launcher) forget(dir string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.started, dir)
}

// Trainings returns the trainings that run or have failed, in the order of their folders.
func (l *Launcher) Trainings() []web.Training {
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
