//go:build !purego

package kernel

// Micro-kernels are named rows x blocks. Each computes the tile's rows from row on, at most as
// many as its name says, of as many blocks from block on.

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

// tileAVX512 takes all rows and blocks at once. It has micro-kernels for up to four rows, which
// do not compute the other four.
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

// tileAVX2 takes three rows of two blocks at a time, or two where a single row would be left over. The
// 12 vectors of sums of three rows hide the latency of the FMA units.
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

// The loops of PeakGFLOPS: a round is a fused multiply-add into each of 16 vectors of 16 floats, or
// of 12 vectors of 8.

//go:noescape
func peakAVX512(loops int)

//go:noescape
func peakAVX2(loops int)
