package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkTile reports the speed of one thread, also relative to that of the FMA loop.
func BenchmarkTile(b *testing.B) {
	for _, isa := range Supported() {
		for _, shape := range []struct{ rows, blocks, terms, klen, stepA int }{
			{8, 2, 2, 16, 1}, {8, 2, 4, 16, 1}, {8, 2, 8, 16, 1}, {8, 2, 16, 16, 1}, {8, 1, 4, 16, 1}, {8, 1, 12, 4, 1},
			{8, 2, 64, 16, 1}, {8, 2, 128, 16, 1}, {8, 1, 64, 16, 1}, {4, 2, 64, 16, 1}, {4, 1, 64, 16, 1},
			{8, 2, 64, 4, 32}, {8, 2, 64, 8, 32}, {8, 2, 64, 8, 16}, {8, 2, 32, 16, 32}, {8, 2, 16, 32, 32},
		} {
			name := fmt.Sprintf("%v/%dx%d/terms=%dx%d/stepA=%d",
				isa, shape.rows, shape.blocks*Lanes, shape.terms, shape.klen, shape.stepA)
			b.Run(name, func(b *testing.B) {
				if err := Use(isa); err != nil {
					b.Fatal(err)
				}
				defer Use(Best())
				t := benchTile(shape.rows, shape.blocks, shape.terms, shape.klen, shape.stepA)
				peak := PeakGFLOPS(1)
				for b.Loop() {
					t.Run()
				}
				flops := float64(2 * shape.rows * shape.blocks * Lanes * shape.terms * shape.klen)
				gflops := flops * float64(b.N) / float64(b.Elapsed().Nanoseconds())
				b.ReportMetric(gflops, "GFLOP/s")
				if peak > 0 {
					b.ReportMetric(100*gflops/peak, "%peak")
				}
			})
		}
	}
}

// benchTile lays a tile out as the convolutions do: rows of A are pixels 32 floats
// apart (stepA 1) or channels (stepA 16, 32), B is packed.
func benchTile(rows, blocks, terms, klen, stepA int) *Tile {
	t := &Tile{Rows: rows, KLen: klen, StepA: stepA, StepB: Lanes}
	rowA := 32
	if stepA > 1 {
		rowA = 1
	}
	for i := range terms {
		t.OffA = append(t.OffA, int32(i*klen*max(stepA, 8)))
		t.OffB = append(t.OffB, int32(i*klen*Lanes))
	}
	t.A = make([]float32, terms*klen*max(stepA, 8)+TileRows*32)
	t.B0 = make([]float32, terms*klen*Lanes)
	t.C0 = make([]float32, TileRows*Lanes)
	if blocks == 2 {
		t.B1, t.C1 = make([]float32, len(t.B0)), make([]float32, len(t.C0))
	}
	for r := range rows {
		t.RowA[r], t.RowC[r] = r*rowA, r*Lanes
	}
	return t
}

func TestPeakGFLOPS(t *testing.T) {
	eachISA(t, func(t *testing.T, isa ISA) {
		peak := PeakGFLOPS(1)
		if (peak > 0) != (isa != Generic) {
			t.Fatalf("PeakGFLOPS(1) = %v", peak)
		}
		t.Logf("%.0f GFLOP/s", peak)
	})
}
