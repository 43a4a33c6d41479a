package main

import "golang.org/x/sys/unix"

// availableMemory is the machine's memory in bytes: macOS compresses and frees
// what other programs hold, and tells no number of what it could free.
func availableMemory() (int64, bool) {
	n, err := unix.SysctlUint64("hw.memsize")
	return int64(n), err == nil
}
