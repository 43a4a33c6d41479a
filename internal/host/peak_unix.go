//go:build unix && !linux

package host

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// PeakMemory returns the most physical memory that this process has held.
func PeakMemory() (int64, bool) {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0, false
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" { // bytes there, KiB elsewhere
		return int64(usage.Maxrss), true
	}
	return int64(usage.Maxrss) << 10, true
}
