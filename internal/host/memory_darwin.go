package host

import "golang.org/x/sys/unix"

// AvailableMemory returns the machine's whole memory. macOS compresses or frees what
// other programs hold, and does not report how much it could free.
func AvailableMemory() (int64, bool) {
	n, err := unix.SysctlUint64("hw.memsize")
	return int64(n), err == nil
}
