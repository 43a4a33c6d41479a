//go:build !unix && !windows

package host

// PeakMemory is not known on this system.
func PeakMemory() (int64, bool) { return 0, false }
