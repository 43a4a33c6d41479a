package kernel

import (
	"fmt"
	"testing"
)

// eachSquares runs body for squares of side x side pixels that lie as in the convolutions: pixels of
// a map that are neighbours or every second one, and taps of a filter in reverse. size is the
// number of floats that they span.
func eachSquares(t *testing.T, side int, body func(t *testing.T, s *Squares, size int)) {
	eachISA(t, func(t *testing.T, _ ISA) {
		for _, s := range []Squares{
			{Next: 32, Row: 160, Col: 16},
			{Next: 64, Row: 800, Col: 32},
			{Next: 16, Row: 512, Col: 256},
			{Next: 16, Row: -512, Col: -256},
			{Next: 16, Row: 1, Col: 3},
		} {
			for _, n := range []int{1, 2, 3, 8, 13} {
				s.N = n
				back := min(0, (side-1)*s.Row) + min(0, (side-1)*s.Col)
				s.At = -back
				size := (n-1)*s.Next + (side-1)*(max(s.Row, -s.Row)+max(s.Col, -s.Col)) + Lanes
				t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) { body(t, &s, size) })
			}
		}
	})
}

func TestWinogradInput(t *testing.T) {
	eachSquares(t, 3, func(t *testing.T, s *Squares, size int) {
		for _, seed := range []uint64{1, 2} {
			testWinogradTransform(t, s, 9, random(t, size, seed), WinogradInput, winogradInputGeneric)
		}
	})
}

func TestWinogradFilter(t *testing.T) {
	eachSquares(t, 2, func(t *testing.T, s *Squares, size int) {
		for _, seed := range []uint64{1, 2} {
			testWinogradTransform(t, s, 9, random(t, size, seed), WinogradFilter, winogradFilterGeneric)
		}
	})
}

func testWinogradTransform(t *testing.T, s *Squares, matrices int, src []float32, fast, definition spreadFunc) {
	matrix := s.N*Lanes + 5
	dst := random(t, (matrices-1)*matrix+s.N*Lanes, 3)
	want := clone(t, dst) // what lies between the matrices stays
	definition(want, matrix, src, s)
	fast(dst, matrix, src, s)
	sameBits(t, "dst", dst, want)
}

func TestWinogradOutput(t *testing.T) {
	eachSquares(t, 2, func(t *testing.T, s *Squares, size int) {
		if s.Col < Lanes && s.Col > -Lanes {
			t.Skip("outputs overlap")
		}
		matrix := s.N*Lanes + 5
		for _, accumulate := range []bool{false, true} {
			src, dst := random(t, 8*matrix+s.N*Lanes, 1), random(t, size, 2)
			want := clone(t, dst)
			winogradOutputGeneric(want, s, src, matrix, accumulate)
			WinogradOutput(dst, s, src, matrix, accumulate)
			sameBits(t, "dst", dst, want)
		}
	})
}

// The three transforms together are a filter of 2x2 taps and stride 1, with nine products for a square.
func TestWinogradIsAFilter(t *testing.T) {
	eachISA(t, func(t *testing.T, _ ISA) {
		input, filter := random(t, 9*Lanes, 1), random(t, 4*Lanes, 2)
		d := make([]float32, 9*Lanes)
		m, y := make([]float32, 9*Lanes), make([]float32, 4*Lanes)
		WinogradInput(d, Lanes, input, &Squares{Row: 3 * Lanes, Col: Lanes, N: 1})
		WinogradFilter(m, Lanes, filter, &Squares{Row: 2 * Lanes, Col: Lanes, N: 1})
		for i := range m {
			m[i] *= d[i]
		}
		WinogradOutput(y, &Squares{Row: 2 * Lanes, Col: Lanes, N: 1}, m, Lanes, false)
		for i := range y {
			c, at := i%Lanes, i/Lanes
			want := 0.0
			for tap := range 4 {
				pixel := (at/2+tap/2)*3 + at%2 + tap%2
				want += float64(input[pixel*Lanes+c]) * float64(filter[tap*Lanes+c])
			}
			if diff := float64(y[i]) - want; diff > 1e-6 || diff < -1e-6 {
				t.Errorf("output %d of channel %d: %v, want %v", at, c, y[i], want)
			}
		}
	})
}
