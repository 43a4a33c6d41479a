package kernel

import "testing"

// A prefetch beyond the data is no fault, and none changes the data.
func TestPrefetch4(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		const row = 10 * Lanes
		x := random(t, 10*row, 1)
		want := clone(t, x)
		s := Squares{At: row, Next: 4 * Lanes, Row: row, Col: Lanes, N: 2}
		for _, ahead := range []int{-row, 0, 5 * row, 9*row - 1, 9 * row, 1 << 40} {
			s.Prefetch4(x, ahead)
		}
		sameBits(t, "x", x, want)
	})
}
