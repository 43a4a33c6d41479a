// The folder of a run's checkpoints: file names, listing, and removal of unfinished
// files. retention.go says which checkpoints stay.

package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dcgan/internal/atomicfile"
)

// ErrNone is wrapped by Latest's error if there is no full checkpoint.
var ErrNone = errors.New("no checkpoint")

// Entry is a checkpoint in a folder.
type Entry struct {
	Step int
	Path string
	Full bool // whether a training can resume from it; otherwise it has weights only
}

const (
	namePrefix    = "step-"
	nameSuffix    = ".safetensors"
	weightsSuffix = ".weights" + nameSuffix
)

// Name returns the file name of a step's full checkpoint. Names sort as steps do, for
// steps below 10^8.
func Name(step int) string { return fmt.Sprintf("%s%08d%s", namePrefix, step, nameSuffix) }

// WeightsName returns the file name of a step's checkpoint of weights only.
func WeightsName(step int) string { return fmt.Sprintf("%s%08d%s", namePrefix, step, weightsSuffix) }

// parseName is the inverse of Name and WeightsName. ok is false for any other name.
func parseName(name string) (step int, full, ok bool) {
	digits, weights := strings.CutSuffix(name, weightsSuffix)
	digits = strings.TrimSuffix(strings.TrimPrefix(digits, namePrefix), nameSuffix)
	step, err := strconv.Atoi(digits)
	same := Name(step) == name || weights && WeightsName(step) == name
	return step, !weights, err == nil && step >= 0 && same
}

// List returns the checkpoints of dir in the order of their steps. Of a step that has
// both kinds it returns the full one. It reads no files, since a name proves that its
// file is complete. If dir does not exist the list is empty.
func List(dir string) ([]Entry, error) {
	list, err := files(dir)
	return onePerStep(list), err
}

// onePerStep drops the checkpoints of weights for whose steps there is a full one.
func onePerStep(list []Entry) []Entry {
	return slices.CompactFunc(list, func(a, b Entry) bool { return a.Step == b.Step })
}

// files is List, but of a step that has both kinds it returns both, the full one first.
func files(dir string) ([]Entry, error) {
	found, err := readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var list []Entry
	for _, f := range found {
		if step, full, ok := parseName(f.Name()); ok && !f.IsDir() {
			list = append(list, Entry{step, filepath.Join(dir, f.Name()), full})
		}
	}
	slices.SortStableFunc(list, func(a, b Entry) int { // by name, a full one comes before its weights
		return cmp.Compare(a.Step, b.Step)
	})
	return list, nil
}

// Latest returns the full checkpoint of dir with the most steps, whole or damaged. It
// returns ErrNone if there is none.
func Latest(dir string) (Entry, error) {
	list, err := Fulls(dir)
	if err != nil {
		return Entry{}, err
	}
	if len(list) == 0 {
		return Entry{}, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	return list[len(list)-1], nil
}

// Fulls returns the full checkpoints of dir, from which a training can resume, in the
// order of their steps.
func Fulls(dir string) ([]Entry, error) {
	list, err := List(dir)
	return slices.DeleteFunc(list, func(e Entry) bool { return !e.Full }), err
}

// Used returns the bytes that the checkpoints of dir take.
func Used(dir string) (n int64, err error) {
	list, err := files(dir)
	for _, e := range list {
		if info, err := os.Stat(e.Path); err == nil { // a running training may have removed it
			n += info.Size()
		}
	}
	return n, err
}

// RemoveStale removes the *.tmp files that a killed process has left in dir. The
// caller holds the run's lock, so no other process is writing one.
func RemoveStale(dir string) error {
	files, err := readDir(dir)
	if err != nil {
		return fmt.Errorf("remove unfinished files: %w", err)
	}
	for _, f := range files {
		if f.IsDir() || !strings.HasSuffix(f.Name(), atomicfile.Suffix) {
			continue
		}
		if err := remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("remove an unfinished file: %w", err)
		}
	}
	return nil
}

// readDir lists a folder. A folder that does not exist has no entries.
func readDir(dir string) ([]fs.DirEntry, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// remove removes a file. It is no error if the file does not exist.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
