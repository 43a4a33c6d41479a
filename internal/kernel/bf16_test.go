package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// needBF16 skips a test of the instructions where there are none.
func needBF16(t testing.TB) {
	if !HasBF16() {
		t.Skip("this processor or build has no bf16 instructions")
	}
}

func TestRoundBF16(t *testing.T) {
	for _, c := range []struct{ x, want uint32 }{
		{0x3F800000, 0x3F80}, // 1
		{0x3F807FFF, 0x3F80}, // below half of the last place
		{0x3F808000, 0x3F80}, // half: to even
		{0x3F808001, 0x3F81},
		{0x3F818000, 0x3F82}, // half: to even
		{0x3FFFFFFF, 0x4000}, // into the next binade
		{0xBF818000, 0xBF82},
		{0x7F7FFFFF, 0x7F80}, // the largest float32 becomes infinite
		{0x7F800000, 0x7F80},
		{0xFF800000, 0xFF80},
		{0x7F800001, 0x7FC0}, // not a number stays so, and quiet
		{0xFFFFFFFF, 0xFFFF},
		{0x00800000, 0x0080}, // the smallest normal number
		{0x007FFFFF, 0x0000}, // subnormal ones become zero
		{0x80000001, 0x8000},
	} {
		if got := roundBF16(math.Float32frombits(c.x)); got != c.want {
			t.Errorf("roundBF16(%#08x) = %#04x, want %#04x", c.x, got, c.want)
		}
	}
}

// The definition of the instruction is compared with a sum in float64, and with what the manual says
// of the order and of subnormal numbers.
func TestDotBF16(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 0))
	for range 10000 {
		p, q, c := random2(rng), random2(rng), rng.Float32()
		p0, p1 := halves(p)
		q0, q1 := halves(q)
		a, b := float64(p0)*float64(q0), float64(p1)*float64(q1)
		want := a + b + float64(c)
		if got := float64(dotBF16(p, q, c)); math.Abs(got-want) > 0x1p-23*(math.Abs(a)+math.Abs(b)+float64(c)) {
			t.Fatalf("%v*%v + %v*%v + %v = %v, want %v", p0, q0, p1, q1, c, got, want)
		}
	}
	for _, c := range []struct{ p0, q0, p1, q1, sum, want float32 }{
		{0x1p-24, 1, -1, 1, 1, 0x1p-24}, // the second first
		{-1, 1, 0x1p-24, 1, 1, 0},       // 1 + 2^-24 is a tie, to even
		{0x1p-70, 0x1p-70, 0, 0, 0, 0},  // subnormal
		{0, 0, 1, 0x1p-126, -0x1.8p-126, 0},
		{0, 0, 0, 0, 0x1p-127, 0},
		{1, 0x1p-126, 0, 0, 0, 0x1p-126},
	} {
		if got := dotBF16(pairOf(c.p0, c.p1), pairOf(c.q0, c.q1), c.sum); got != c.want {
			t.Errorf("%g*%g + %g*%g + %g = %g, want %g", c.p0, c.q0, c.p1, c.q1, c.sum, got, c.want)
		}
	}
}

func random2(rng *rand.Rand) float32 { return pairOf(2*rng.Float32()-1, 2*rng.Float32()-1) }

