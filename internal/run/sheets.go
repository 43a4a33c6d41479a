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
	"strconv"
	"strings"
)

// SheetSteps returns the steps of which the run in dir has a sheet, in ascending order.
func SheetSteps(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Dir(Sheet(dir, 0))) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var steps []int
	for _, e := range entries {
		digits := strings.TrimSuffix(strings.TrimPrefix(e.Name(), "step-"), ".png")
		step, err := strconv.Atoi(digits)
		if err == nil && step >= 0 && filepath.Base(Sheet("", step)) == e.Name() {
			steps = append(steps, step)
		}
	}
	return steps, err
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
