//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

func bf16Supported() bool { return cpu.X86.HasAVX512BF16 && cpu.X86.HasAVX512BW }

// As the kernels on floats (tile_amd64.go, winograd_amd64.go).

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

func tileBF16(t *Tile) {
	switch {
	case !HasBF16():
		tileBF16Generic(t)
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

func winogradInputChannels(dst []float32, matrix int, src []float32, s *Squares) {
	if !HasBF16() {
		winogradInputChannelsGeneric(dst, matrix, src, s)
		return
	}
	winogradInputChannelsAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winogradInputPairs(dst []float32, matrix int, src []float32, s *Squares) {
	if !HasBF16() {
		winogradInputPairsGeneric(dst, matrix, src, s)
		return
	}
	winogradInputPairsAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winogradFilterPairs(dst []float32, matrix int, src []float32, s *Squares) {
	if !HasBF16() {
		winogradFilterPairsGeneric(dst, matrix, src, s)
		return
	}
	winogradFilterPairsAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}
