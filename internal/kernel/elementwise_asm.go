//go:build (amd64 || arm64) && !purego

package kernel

import "iter"

// maxPixels bounds a call into assembly, which nothing can interrupt, to about 100 us
// even from memory: 256 KiB of each operand.
const maxPixels = 4096

// runs splits n floats into runs of at most maxPixels: where each starts, and its
// number of pixels.
func runs(n int) iter.Seq2[int, int] {
	return func(yield func(at, pixels int) bool) {
		for at := 0; at < n; at += maxPixels * Lanes {
			if !yield(at, min(n-at, maxPixels*Lanes)/Lanes) {
				return
			}
		}
	}
}
