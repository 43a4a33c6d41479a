// The lock that keeps two trainings out of one run.

package checkpoint

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped by Lock's error when another process trains in the run.
var ErrLocked = errors.New("another process trains in this run")

// RunLock is held by the one process that may write into a run's folder.
type RunLock struct {
	file *flock.Flock
}

// Lock takes the lock of the run in runDir, the file RUN/lock, without waiting.
// The system releases it when the process ends, however it ends; the file stays,
// since to remove it would race with the next to lock it.
func Lock(runDir string) (*RunLock, error) {
	file := flock.New(filepath.Join(runDir, "lock"), flock.SetPermissions(0o644))
	locked, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the run: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s", ErrLocked, runDir)
	}
	return &RunLock{file}, nil
}

// Unlock releases the lock.
func (l *RunLock) Unlock() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlock the run: %w", err)
	}
	return nil
}
