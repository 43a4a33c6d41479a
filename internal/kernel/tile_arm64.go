//go:build !purego

package kernel

// Every arm64 processor has NEON.
func supportedAsm() []ISA { return []ISA{NEON} }

// tile4x1NEON computes up to 4 rows that the tile has from row on, of one block.
//
//go:noescape
func tile4x1NEON(t *Tile, row, block int)

func tile(t *Tile) {
	if active == Generic {
		tileGeneric(t)
		return
	}
	for row := 0; row < t.Rows; row += 4 {
		tile4x1NEON(t, row, 0)
		if t.B1 != nil {
			tile4x1NEON(t, row, 1)
		}
	}
}

//go:noescape
func peakNEON(loops int)

// peakLoop runs rounds of independent fused multiply-adds and returns the number of
// floating-point operations in a round, 0 if there is no such loop.
func peakLoop(loops int) int {
	if active == Generic {
		return 0
	}
	peakNEON(loops)
	return 16 * 4 * 2
}
