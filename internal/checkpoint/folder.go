// The folder of a run's checkpoints: their names, what there is, what a killed
// process has left. retention.go says what stays.

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

// ErrNone is wrapped by Latest's error where there is no checkpoint.
var ErrNone = errors.New("no checkpoint")

// Entry is a checkpoint in a folder.
type Entry struct {
	Step int
	Path string
	Full bool // a training can go on from it; otherwise it has weights only
}

const (
	namePrefix    = "step-"
	nameSuffix    = ".safetensors"
	weightsSuffix = ".weights" + nameSuffix
)

// Name is the file name of a step's full checkpoint; names sort as steps do, up to
// the step 10^8.
func Name(step int) string { return fmt.Sprintf("%s%08d%s", namePrefix, step, nameSuffix) }

// WeightsName is the file name of a step's checkpoint that has weights only.
func WeightsName(step int) string { return fmt.Sprintf("%s%08d%s", namePrefix, step, weightsSuffix) }

// parseName is the inverse of Name and WeightsName; every other name is a stranger's.
func parseName(name string) (step int, full, ok bool) {
	digits, weights := strings.CutSuffix(name, weightsSuffix)
	digits = strings.TrimSuffix(strings.TrimPrefix(digits, namePrefix), nameSuffix)
	step, err := strconv.Atoi(digits)
	same := Name(step) == name || weights && WeightsName(step) == name
	return step, !weights, err == nil && step >= 0 && same
}

// List returns the checkpoints of dir, oldest first: of a step that has both
// kinds, the full one. It looks at names only: a name is proof of a complete file.
// A folder that does not exist has none.
func List(dir string) ([]Entry, error) {
	list, err := files(dir)
	return oneAStep(list), err
}

// oneAStep drops the weights that lie beside their full checkpoint.
func oneAStep(list []Entry) []Entry {
	return slices.CompactFunc(list, func(a, b Entry) bool { return a.Step == b.Step })
}

// files is List with both files of a step that has both, the full one first.
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
	slices.SortStableFunc(list, func(a, b Entry) int { // in the order of names the full one comes first
		return cmp.Compare(a.Step, b.Step)
	})
	return list, nil
}

// Latest returns the full checkpoint of dir that has the most steps, the one that a
// training goes on from, or ErrNone.
func Latest(dir string) (Entry, error) {
	list, err := List(dir)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range slices.Backward(list) {
		if e.Full {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("%w in %s", ErrNone, dir)
}

// Used is the bytes that the checkpoints of dir take.
func Used(dir string) (n int64, err error) {
	list, err := files(dir)
	for _, e := range list {
		if info, err := os.Stat(e.Path); err == nil { // a training that goes on may have deleted it
			n += info.Size()
		}
	}
	return n, err
}

// RemoveStale removes the *.tmp that a killed process has left in dir. The caller
// holds the run's lock, so that nobody is writing one.
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

// readDir lists a folder, which is empty where it does not exist.
func readDir(dir string) ([]fs.DirEntry, error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

// remove removes a file that somebody else may have removed before.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
