// The lock that lets only one process train in a run at a time.

package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// ErrLocked reports that another process trains in the run.
var ErrLocked = errors.New("another process trains in this run")

// Lock is held by the one process that may write into a folder.
type Lock struct {
	file *flock.Flock
}

// lookTime is longer than Locked holds the lock in order to look at it.
const lookTime = 100 * time.Millisecond

func lockFile(dir string) string { return filepath.Join(dir, "lock") }

// LockFolder takes the lock of a run's or sweep's folder, the file lock in it. It does
// not wait for a process that trains, only for one that looks at the lock. The system
// releases the lock when the process ends, however it ends. The file stays: removing it
// would race with the next process that locks it.
func LockFolder(dir string) (*Lock, error) {
	file := flock.New(lockFile(dir), flock.SetPermissions(0o644))
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	locked, err := file.TryLockContext(ctx, lookTime/20)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("lock the run: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	return &Lock{file}, nil
}

// Locked reports whether a process trains in the run in dir. To find out, it takes a
// shared lock for an instant.
func Locked(dir string) bool {
	if _, err := os.Stat(lockFile(dir)); err != nil {
		return false // looking must not create the file
	}
	file := flock.New(lockFile(dir), flock.SetFlag(os.O_RDONLY))
	shared, err := file.TryRLock()
	file.Close() // releases the lock
	return err == nil && !shared
}

// Unlock releases the lock. A second call has no effect.
func (l *Lock) Unlock() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlock the run: %w", err)
	}
	return nil
}
