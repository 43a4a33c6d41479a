package score

import (
	"math"
	"testing"

	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// painted returns n pictures of size 16 with the values of f.
func painted(n int, f func(picture, channel, y, x int) float32) *tensor.Tensor {
	t := tensor.New(n, 3, 16, 16)
	for i := range n {
		for k := range t.Row(i) {
			t.Row(i)[k] = f(i, k/256, k/16%16, k%16)
		}
	}
	return t
}

// Sharpness is the Laplacian's energy. Spread ignores noise and sees differences at
// low resolution.
func TestLook(t *testing.T) {
	noise := random.New(1, random.Score, 0)
	plain := painted(8, func(i, _, _, _ int) float32 { return float32(i)/4 - 1 })
	board := painted(8, func(_, _, y, x int) float32 { return float32((y+x)%2)*2 - 1 })
	speckled := painted(8, func(int, int, int, int) float32 { return noise.Uniform(1) })
	for _, test := range []struct {
		name              string
		pictures          *tensor.Tensor
		sharpness, spread float64
		tolerance         float64
	}{
		// The deviation of 0, 1/4, ..., 7/4.
		{"plain pictures of other greys", plain, 0, math.Sqrt(21.0/4) / 4, 1e-6},
		// Every pixel differs from its four neighbours by 2.
		{"one chessboard", board, 64, 0, 1e-4},
		// Uniform numbers of variance 1/3 in three channels; squares of 8 x 8 average 64.
		{"noise", speckled, 20.0 / 3 * (0.299*0.299 + 0.587*0.587 + 0.114*0.114), math.Sqrt(1.0 / 3 / 64), 0.3},
	} {
		l := NewLook(test.pictures)
		if math.Abs(l.Sharpness-test.sharpness) > test.tolerance || math.Abs(l.Spread-test.spread) > test.tolerance {
			t.Errorf("%s: %+v, want %g and %g", test.name, l, test.sharpness, test.spread)
		}
	}
	if l := NewLook(speckled).Over(NewLook(speckled)); *l != (Look{1, 1}) {
		t.Errorf("a look over itself is %+v", *l)
	}
	if l := NewLook(speckled).Over(NewLook(plain)); l != nil {
		t.Errorf("over pictures without an edge: %+v", *l)
	}
}
