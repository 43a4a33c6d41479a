package kernel

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// useLargePages asks for large pages where whole ones fit into x. It is advice: if the system
// declines, x works as well.
func useLargePages(x []float32) {
	start := uintptr(unsafe.Pointer(&x[0]))
	skip := -start % largePage / 4
	if whole := (uintptr(len(x)) - skip) * 4 / largePage * largePage; whole > 0 {
		unix.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&x[skip])), whole), unix.MADV_HUGEPAGE)
	}
}
