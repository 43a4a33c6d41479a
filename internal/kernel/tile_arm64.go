//go:build !purego

package kernel

// tile4x1NEON computes up to 4 of the tile's rows from row on, of one block.
//
//go:noescape
func tile4x1NEON(t *Tile, row, block int)

// tileNEON takes four rows of one block at a time: 16 of the 32 registers hold their sums.
func tileNEON(t *Tile) {
	for row := 0; row < t.Rows; row += 4 {
		tile4x1NEON(t, row, 0)
		if t.B1 != nil {
			tile4x1NEON(t, row, 1)
		}
	}
}

// peakNEON is the loop of PeakGFLOPS: a round is a fused multiply-add into each of 16 vectors of
// 4 floats.
//
//go:noescape
func peakNEON(loops int)
