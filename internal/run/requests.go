// Requests of other processes to the one that trains: to change a setting, to stop. A
// request is a file in the run's folder requests, so that it reaches any training on
// any system, whoever started it. Requests are for the process that holds the run's
// lock. They are removed when it ends.

package run

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
	"dcgan/internal/config"
)

// Request asks for a new value of a setting from the next step on or, with Stop, to
// finish the current step, save and end.
type Request struct {
	Stop    bool    `json:"stop,omitempty"`
	Setting string  `json:"setting,omitempty"` // as in config.Change
	Value   float64 `json:"value,omitempty"`
	Why     string  `json:"why,omitempty"`
}

// ErrNotTraining reports that no process trains in the run to take a request.
var ErrNotTraining = errors.New("no process trains in this run")

func requestsFolder(dir string) string { return filepath.Join(dir, "requests") }

// Ask sends a request to the process that trains in the run in dir, which takes it
// between two steps. A request that it cannot follow becomes a note of its progress.
func Ask(dir string, r Request) error {
	if !Locked(dir) {
		return fmt.Errorf("%w: %s", ErrNotTraining, dir)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(requestsFolder(dir), 0o777); err != nil {
		return err
	}
	// Names sort in the order of the requests.
	name := fmt.Sprintf("%020d-%s.json", time.Now().UnixNano(), rand.Text())
	return atomicfile.WriteBytes(filepath.Join(requestsFolder(dir), name), 0o666, text)
}

// stopLook is how often Stop looks whether the training has ended.
const stopLook = 50 * time.Millisecond

// Stop asks the process that trains in the run in dir to save and end, and waits until it has.
func Stop(ctx context.Context, dir string) error {
	if err := Ask(dir, Request{Stop: true}); err != nil {
		return err
	}
	tick := time.NewTicker(stopLook)
	defer tick.Stop()
	for Locked(dir) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// lockRun takes the lock of the run in dir and removes the requests that an earlier
// process has left unanswered.
func lockRun(dir string) (*Lock, error) {
	lock, err := LockFolder(dir)
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(requestsFolder(dir)); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return lock, nil
}

// TakeRequests carries out the requests that have arrived before a step. It returns
// notes for people, about the requests and the changes of the step, and whether the
// training is asked to stop.
//
// A change is in config.json, durably, before its request is removed and before
// anything of the step is written. Whenever the process dies, no line and no checkpoint
// that depends on a change exists without that change.
func (r *Run) TakeRequests(step int) (notes []string, stop bool, err error) {
	files, err := requestFiles(r.Dir)
	if err != nil {
		return nil, false, err
	}
	changed := false
	for _, file := range files {
		added, stops, err := r.follow(file, step)
		if err != nil {
			notes = append(notes, fmt.Sprintf("a request is not met: %v", err))
		}
		changed, stop = changed || added, stop || stops
	}
	if changed {
		if err := r.WriteConfig(); err != nil {
			return nil, false, err
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		}
	}
	for _, change := range r.Config.ChangesAt(step) {
		notes = append(notes, change.String())
	}
	return notes, stop, nil
}

// requestFiles lists the files of the pending requests, in their order.
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

// follow carries out the request in a file before a step. It reports whether that added
// a change to the settings, and whether the request is to stop.
func (r *Run) follow(file string, step int) (changed, stop bool, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return false, false, err
	}
	var q Request
	if err := json.Unmarshal(text, &q); err != nil {
		return false, false, err
	}
	if q.Stop {
		return false, true, nil
	}
	changed, err = r.Config.Change(config.Change{Step: step, Setting: q.Setting, Value: q.Value, Why: q.Why})
	return changed, false, err
}
