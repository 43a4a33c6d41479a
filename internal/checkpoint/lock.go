// The lock that keeps two trainings out of one run.

package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked is wrapped by Lock's error when another process trains in the run.
var ErrLocked = errors.New("another process trains in this run")

// RunLock is held by the one process that may write into a run's folder.
type RunLock struct {
	file *flock.Flock
}

// lookTime is longer than Locked holds a lock to look at it.
const lookTime = 100 * time.Millisecond

func lockFile(runDir string) string { return filepath.Join(runDir, "lock") }

// Lock takes the lock of the run in runDir, the file RUN/lock, and waits for nobody
// but those who only look at it.
// The system releases it when the process ends, however it ends; the file stays,
// since to remove it would race with the next to lock it.
func Lock(runDir string) (*RunLock, error) {
	file := flock.New(lockFile(runDir), flock.SetPermissions(0o644))
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	locked, err := file.TryLockContext(ctx, lookTime/20)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("lock the run: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s", ErrLocked, runDir)
	}
	return &RunLock{file}, nil
}

// Locked reports whether a process trains in the run in runDir. To find out it shares
// the lock for an instant, where it can be shared.
func Locked(runDir string) bool {
	if _, err := os.Stat(lockFile(runDir)); err != nil {
		return false // to look must not make the file
	}
	file := flock.New(lockFile(runDir), flock.SetFlag(os.O_RDONLY))
	shared, err := file.TryRLock()
	file.Close() // releases it
	return err == nil && !shared
}

// Unlock releases the lock.
func (l *RunLock) Unlock() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlock the run: %w", err)
	}
	return nil
}
