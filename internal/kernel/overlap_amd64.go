//go:build !purego

package kernel

// Rows are taken from their second pixel on; n is the number of narrow pixels, at least 1.
//
//go:noescape
func overlapAVX2(top, bottom, above, middle, below *float32, n int)
