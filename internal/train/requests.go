// What other processes ask of the one that trains in a run: to change a setting,
// to stop. A request is a file in the run's folder requests, so that it reaches any
// training on any system, whoever started it. Requests are for the process that
// holds the run's lock and go when that ends.

package train

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
)

// Request is what is asked: a new value of a setting from the next step on, or, with
// Stop, to finish the running step, save and end.
type Request struct {
	Stop    bool    `json:"stop,omitempty"`
	Setting string  `json:"setting,omitempty"` // as in config.Change
	Value   float64 `json:"value,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// ErrNotTraining is that of a request to a run in which no process trains.
var ErrNotTraining = errors.New("no process trains in this run")

// errAsked is why a training ended that a request has stopped.
var errAsked = fmt.Errorf("by a request: %w", context.Canceled)

func requestsFolder(dir string) string { return filepath.Join(dir, "requests") }

// Ask asks the process that trains in the run in dir. It meets the request between
// two steps; where it cannot, it says so to those who watch it.
func Ask(dir string, r Request) error {
	if !checkpoint.Locked(dir) {
		return fmt.Errorf("%w: %s", ErrNotTraining, dir)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(requestsFolder(dir), 0o777); err != nil {
		return err
	}
	// Names sort as the requests were made.
	name := fmt.Sprintf("%020d-%s.json", time.Now().UnixNano(), rand.Text())
	return atomicfile.WriteBytes(filepath.Join(requestsFolder(dir), name), 0o666, text)
}

// lockRun takes the lock of the run in dir and throws away the requests that a
// process before this one has not met any more.
func lockRun(dir string) (*checkpoint.RunLock, error) {
	lock, err := checkpoint.Lock(dir)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(requestsFolder(dir)); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock, nil
}

// takeRequests meets what has been asked before a step, and returns what to tell of
// it and of the changes that the step brings.
//
// A change is in config.json, durably, before its request goes and before anything
// of the step is written: whatever crashes, a line or a checkpoint that depends on a
// change never exists without it.
func (s *session) takeRequests(step int) (notes []string, err error) {
	files, err := requestFiles(s.Dir)
	if err != nil {
		return nil, err
	}
	changed := false
	for _, file := range files {
		added, err := s.meet(file, step)
		if err != nil {
			notes = append(notes, fmt.Sprintf("a request is not met: %v", err))
		}
		changed = changed || added
	}
	if changed {
		if err := s.writeConfig(); err != nil {
			return nil, err
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	for _, change := range s.Config.ChangesAt(step) {
		notes = append(notes, change.String())
	}
	return notes, nil
}

// requestFiles lists the requests there are, in their order.
func requestFiles(dir string) (files []string, err error) {
	entries, err := os.ReadDir(requestsFolder(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), atomicfile.Suffix) {
			files = append(files, filepath.Join(requestsFolder(dir), e.Name()))
		}
	}
	return files, err
}

// meet does what the request in a file asks, before a step, and tells whether the
// settings have one change more.
func (s *session) meet(file string, step int) (changed bool, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	var r Request
	if err := json.Unmarshal(text, &r); err != nil {
		return false, err
	}
	if r.Stop {
		s.stop(errAsked)
		return false, nil
	}
	return s.Config.Change(config.Change{Step: step, Setting: r.Setting, Value: r.Value, Why: r.Why})
}
