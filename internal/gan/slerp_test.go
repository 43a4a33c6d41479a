package gan

import (
	"math"
	"testing"

	"dcgan/internal/config"
)

// Slerp returns the ends at 0 and 1. Between ends of the same length, the middle has that
// length and the same angle to both.
func TestSlerp(t *testing.T) {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Latent = config.LatentNormal
	a, b := NewModel(c).PictureZ(3, 1).Data, NewModel(c).PictureZ(14, 1).Data
	scale := float32(math.Sqrt(dot(a, a) / dot(b, b)))
	for i := range b {
		b[i] *= scale
	}
	first, middle, last := slerp(a, b, 0), slerp(a, b, 0.5), slerp(a, b, 1)
	for i := range a {
		if first[i] != a[i] || last[i] != b[i] {
			t.Fatal("the ends are not the ends")
		}
	}
	if r := dot(middle, middle) / dot(a, a); math.Abs(r-1) > 1e-6 {
		t.Errorf("the middle's squared length is %g of the ends'", r)
	}
	if toA, toB := dot(middle, a), dot(middle, b); math.Abs(toA-toB) > 1e-4 {
		t.Errorf("the middle is at %g from one end, %g from the other", toA, toB)
	}
	// Equal or opposite ends and an end of zeros do not give NaN.
	opposite := make([]float32, len(a))
	for i := range a {
		opposite[i] = -a[i]
	}
	for _, end := range [][]float32{a, opposite, make([]float32, len(a))} {
		for i := range 4 {
			for _, v := range slerp(a, end, float64(i)/3) {
				if v != v {
					t.Fatal("NaN on the arc")
				}
			}
		}
	}
}

func slerp(a, b []float32, t float64) []float32 {
	z := make([]float32, len(a))
	Slerp(z, a, b, t)
	return z
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// A curve passes its keys, has lengths between theirs, and has no corners.
func TestSpline(t *testing.T) {
	keys := [][]float32{{3, 0, 0}, {0, 2, 0}, {0, 0, 1}, {-1, 1, 1}}
	point := func(u float64, closed bool) []float32 {
		z := make([]float32, 3)
		Spline(z, keys, u, closed)
		return z
	}
	apart := func(a, b []float32) (d float64) {
		for i := range a {
			d = max(d, math.Abs(float64(a[i]-b[i])))
		}
		return d
	}
	for _, closed := range []bool{false, true} {
		last := float64(len(keys) - 1)
		if closed {
			last++
			if d := apart(point(last, true), keys[0]); d > 1e-6 {
				t.Errorf("a closed curve ends %g from its start", d)
			}
		}
		for k, key := range keys {
			if d := apart(point(float64(k), closed), key); d > 1e-6 {
				t.Errorf("closed %v: the curve passes key %d at a distance of %g", closed, k, d)
			}
		}
		const step = 1e-3
		for u := step; u < last-step; u += step {
			before, here, after := point(u-step, closed), point(u, closed), point(u+step, closed)
			middle := make([]float32, 3)
			for i := range middle {
				middle[i] = (before[i] + after[i]) / 2
			}
			if d := apart(middle, here); d > 3e-4 { // a corner of 10 degrees would be twice that
				t.Fatalf("closed %v: a corner of %g at %g", closed, d, u)
			}
		}
	}
}
