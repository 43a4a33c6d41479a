//go:build !purego

package kernel

// The arguments are those of the kernels in float32 (tile_amd64.go, winograd_amd64.go).

//go:noescape
func tileBF16x8x2AVX512(t *Tile, row, block int)

//go:noescape
func tileBF16x4x2AVX512(t *Tile, row, block int)

//go:noescape
func tileBF16x8x1AVX512(t *Tile, row, block int)

//go:noescape
func tileBF16x4x1AVX512(t *Tile, row, block int)

//go:noescape
func winogradInputChannelsAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradInputPairsAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterPairsAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

// tileBF16AVX512 chooses the micro-kernel as tileAVX512 does.
func tileBF16AVX512(t *Tile) {
	switch {
	case t.B1 != nil && t.Rows > 4:
		tileBF16x8x2AVX512(t, 0, 0)
	case t.B1 != nil:
		tileBF16x4x2AVX512(t, 0, 0)
	case t.Rows > 4:
		tileBF16x8x1AVX512(t, 0, 0)
	default:
		tileBF16x4x1AVX512(t, 0, 0)
	}
}
