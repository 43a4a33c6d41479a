//go:build !purego

package kernel

// A line of the cache is a pixel's 64 bytes, so one version serves AVX2 and AVX-512. Steps are in
// bytes. A prefetch beyond x is no fault.
//
//go:noescape
func prefetch4AVX2(x *float32, next, row, col, n int)
