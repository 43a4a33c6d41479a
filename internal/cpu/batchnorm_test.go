package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The statistics of a map agree with float64 if means are far from 0, if one value is far
// from all others, and if all values are equal. The tolerance is relative to the standard
// deviation, or 1.
func TestMomentsAgainstFloat64(t *testing.T) {
	const tolerance = 3e-7
	for _, c := range []struct {
		n, size           int
		mean, sd, outlier float64
	}{
		{32, 4, 0, 1, 0},
		{3, 32, 0, 1, 0},
		{3, 32, 100, 1, 0},
		{3, 32, -1e4, 0.5, 0},
		{3, 32, 0, 1, 1000},
		{3, 32, 7, 0, 0},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			m, rng := newTestMap(c.n, 16, c.size, lanes), rand.New(rand.NewPCG(1, 2))
			var values []float64 // of channel 5
			for n := range c.n {
				for y := range c.size {
					row := m.inside(n, 0, y)
					for x := range c.size {
						v := float32(c.mean + c.sd*rng.NormFloat64())
						if c.outlier != 0 && n == c.n/2 && y == c.size/2 && x == c.size/2 {
							v = float32(c.outlier)
						}
						row[x*lanes+5] = v
						values = append(values, float64(v))
					}
				}
			}
			var mean, ss float64
			for _, v := range values {
				mean += v / float64(len(values))
			}
			for _, v := range values {
				ss += (v - mean) * (v - mean)
			}
			sd := math.Sqrt(ss / float64(len(values)))
			got := momentsOf(m, 0, 0, c.n)
			gotSd := math.Sqrt(got.ss[5] / got.count)
			if off := math.Abs(got.mean[5] - mean); off > tolerance*max(sd, 1) {
				t.Errorf("mean %v, want %v: off by %.2g", got.mean[5], mean, off)
			}
			if off := math.Abs(gotSd - sd); off > tolerance*max(sd, 1) {
				t.Errorf("standard deviation %v, want %v: off by %.2g", gotSd, sd, off)
			}
		})
	}
}
