//go:build !purego

package kernel

// above, middle and below point to the second pixel of their rows. n, at least 1, is half the number
// of wide pixels of a row.
//
//go:noescape
func overlapAVX2(top, bottom, above, middle, below *float32, n int)
