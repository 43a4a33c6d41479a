// The sample sheets of a run, as readers find them.

package run

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
)

// NewestSheet returns the step of the newest sheet of the run in dir, 0 if there is none.
func NewestSheet(dir string) (step int, err error) {
	entries, err := os.ReadDir(filepath.Dir(Sheet(dir, 0)))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "step-%d.png", &n); err == nil && e.Name() == filepath.Base(Sheet(dir, n)) {
			step = max(step, n)
		}
	}
	return step, err
}

// ReadSheet returns the sheet of a step of the run in dir.
func ReadSheet(dir string, step int) (image.Image, error) {
	f, err := os.Open(Sheet(dir, step))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return img, nil
}
