//go:build linux || darwin || freebsd

package host

import "golang.org/x/sys/unix"

// AvailableDisk returns what an ordinary user may still write to the file system of
// dir, which must exist.
func AvailableDisk(dir string) (int64, bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
