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

// parts splits a plane into parts of at most maxPixels, or a row each: where each starts,
// and its number of rows.
func (p Plane) parts() iter.Seq2[int, int] {
	return func(yield func(at, rows int) bool) {
		most := max(1, maxPixels/p.Pixels)
		for row := 0; row < p.Rows; row += most {
			if !yield(row*p.Step, min(p.Rows-row, most)) {
				return
			}
		}
	}
}

// gap is the number of bytes between the end of a row and the next one.
func (p Plane) gap() int { return 4 * (p.Step - p.Pixels*Lanes) }
