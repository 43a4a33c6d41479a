// The lock that prevents two trainings of one run at a time.

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

// RunLock is the lock of a run. The process that holds it may write into the run's
// folder.
type RunLock struct {
	file *flock.Flock
}

// lookTime is longer than a call of Locked holds the lock.
const lookTime = 100 * time.Millisecond

func lockFile(runDir string) string { return filepath.Join(runDir, "lock") }

// Lock takes the lock of the run in runDir, the file RUN/lock. It waits only as long as
// calls of Locked hold the lock, and returns ErrLocked if a training holds it. The
// system releases the lock when the process ends, in whatever way. The file stays,
// since removing it would race with the next process that locks it.
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

// Locked reports whether a process trains in the run in runDir. To find out, it takes
// the lock for an instant in shared mode.
func Locked(runDir string) bool {
	if _, err := os.Stat(lockFile(runDir)); err != nil {
		return false // opening the lock would create the file
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
