package kernel

import (
	"fmt"
	"math"
	"testing"
)

// tileShapes are runs of terms as in the three passes, and odd ones.
var tileShapes = []struct{ terms, klen, stepA, stepB, gap int }{
	{terms: 0, klen: 1, stepA: 1, stepB: 16},
	{terms: 1, klen: 1, stepA: 1, stepB: 16},
	{terms: 1, klen: 16, stepA: 1, stepB: 16},
	{terms: 16, klen: 16, stepA: 1, stepB: 16, gap: 5},  // forward: 4x4 taps, 16 channels
	{terms: 16, klen: 3, stepA: 1, stepB: 16},           // forward from pictures
	{terms: 7, klen: 8, stepA: 32, stepB: 16, gap: 100}, // backward-weight, stride 2
	{terms: 3, klen: 5, stepA: 16, stepB: 32},
	{terms: 2, klen: 7, stepA: 3, stepB: 17, gap: 1},
	{terms: 5, klen: 1, stepA: 16, stepB: 16},
	{terms: 4, klen: 4, stepA: 0, stepB: 0},
}

// testTile returns a tile of shape i with random numbers. What it must not read is NaN
// or out of reach.
func testTile(t *testing.T, i, rows, blocks int, accumulate bool) *Tile {
	s := tileShapes[i]
	seed := uint64(8*i + rows)
	tile := &Tile{Rows: rows, KLen: s.klen, StepA: s.stepA, StepB: s.stepB, Accumulate: accumulate}
	spanA, spanB := (s.klen-1)*s.stepA+1, (s.klen-1)*s.stepB+Lanes
	rowLen := s.terms*(spanA+s.gap) + 1
	a, b0, b1 := random(t, rows*rowLen, seed), random(t, s.terms*spanB, seed+1), random(t, s.terms*spanB, seed+2)
	used := make([]bool, len(a))
	for term := range s.terms {
		back := s.terms - 1 - term // B's runs lie in another order than A's
		tile.OffA = append(tile.OffA, int32(term*(spanA+s.gap)))
		tile.OffB = append(tile.OffB, int32(back*spanB))
	}
	for r := range TileRows {
		tile.RowA[r], tile.RowC[r] = 1<<30, 1<<30
		if r >= rows {
			continue
		}
		tile.RowA[r], tile.RowC[r] = r*rowLen, (rows-1-r)*18
		for _, off := range tile.OffA {
			for k := range s.klen {
				used[tile.RowA[r]+int(off)+k*s.stepA] = true
			}
		}
	}
	for j := range a {
		if !used[j] {
			a[j] = float32(math.NaN())
		}
	}
	lenC := (rows-1)*18 + Lanes
	tile.A, tile.B0, tile.C0 = a, b0, random(t, lenC, seed+3)
	if blocks == 2 {
		tile.B1, tile.C1 = b1, random(t, lenC, seed+4)
	}
	return tile
}

// oracle returns the tile's output, computed from its value before, c, with madd for each
// term, and the sum of the terms' magnitudes, for the bound on the error.
func oracle[F float32 | float64](t *Tile, b, c []float32, madd func(x, w float32, sum F) F) (out []F, size []float64) {
	out, size = make([]F, len(c)), make([]float64, len(c))
	for i := range c {
		out[i] = F(c[i])
	}
	for r := range t.Rows {
		for j := range Lanes {
			at := t.RowC[r] + j
			if !t.Accumulate {
				out[at] = 0
			}
			size[at] = math.Abs(float64(out[at]))
			for i := range t.OffA {
				for k := range t.KLen {
					x, w := t.A[t.RowA[r]+int(t.OffA[i])+k*t.StepA], b[int(t.OffB[i])+k*t.StepB+j]
					out[at] = madd(x, w, out[at])
					size[at] += math.Abs(float64(x) * float64(w))
				}
			}
		}
	}
	return out, size
}

func madd32(x, w, sum float32) float32         { return float32(x*w) + sum }
func madd64(x, w float32, sum float64) float64 { return float64(x)*float64(w) + sum }

// eachTile runs body for every shape, number of rows and blocks, on every ISA.
func eachTile(t *testing.T, body func(t *testing.T, isa ISA, fresh func() *Tile)) {
	eachISA(t, func(t *testing.T, isa ISA) {
		for i, s := range tileShapes {
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
				for rows := 1; rows <= TileRows; rows++ {
					for blocks := 1; blocks <= 2; blocks++ {
						for _, accumulate := range []bool{false, true} {
							body(t, isa, func() *Tile { return testTile(t, i, rows, blocks, accumulate) })
						}
					}
				}
			})
		}
	})
}

// The assembly has the bits of a chain of fused multiply-adds, and the definition those of
// a chain of products and sums. Both are within K*eps*sum|a||b| of float64.
func TestTile(t *testing.T) {
	eachTile(t, func(t *testing.T, isa ISA, fresh func() *Tile) {
		got, before := fresh(), fresh()
		got.Run()
		check := func(what string, b, c, was []float32) {
			madd := fma32
			if isa == Generic {
				madd = madd32
			}
			what = fmt.Sprintf("rows=%d accumulate=%v %s", got.Rows, got.Accumulate, what)
			want, _ := oracle(got, b, was, madd)
			sameBits(t, what, c, want)
			exact, size := oracle(got, b, was, madd64)
			for i, e := range exact {
				bound := float64(len(got.OffA)*got.KLen+1) * 0x1p-24 * size[i]
				if math.Abs(float64(c[i])-e) > bound {
					t.Fatalf("%s[%d] = %v, want %v +- %v", what, i, c[i], e, bound)
				}
			}
		}
		check("C0", got.B0, got.C0, before.C0)
		if got.B1 != nil {
			check("C1", got.B1, got.C1, before.C1)
		}
	})
}

// A sum continued by an accumulating call has the bits of one call.
func TestTileContinues(t *testing.T) {
	eachTile(t, func(t *testing.T, _ ISA, fresh func() *Tile) {
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

func TestTileRefusesNonsense(t *testing.T) {
	for name, spoil := range map[string]func(*Tile){
		"no rows":        func(t *Tile) { t.Rows = 0 },
		"nine rows":      func(t *Tile) { t.Rows = 9 },
		"empty runs":     func(t *Tile) { t.KLen = 0 },
		"uneven offsets": func(t *Tile) { t.OffB = t.OffB[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Fatal("Run did not panic")
				}
			}()
			tile := testTile(t, 3, 8, 2, false)
			spoil(tile)
			tile.Run()
		})
	}
}
