// Package host asks the operating system what package os does not tell: how much
// memory and disk are left, how much memory this process has taken, and how a
// process is started that outlives the one that starts it.
//
// Amounts are in bytes. Each comes with a bool that is false where the system does
// not tell; the callers then refuse nothing.
package host

import (
	"errors"
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
