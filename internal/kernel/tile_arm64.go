//go:build !purego

package kernel

// tile4x1NEON computes up to 4 rows that the tile has from row on, of one block.
//
//go:noescape
func tile4x1NEON(t *Tile, row, block int)

func tileNEON(t *Tile) {
	for row := 0; row < t.Rows; row += 4 {
		tile4x1NEON(t, row, 0)
		if t.B1 != nil {
			tile4x1NEON(t, row, 1)
		}
	}
}

//go:noescape
func peakNEON(loops int)
