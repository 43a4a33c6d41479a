//go:build !linux && !darwin && !windows

package host

// AvailableMemory is not known on this system.
func AvailableMemory() (int64, bool) { return 0, false }
