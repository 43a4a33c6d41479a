package kernel

import (
	"fmt"
	"testing"
)

func TestOverlap(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for _, n := range []int{1, 2, 3, 8, 13} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				for seed := range uint64(2) {
					row := func(i uint64) []float32 { return random(t, (n+2)*OverlapLen, 2*i+seed) }
					above, middle, below := row(1), row(2), row(3)
					top, bottom := random(t, 8*n, 8+seed), random(t, 8*n, 10+seed)
					wantTop, wantBottom := clone(t, top), clone(t, bottom)
					overlapGeneric(wantTop, wantBottom, above, middle, below)
					Overlap(top, bottom, above, middle, below)
					sameBits(t, "top", top, wantTop)
					sameBits(t, "bottom", bottom, wantBottom)
				}
			})
		}
	})
}
