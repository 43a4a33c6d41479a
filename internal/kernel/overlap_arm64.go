//go:build !purego

package kernel

// Rows are taken from their second pixel on; n is the number of narrow pixels, at least 1.
//
//go:noescape
func overlapNEON(top, bottom, above, middle, below *float32, n int)

func overlap(top, bottom, above, middle, below []float32) {
	if active == Generic {
		overlapGeneric(top, bottom, above, middle, below)
		return
	}
	overlapNEON(&top[0], &bottom[0], &above[OverlapLen], &middle[OverlapLen], &below[OverlapLen], len(top)/8)
}
