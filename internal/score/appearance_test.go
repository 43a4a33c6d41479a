package score

import (
	"testing"

	"dcgan/internal/tensor"
)

// Structure is where a picture is light and dark, whatever its contrast; colours are the means of sixteenths.
func TestAppearance(t *testing.T) {
	const size = 32
	pictures := tensor.New(4, 3, size, size)
	for k := range size * size {
		left := float32(1)
		if k%size >= size/2 {
			left = -1
		}
		for c, v := range []float32{left, left, left} { // light at the left
			pictures.Row(0)[c*size*size+k] = v
			pictures.Row(1)[c*size*size+k] = 0.2 + v/4 // the same, pale
			pictures.Row(2)[c*size*size+k] = -v        // light at the right
		}
		pictures.Row(3)[k] = left // only red
	}
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c, err := e.Candidates(t.Context(), memory{pictures}, upTo(4), Form{size, 3, 1})
	if err != nil {
		t.Fatal(err)
	}
	for k := range structureSide * structureSide {
		want := 1.0
		if k%structureSide >= structureSide/2 {
			want = -1
		}
		for i, sign := range []float64{1, 1, -1, 1} {
			near(t, "the structure", float64(c.structure.row(i)[k]), sign*want, 1e-3)
		}
	}
	for k := range colourSide * colourSide {
		left := float64(1)
		if k%colourSide >= colourSide/2 {
			left = -1
		}
		for channel, want := range []float64{0.2 + left/4, 0.2 + left/4, 0.2 + left/4} {
			near(t, "a colour", float64(c.colours.row(1)[channel*colourSide*colourSide+k]), want, 1e-4)
		}
		near(t, "red", float64(c.colours.row(3)[k]), left, 1e-4)
		near(t, "green", float64(c.colours.row(3)[colourSide*colourSide+k]), 0, 1e-4)
	}

	// A picture of one colour has no structure, and one smaller than the squares has that of its pixels.
	flat, err := e.Candidates(t.Context(), memory{tensor.New(2, 3, 8, 8)}, upTo(2), Form{8, 3, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range append(flat.structure.data, flat.joined().data...) {
		if v-v != 0 {
			t.Fatal("a picture of one colour has a value that is no number")
		}
	}
}
