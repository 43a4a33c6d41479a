//go:build !purego

package kernel

// One version serves all: a line of the cache is a pixel's 64 bytes. Steps are bytes; it may ask for what lies
// beyond x, which is no fault.
//
//go:noescape
func prefetch4AVX2(x *float32, next, row, col, n int)
