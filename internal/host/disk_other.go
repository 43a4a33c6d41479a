//go:build !linux && !darwin && !freebsd && !windows

package host

// AvailableDisk is not known on this system.
func AvailableDisk(string) (int64, bool) { return 0, false }
