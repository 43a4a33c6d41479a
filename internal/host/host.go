// Package host asks the operating system what package os does not tell: how much
// memory and disk are left, how much memory this process has taken, whether a folder can
// be made, and how a process is started that outlives the one that starts it.
//
// Amounts are in bytes. Each comes with a bool that is false where the system does
// not tell; the callers then refuse nothing.
package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ExistingFolder returns path, or the nearest of its parents that exists. It is the
// place to ask for the disk of a folder that is still to be made.
func ExistingFolder(path string) string {
	for {
		_, err := os.Stat(path)
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return path
		}
		path = parent
	}
}

// CheckWritable returns an error if the folder dir, which need not exist yet, can't be made
// or written to.
func CheckWritable(dir string) error {
	f, err := os.CreateTemp(ExistingFolder(dir), ".dcgan-*")
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("make %s: %w", dir, e.Err)
	} else if err != nil {
		return err
	}
	Discard(f)
	return nil
}

// Discard closes and removes a temporary file.
func Discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// RealPath returns path without symbolic links, or path itself if that is not known.
func RealPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
