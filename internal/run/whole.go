// Replacements for a run's damaged files. The newest whole checkpoint replaces a newer one
// that is damaged, and the settings in a checkpoint replace a damaged config.json.

package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
)

// ErrNoneWhole reports that all checkpoints of a run are damaged.
var ErrNoneWhole = errors.New("all its checkpoints are damaged")

// ErrNoSettings reports that config.json is damaged and the run has no checkpoint.
var ErrNoSettings = errors.New("it has no checkpoint, which would have them too")

// firstWhole returns the first entry that read accepts, and the paths of the damaged ones
// before it. An entry is damaged if read returns checkpoint.ErrCorrupt. The list is in the
// order of preference. The error is checkpoint.ErrNone if the list is empty, ErrNoneWhole
// if all entries are damaged, and otherwise the error of read.
func firstWhole(dir string, list []checkpoint.Entry, read func(path string) error) (
	first checkpoint.Entry, damaged []string, err error) {
	if len(list) == 0 {
		return first, nil, fmt.Errorf("%s: %w", dir, checkpoint.ErrNone)
	}
	for _, e := range list {
		if err := read(e.Path); !errors.Is(err, checkpoint.ErrCorrupt) {
			return e, damaged, err
		}
		damaged = append(damaged, e.Path)
	}
	return first, damaged, fmt.Errorf("%s: %w", dir, ErrNoneWhole)
}

// verify is a read function for firstWhole. It does not report files that can't be opened.
func verify(path string) error {
	if _, err := checkpoint.Verify(path); errors.Is(err, checkpoint.ErrCorrupt) {
		return err
	}
	return nil
}

// newestFull returns the full checkpoints of the run in dir, the newest first.
func newestFull(dir string) ([]checkpoint.Entry, error) {
	list, err := checkpoint.Fulls(Checkpoints(dir))
	slices.Reverse(list)
	return list, err
}

// Settings returns the settings of the run in dir. If its config.json is damaged or gone,
// they are those in the newest whole checkpoint, and note says so.
func Settings(dir string) (c *config.Config, note string, err error) {
	c, err = ReadConfig(dir)
	if !replaceable(err) {
		return c, "", err
	}
	list, listErr := checkpoint.List(Checkpoints(dir))
	for _, e := range slices.Backward(list) {
		if c, readErr := checkpoint.Verify(e.Path); readErr == nil {
			restoreChanges(dir, c, e.Step)
			return c, settingsNote(err, e.Path), nil
		}
	}
	return nil, "", errors.Join(err, listErr)
}

// replaceable reports whether err, which ReadConfig has returned, means that config.json is
// damaged or missing. A config.json of a newer version is neither.
func replaceable(err error) bool {
	_, unreadable := errors.AsType[*fs.PathError](err)
	version, other := errors.AsType[*config.VersionError](err)
	newer := other && version.Version > config.Version
	return err != nil && !newer && (!unreadable || errors.Is(err, fs.ErrNotExist))
}

func settingsNote(err error, path string) string {
	return fmt.Sprintf("%v; using the settings in %s", err, path)
}

// restoreChanges adds to settings of a checkpoint the changes that took effect after its
// step, from the lines of metrics.jsonl.
func restoreChanges(dir string, c *config.Config, step int) {
	EachLine(dir, `"changes":`, func(m *Metrics) {
		for _, change := range m.Changes {
			if m.Step > step && !slices.Contains(c.Changes, change) {
				c.Changes = append(c.Changes, change)
			}
		}
	})
	slices.SortStableFunc(c.Changes, func(a, b config.Change) int { return cmp.Compare(a.Step, b.Step) })
}

// setAside renames the damaged files, so that nothing takes them for whole ones. It removes
// those that are empty.
func (r *Run) setAside() error {
	for _, path := range r.damaged {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err == nil && info.Size() == 0:
			err = os.Remove(path)
		case err == nil:
			err = atomicfile.Move(path, FreeName(path+".damaged"))
		}
		if err != nil {
			return fmt.Errorf("set a damaged file aside: %w", err)
		}
	}
	r.damaged = nil
	return nil
}
