// What takes the place of a run's damaged files: the newest whole checkpoint that of a
// newer one, and the settings in a checkpoint those of config.json.

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

// ErrNoneWhole reports a run all of whose checkpoints are damaged.
var ErrNoneWhole = errors.New("all its checkpoints are damaged")

// ErrNoSettings reports a run without a checkpoint whose config.json is damaged.
var ErrNoSettings = errors.New("it has no checkpoint, which would have them too")

// firstWhole returns the first of the entries, which come in the order of preference,
// that read does not find to be damaged, and those before it. The error is
// checkpoint.ErrNone if there are no entries, and ErrNoneWhole if all are damaged.
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

// verify is a read of firstWhole. A file that can't be opened is not damaged.
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

// replaceable reports whether err, of ReadConfig, is of a config.json that is damaged or
// gone. One of a newer version is neither.
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

// setAside renames the files that have been found damaged, so that nobody takes them for
// whole ones. Of an empty file nothing is kept.
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
