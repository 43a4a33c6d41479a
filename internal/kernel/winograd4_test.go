package kernel

import (
	"math"
	"testing"
)

func TestWinograd4Spreads(t *testing.T) {
	for _, k := range []struct {
		name             string
		pixels           int
		fast, definition spreadFunc
	}{
		{"Input", 5, Winograd4Input, winograd4InputGeneric},
		{"Filter", 2, Winograd4Filter, winograd4FilterGeneric},
		{"Gradient", 4, Winograd4Gradient, winograd4GradientGeneric},
	} {
		t.Run(k.name, func(t *testing.T) {
			eachSquares(t, k.pixels, func(t *testing.T, s *Squares, size int) {
				for _, seed := range []uint64{1, 2} {
					testWinogradTransform(t, s, 25, random(t, size, seed), k.fast, k.definition)
				}
			})
		})
	}
}

func TestWinograd4Output(t *testing.T) {
	testWinograd4Gather(t, 4, func(dst []float32, s *Squares, src []float32, matrix int, _ bool) {
		Winograd4Output(dst, s, src, matrix)
	}, func(dst []float32, s *Squares, src []float32, matrix int, _ bool) {
		winograd4OutputGeneric(dst, s, src, matrix)
	})
}

func TestWinograd4Taps(t *testing.T) { testWinograd4Gather(t, 2, Winograd4Taps, winograd4TapsGeneric) }

// testWinograd4Gather compares a transform to squares of pixels x pixels, which do not overlap, with
// its definition.
func testWinograd4Gather(t *testing.T, pixels int, fast, definition gatherFunc) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for _, s := range []Squares{
			{Next: 4 * 16, Row: 600 * 16, Col: 16},
			{Next: 8 * 16, Row: 900, Col: 32},
			{Next: 16, Row: 13 * 16 * 4, Col: 13 * 16},
		} {
			for _, s.N = range []int{1, 2, 3, 8, 13} {
				matrix := s.N*Lanes + 5
				size := (s.N-1)*s.Next + (pixels-1)*(s.Row+s.Col) + Lanes
				for _, accumulate := range []bool{false, true} {
					src, dst := random(t, 24*matrix+s.N*Lanes, 1), random(t, size, 2)
					want := clone(t, dst)
					definition(want, &s, src, matrix, accumulate)
					fast(dst, &s, src, matrix, accumulate)
					sameBits(t, "dst", dst, want)
				}
			}
		}
	})
}

// The transforms together are a filter of 2x2 taps and stride 1, with 25 products for a square.
func TestWinograd4IsAFilter(t *testing.T) {
	testWinograd4Filter(t, 2, Winograd4Filter, func(y []float32, s *Squares, m []float32) {
		Winograd4Output(y, s, m, Lanes)
	})
}

// They are also a filter whose taps are 4x4 gradients, which gives the gradients of 2x2 taps.
func TestWinograd4IsAFiltersGradient(t *testing.T) {
	testWinograd4Filter(t, 4, Winograd4Gradient, func(y []float32, s *Squares, m []float32) {
		Winograd4Taps(y, s, m, Lanes, false)
	})
}

// testWinograd4Filter compares the transforms of one square with a filter of taps x taps in float64.
func testWinograd4Filter(t *testing.T, taps int, transform spreadFunc,
	gather func(y []float32, s *Squares, m []float32)) {
	eachISA(t, func(t *testing.T, _ ISA) {
		results := 6 - taps
		square := func(side int) *Squares { return &Squares{Row: side * Lanes, Col: Lanes, N: 1} }
		input, filter := random(t, 25*Lanes, 1), random(t, taps*taps*Lanes, 2)
		d, m, y := make([]float32, 25*Lanes), make([]float32, 25*Lanes), make([]float32, results*results*Lanes)
		Winograd4Input(d, Lanes, input, square(5))
		transform(m, Lanes, filter, square(taps))
		for i := range m {
			m[i] *= d[i]
		}
		gather(y, square(results), m)
		for i := range y {
			c, at := i%Lanes, i/Lanes
			want := 0.0
			for tap := range taps * taps {
				pixel := (at/results+tap/taps)*5 + at%results + tap%taps
				want += float64(input[pixel*Lanes+c]) * float64(filter[tap*Lanes+c])
			}
			if diff := math.Abs(float64(y[i]) - want); diff > 1e-5 {
				t.Errorf("result %d of channel %d: %v, want %v", at, c, y[i], want)
			}
		}
	})
}
