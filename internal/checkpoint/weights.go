// Reducing a full checkpoint to its weights, a third of its size.

package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensorfile"
)

// keepWeights replaces a full checkpoint by its weights. These are durable before the
// full file is removed, so a crash leaves at least one of the two. A damaged full file
// is removed without a replacement.
func keepWeights(e Entry) error {
	path := filepath.Join(filepath.Dir(e.Path), WeightsName(e.Step))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := copyWeights(path, e.Path); err != nil && !errors.Is(err, ErrCorrupt) {
			return err
		}
	}
	return remove(e.Path)
}

// copyWeights writes the same file as Save does for the weights of a full checkpoint.
// It copies the bytes from file to file, since a state may be larger than the memory
// that a training leaves free.
func copyWeights(path, full string) error {
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := openWhole(f)
	if err != nil {
		return fmt.Errorf("read checkpoint %s: %w", full, err)
	}
	settings, err := config.ParseRun([]byte(c.Metadata["config"]))
	if err != nil {
		return fmt.Errorf("read checkpoint %s: %w", full, tensorfile.Corrupt("metadata", 8, err.Error()))
	}
	moments := map[string]bool{}
	for _, n := range gan.NewModel(settings).Tensors(true) {
		moments[n.Name] = n.Kind.Moment()
	}
	c.Metadata[contentKey] = contentWeights
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		return c.Copy(w, func(name string) bool { return !moments[name] })
	})
}
