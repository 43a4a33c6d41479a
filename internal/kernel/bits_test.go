package kernel

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"reflect"
	"slices"
	"testing"
)

// output is one kernel's results for fixed inputs, and what their bits must be.
type output struct {
	name    string // the function's in a table
	want    uint32 // the CRC-32 of the results, on every instruction set
	generic uint32 // the definition's where it has other bits, else 0
	run     func(t *testing.T) []any
}

// outputs are results of every kernel. Only Tile's definition has bits of its own: it rounds the
// products that the instructions fuse with their sums.
var outputs = []output{
	{name: "tile", want: 0x55ae2a86, generic: 0x8f66afeb, run: func(t *testing.T) []any {
		tile := testTile(t, 3, 8, 2, true)
		tile.Run()
		return []any{tile.C0, tile.C1}
	}},
	{name: "tileBF16", want: 0x468c1079, run: func(t *testing.T) []any {
		tile := pairsTile(testTile(t, 3, 8, 2, true))
		tile.Run()
		return []any{tile.C0, tile.C1}
	}},
	{name: "moments", want: 0xe62b3c3c, run: func(t *testing.T) []any {
		sum, sumsq := sums(2)
		Moments(bitsPlane, random(t, bitsPlane.len(), 1), perChannel(4), &sum, &sumsq)
		return []any{sum, sumsq}
	}},
	{name: "normalize", want: 0x77353558, run: func(t *testing.T) []any {
		y := random(t, bitsPlane.len(), 1)
		Normalize(bitsPlane, y, y, perChannel(2), perChannel(3), 0.2)
		return []any{y}
	}},
	{name: "gradMoments", want: 0x10d3b9bb, run: func(t *testing.T) []any {
		dy, x := random(t, bitsPlane.len(), 1), random(t, bitsPlane.len(), 2)
		sumDv, sumDvXhat := sums(3)
		GradMoments(bitsPlane, dy, x, perChannel(4), perChannel(5), perChannel(6), 0.2, &sumDv, &sumDvXhat)
		return []any{sumDv, sumDvXhat}
	}},
	{name: "normGrad", want: 0x217ab652, run: func(t *testing.T) []any {
		dx, x := random(t, bitsPlane.len(), 1), random(t, bitsPlane.len(), 2)
		NormGrad(bitsPlane, dx, dx, x, perChannel(3), perChannel(4), perChannel(5), perChannel(6), perChannel(7), 0.2)
		return []any{dx}
	}},
	{name: "adam", want: 0x8ba445bb, run: func(t *testing.T) []any {
		const n = 40*Lanes + 3
		w, dw, m, v := random(t, n, 1), random(t, n, 2), random(t, n, 3), random(t, n, 4)
		for i := range v {
			v[i] = float32(math.Abs(float64(v[i])))
		}
		Adam(w, dw, m, v, 4e-4, 0.5, 0.999, 1e-8)
		return []any{w, m, v}
	}},
	{name: "tanh", want: 0x8ea49e7f, run: func(t *testing.T) []any {
		y := random(t, 40*Lanes+3, 1)
		Tanh(y, y)
		return []any{y}
	}},
	{name: "tanhGrad", want: 0x4c9fc299, run: func(t *testing.T) []any {
		dx, y := random(t, 40*Lanes+3, 1), random(t, 40*Lanes+3, 2)
		TanhGrad(dx, dx, y)
		return []any{dx}
	}},
	{name: "transpose16", want: 0xb8c95e23, run: func(t *testing.T) []any {
		dst := make([]float32, 3*Lanes*Lanes)
		Transpose16(dst, random(t, len(dst), 1))
		return []any{dst}
	}},
	{name: "overlap", want: 0xbb247662, run: func(t *testing.T) []any {
		const n = 13
		row := func(seed uint64) []float32 { return random(t, (n+2)*OverlapLen, seed) }
		top, bottom := make([]float32, 8*n), make([]float32, 8*n)
		Overlap(top, bottom, row(1), row(2), row(3))
		return []any{top, bottom}
	}},
	spreadOutput("winogradInput", 0xa0729f18, 9, WinogradInput),
	spreadOutput("winogradFilter", 0x7986a65b, 9, WinogradFilter),
	gatherOutput("winogradOutput", 0xafe0afc1, 9, WinogradOutput),
	spreadOutput("winograd4Input", 0x126b9929, 25, Winograd4Input),
	spreadOutput("winograd4Filter", 0xa6183922, 25, Winograd4Filter),
	spreadOutput("winograd4Gradient", 0x8c9ce38c, 25, Winograd4Gradient),
	gatherOutput("winograd4Output", 0x48f6bcc1, 25, func(dst []float32, s *Squares, src []float32, matrix int, _ bool) {
		Winograd4Output(dst, s, src, matrix)
	}),
	gatherOutput("winograd4Taps", 0xd968c126, 25, Winograd4Taps),
	spreadOutput("winogradInputChannels", 0xfdff01ba, 9, WinogradInputChannels),
	spreadOutput("winogradInputPairs", 0x41bb38e1, 9, WinogradInputPairs),
	spreadOutput("winogradFilterPairs", 0x7ec67f34, 9, WinogradFilterPairs),
}

var bitsPlane = Plane{Pixels: 9, Rows: 4, Step: 10 * Lanes}

// bitsSquares are squares of up to 5x5 pixels that do not overlap.
var bitsSquares = Squares{Next: 5 * Lanes, Row: 5 * 7 * Lanes, Col: Lanes, N: 7}

const (
	bitsSquaresLen = 5 * 5 * 7 * Lanes // the floats that bitsSquares span
	bitsMatrix     = 7*Lanes + 5       // from matrix to matrix of their transforms
)

func spreadOutput(name string, want uint32, matrices int, f spreadFunc) output {
	return output{name: name, want: want, run: func(t *testing.T) []any {
		s, dst := bitsSquares, make([]float32, matrices*bitsMatrix)
		f(dst, bitsMatrix, random(t, bitsSquaresLen, 1), &s)
		return []any{dst}
	}}
}

func gatherOutput(name string, want uint32, matrices int, f gatherFunc) output {
	return output{name: name, want: want, run: func(t *testing.T) []any {
		s, dst := bitsSquares, random(t, bitsSquaresLen, 2)
		f(dst, &s, random(t, matrices*bitsMatrix, 1), bitsMatrix, true)
		return []any{dst}
	}}
}

// A kernel that computes numbers has a row in outputs.
func TestBitsOfEveryKernel(t *testing.T) {
	table := reflect.TypeFor[functions]()
	for i := range table.NumField() {
		f := table.Field(i)
		if f.Type.Kind() != reflect.Func || f.Name == "prefetch4" || f.Name == "peak" {
			continue
		}
		if !slices.ContainsFunc(outputs, func(o output) bool { return o.name == f.Name }) {
			t.Errorf("%s has no row", f.Name)
		}
	}
}

// Every kernel has the same bits on every processor and instruction set, but for Tile, whose
// bits are the same wherever it is assembly.
func TestBitsEverywhere(t *testing.T) {
	for _, k := range outputs {
		t.Run(k.name, func(t *testing.T) {
			eachISA(t, func(t *testing.T, isa ISA) {
				want := k.want
				if isa == Generic && k.generic != 0 {
					want = k.generic
				}
				crc := crc32.NewIEEE()
				for _, x := range k.run(t) {
					binary.Write(crc, binary.LittleEndian, x)
				}
				if got := crc.Sum32(); got != want {
					t.Errorf("the results have CRC-32 %#x, want %#x", got, want)
				}
			})
		})
	}
}