// The instruction has the definition's bits for any bits of its operands: any number, tiny ones with
// subnormal products, those near the smallest normal number, and ordinary ones.
func TestDotBF16Instruction(t *testing.T) {
	needBF16(t)
	rng := rand.New(rand.NewPCG(1, 2))
	exponents := func(from, n int) func() uint32 {
		return func() uint32 { return rng.Uint32()&0x807FFFFF | uint32(from+rng.IntN(n))<<23 }
	}
	kinds := map[string]func() uint32{
		"any": rng.Uint32, "tiny": exponents(40, 40), "subnormal": exponents(0, 2), "smallest": exponents(62, 3),
		"ordinary": exponents(118, 10),
	}
	for nameA, a := range kinds {
		for nameB, b := range kinds {
			for nameC, c := range kinds {
				for range 500 {
					tile := Tile{
						BF16: true, Rows: 1, KLen: 1, StepA: 1, StepB: Lanes, OffA: []int32{0}, OffB: []int32{0}, Accumulate: true,
						A: fromBits(1, a), B0: fromBits(Lanes, b), C0: fromBits(Lanes, c),
					}
					before := slices.Clone(tile.C0)
					tile.Run()
					for j, got := range tile.C0 {
						want := dotBF16(tile.A[0], tile.B0[j], before[j])
						sameBits(t, fmt.Sprintf("A %s %#x, B %s %#x, C %s %#x", nameA, math.Float32bits(tile.A[0]),
							nameB, math.Float32bits(tile.B0[j]), nameC, math.Float32bits(before[j])), []float32{got}, []float32{want})
					}
				}
			}
		}
	}
}

// fromBits returns n pairs whose halves are upper halves of kind's results.
func fromBits(n int, kind func() uint32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = math.Float32frombits(kind()&0xFFFF0000 | kind()>>16)
	}
	return x
}

// eachTileBF16 runs body for every shape, number of rows and blocks.
func eachTileBF16(t *testing.T, body func(t *testing.T, fresh func() *Tile)) {
	needBF16(t)
	for i, s := range tileShapes {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			for rows := 1; rows <= TileRows; rows++ {
				for blocks := 1; blocks <= 2; blocks++ {
					for _, accumulate := range []bool{false, true} {
						body(t, func() *Tile { return pairsTile(testTile(t, i, rows, blocks, accumulate)) })
					}
				}
			}
		})
	}
}

// pairsTile turns the numbers of A and B into pairs, except the NaN, which must not be read.
func pairsTile(t *Tile) *Tile {
	t.BF16 = true
	for _, m := range [][]float32{t.A, t.B0, t.B1} {
		for i, v := range m {
			if v == v {
				m[i] = pairOf(v, 1-v)
			}
		}
	}
	return t
}

func TestTileBF16(t *testing.T) {
	eachTileBF16(t, func(t *testing.T, fresh func() *Tile) {
		got, want := fresh(), fresh()
		got.Run()
		tileBF16Generic(want)
		sameBits(t, "C0", got.C0, want.C0)
		sameBits(t, "C1", got.C1, want.C1)
	})
}

// A sum continued by an accumulating call has the bits of one call.
func TestTileBF16Continues(t *testing.T) {
	eachTileBF16(t, func(t *testing.T, fresh func() *Tile) {
		whole, parts := fresh(), fresh()
		whole.Run()
		half := len(parts.OffA) / 2
		first, second := *parts, *parts
		first.OffA, first.OffB = parts.OffA[:half], parts.OffB[:half]
		second.OffA, second.OffB, second.Accumulate = parts.OffA[half:], parts.OffB[half:], true
		first.Run()
		second.Run()
		sameBits(t, "C0", parts.C0, whole.C0)
		sameBits(t, "C1", parts.C1, whole.C1)
	})
}

// The rounded transforms have the bits of their definitions.
func TestWinogradBF16(t *testing.T) {
	for _, c := range []struct {
		name             string
		side             int
		fast, definition spreadFunc
		length           func(squares int) int
	}{
		{"input, channels", 3, WinogradInputChannels, winogradInputChannelsGeneric, func(n int) int { return n * Lanes / 2 }},
		{"input, pairs", 3, WinogradInputPairs, winogradInputPairsGeneric, func(n int) int { return (n + 1) / 2 * Lanes }},
		{"filter, pairs", 2, WinogradFilterPairs, winogradFilterPairsGeneric, func(n int) int { return (n + 1) / 2 * Lanes }},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachSquares(t, c.side, func(t *testing.T, s *Squares, size int) {
				for _, seed := range []uint64{1, 2} {
					src, matrix := random(t, size, seed), c.length(s.N)+5
					dst := random(t, 8*matrix+c.length(s.N), 3)
					want := clone(t, dst) // what lies between the matrices stays
					c.definition(want, matrix, src, s)
					c.fast(dst, matrix, src, s)
					for i := range want {
						if math.Float32bits(dst[i]) != math.Float32bits(want[i]) {
							t.Fatalf("dst[%d] = %#x, want %#x", i, math.Float32bits(dst[i]), math.Float32bits(want[i]))
						}
					}
				}
			})
		})
	}
}

