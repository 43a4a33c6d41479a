//go:build !purego

package kernel

import (
	"golang.org/x/sys/cpu"
)

//go:generate go run -C _asm .

func supportedAsm() []ISA {
	switch {
	case cpu.X86.HasAVX512 && cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return []ISA{AVX2, AVX512}
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return []ISA{AVX2}
	}
	return nil
}

// The micro-kernels compute the rows that the tile has from row on, as many as their
// name says at most, of the blocks from block on.

//go:noescape
func tile8x2AVX512(t *Tile, row, block int)

//go:noescape
func tile4x2AVX512(t *Tile, row, block int)

//go:noescape
func tile8x1AVX512(t *Tile, row, block int)

//go:noescape
func tile4x1AVX512(t *Tile, row, block int)

//go:noescape
func tile3x2AVX2(t *Tile, row, block int)

//go:noescape
func tile2x2AVX2(t *Tile, row, block int)

//go:noescape
func tile4x1AVX2(t *Tile, row, block int)

func tile(t *Tile) {
	switch active {
	case AVX512:
		tileAVX512(t)
	case AVX2:
		tileAVX2(t)
	default:
		tileGeneric(t)
	}
}

func tileAVX512(t *Tile) {
	switch {
	case t.B1 != nil && t.Rows > 4:
		tile8x2AVX512(t, 0, 0)
	case t.B1 != nil:
		tile4x2AVX512(t, 0, 0)
	case t.Rows > 4:
		tile8x1AVX512(t, 0, 0)
	default:
		tile4x1AVX512(t, 0, 0)
	}
}

// tileAVX2 takes two blocks in threes of rows, whose 12 sums hide the latency of the
// FMA units.
func tileAVX2(t *Tile) {
	if t.B1 == nil {
		for row := 0; row < t.Rows; row += 4 {
			tile4x1AVX2(t, row, 0)
		}
		return
	}
	for row := 0; row < t.Rows; {
		if left := t.Rows - row; left == 3 || left > 4 {
			tile3x2AVX2(t, row, 0)
			row += 3
		} else {
			tile2x2AVX2(t, row, 0)
			row += 2
		}
	}
}

//go:noescape
func peakAVX512(loops int)

//go:noescape
func peakAVX2(loops int)

// peakLoop runs loops rounds of independent fused multiply-adds and returns the number
// of floating-point operations in a round, 0 if there is no such loop.
func peakLoop(loops int) int {
	switch active {
	case AVX512:
		peakAVX512(loops)
		return 16 * 16 * 2
	case AVX2:
		peakAVX2(loops)
		return 12 * 8 * 2
	}
	return 0
}

func moments(x []float32, sum, sumsq *[Lanes]float32) { momentsGeneric(x, sum, sumsq) }

func squaredDeviations(x []float32, mean, ss *[Lanes]float32) { squaredDeviationsGeneric(x, mean, ss) }

func normalize(y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	normalizeGeneric(y, x, scale, shift, slope)
}

func actGradMoments(dv, dy, y, x []float32, mean, invstd *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float32) {
	actGradMomentsGeneric(dv, dy, y, x, mean, invstd, slope, sumDv, sumDvXhat)
}

func normGrad(dx, dv, x []float32, mean, invstd, a, b *[Lanes]float32) {
	normGradGeneric(dx, dv, x, mean, invstd, a, b)
}

func adam(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	adamGeneric(w, dw, m, v, lr, beta1, beta2, eps)
}

func transpose16(dst, src []float32) { transpose16Generic(dst, src) }
