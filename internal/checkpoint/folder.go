// The folder of a run's checkpoints: names, the newest, the removal of old ones.

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
}

const (
	namePrefix = "step-"
	nameSuffix = ".safetensors"
)

// Name is the file name of a step's checkpoint; names sort as steps do, up to
// the step 10^8.
func Name(step int) string {
	return fmt.Sprintf("%s%08d%s", namePrefix, step, nameSuffix)
}

// parseName is the inverse of Name; every other name is a stranger's.
func parseName(name string) (step int, ok bool) {
	digits := strings.TrimSuffix(strings.TrimPrefix(name, namePrefix), nameSuffix)
	step, err := strconv.Atoi(digits)
	return step, err == nil && step >= 0 && Name(step) == name
}

// List returns the checkpoints of dir, oldest first. It looks at names only: a
// name is proof of a complete file. A folder that does not exist has none.
func List(dir string) ([]Entry, error) {
	files, err := readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var list []Entry
	for _, f := range files {
		if step, ok := parseName(f.Name()); ok && !f.IsDir() {
			list = append(list, Entry{step, filepath.Join(dir, f.Name())})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Step, b.Step) })
	return list, nil
}

// Latest returns the checkpoint of dir that has the most steps, or ErrNone.
func Latest(dir string) (Entry, error) {
	list, err := List(dir)
	if err != nil {
		return Entry{}, err
	}
	if len(list) == 0 {
		return Entry{}, fmt.Errorf("%w in %s", ErrNone, dir)
	}
	return list[len(list)-1], nil
}

// Prune removes all but the newest keep checkpoints of dir and those of some other
// steps, the oldest first; the newest always stays. Call it after Save has returned:
// the newer file is durable then, and a crash between any two removals costs nothing.
func Prune(dir string, keep int, others ...int) error {
	list, err := List(dir)
	if err != nil {
		return err
	}
	for _, e := range list[:max(0, len(list)-max(1, keep))] {
		if slices.Contains(others, e.Step) {
			continue
		}
		if err := remove(e.Path); err != nil {
			return fmt.Errorf("remove an old checkpoint: %w", err)
		}
	}
	return nil
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
