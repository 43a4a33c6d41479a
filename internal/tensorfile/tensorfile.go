// Package tensorfile reads and writes files of named tensors: safetensors, in which
// checkpoints are kept, and, which it only reads, the .pth files of torch.save and the
// checkpoints of TensorFlow's Saver. Numbers come out as float32.
//
// Files may come from anywhere. Nothing in them is executed, nothing is allocated
// that the file's size does not cover, and a file that breaks its format's rules
// gives an error.
package tensorfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dcgan/internal/tensor"
)

// Named is the description of a tensor: its name and its shape.
type Named struct {
	Name  string
	Shape []int
}

// ErrCorrupt is wrapped by the errors of a safetensors file whose content does not
// match its format or its checksum. They say where in the file and what is wrong.
var ErrCorrupt = errors.New("damaged or foreign file")

// Corrupt returns an ErrCorrupt about a section of the file that begins at byte
// offset.
func Corrupt(section string, offset int64, reason string) error {
	return fmt.Errorf("%w: %s at byte %d: %s", ErrCorrupt, section, offset, reason)
}

// ReadTensors reads all tensors of a file: safetensors if the name says so, or else
// one that torch.save wrote.
func ReadTensors(path string) (map[string]*tensor.Tensor, error) {
	tensors, err := readTensors(path)
	if err != nil {
		return nil, fmt.Errorf("read tensors %s: %w", path, err)
	}
	return tensors, nil
}

func readTensors(path string) (map[string]*tensor.Tensor, error) {
	if strings.EqualFold(filepath.Ext(path), ".safetensors") {
		c, err := ReadSafetensors(path)
		if err != nil {
			return nil, err
		}
		return c.Tensors, nil
	}
	f, size, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readPTH(f, size)
}

// open opens a regular file and returns its size in bytes. Its errors do not name
// the path.
func open(path string) (f *os.File, size int64, err error) {
	f, err = os.Open(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, 0, e.Err
	} else if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}
