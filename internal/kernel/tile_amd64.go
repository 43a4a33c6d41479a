//go:build !purego

package kernel

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