// Each number of a rounded transform lies where its comment says.
func TestWinogradBF16Places(t *testing.T) {
	const n = 3
	src := random(t, (2*n+1)*3*Lanes, 1)
	s := &Squares{Next: 2 * 3 * Lanes, Row: Lanes, Col: 2 * Lanes, N: n}
	plain, filters := make([]float32, 9*n*Lanes), make([]float32, 9*n*Lanes)
	WinogradInput(plain, n*Lanes, src, s)
	WinogradFilter(filters, n*Lanes, src, s)
	channels, pairs, filterPairs := make([]float32, 9*n*Lanes/2), make([]float32, 9*2*Lanes), make([]float32, 9*2*Lanes)
	WinogradInputChannels(channels, n*Lanes/2, src, s)
	WinogradInputPairs(pairs, 2*Lanes, src, s)
	WinogradFilterPairs(filterPairs, 2*Lanes, src, s)
	for m := range 9 {
		for square := range n {
			for c := range Lanes {
				half := func(pair float32, second bool) float32 {
					lo, hi := halves(pair)
					if second {
						return hi
					}
					return lo
				}
				rounded := func(v float32) float32 { return math.Float32frombits(roundBF16(v) << 16) }
				x, w := rounded(plain[(m*n+square)*Lanes+c]), rounded(filters[(m*n+square)*Lanes+c])
				if got := half(channels[((m*n+square)*Lanes+c)/2], c%2 == 1); got != x {
					t.Errorf("channel %d of square %d in matrix %d is %v, want %v", c, square, m, got, x)
				}
				at := (m*2+square/2)*Lanes + c
				if got := half(pairs[at], square%2 == 1); got != x {
					t.Errorf("pair %d of channel %d in matrix %d: %v, want %v", square, c, m, got, x)
				}
				if got := half(filterPairs[at], square%2 == 1); got != w {
					t.Errorf("filter %d of channel %d in matrix %d: %v, want %v", square, c, m, got, w)
				}
			}
		}
	}
}

// BenchmarkTileBF16 reports the speed of one thread, also relative to the peak of multiply-adds in
// float32.
func BenchmarkTileBF16(b *testing.B) {
	needBF16(b)
	for _, shape := range []struct{ rows, blocks, terms, klen, stepA int }{
		{8, 2, 16, 8, 1}, {8, 2, 64, 8, 1}, {8, 2, 128, 8, 1}, {8, 1, 64, 8, 1}, {4, 2, 64, 8, 1}, {8, 2, 1, 128, 16},
	} {
		columns := shape.blocks * Lanes
		name := fmt.Sprintf("%dx%d/terms=%dx%d/stepA=%d", shape.rows, columns, shape.terms, shape.klen, shape.stepA)
		b.Run(name, func(b *testing.B) {
			t := benchTile(shape.rows, shape.blocks, shape.terms, shape.klen, shape.stepA)
			t.BF16 = true
			peak := PeakGFLOPS(1)
			for b.Loop() {
				t.Run()
			}
			flops := float64(4 * shape.rows * shape.blocks * Lanes * shape.terms * shape.klen)
			gflops := flops * float64(b.N) / float64(b.Elapsed().Nanoseconds())
			b.ReportMetric(gflops, "GFLOP/s")
			b.ReportMetric(100*gflops/peak, "%peak")
		})
	}
}
