// Files that commands write where the user says.

package main

import (
	"bytes"
	"fmt"
	"os"

	"dcgan/internal/config"
)

// checkNew returns an error if a file is there already, unless it may be replaced.
func checkNew(path string, force bool) error {
	if _, err := os.Stat(path); err == nil && !force {
		return config.Hint(fmt.Errorf("%s exists", path), "another name, or --force to replace it")
	}
	return nil
}

// isFile reports whether there is a file with just that content.
func isFile(path string, content []byte) bool {
	old, err := os.ReadFile(path)
	return err == nil && bytes.Equal(old, content)
}
