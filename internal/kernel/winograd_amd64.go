//go:build !purego

package kernel

// The squares start where the pointers point, and there is at least one. All steps count
// bytes.

//go:noescape
func winogradInputAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradInputAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradOutputAVX512(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winogradOutputAVX2(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

func winogradInput(dst []float32, matrix int, src []float32, s *Squares) {
	switch active {
	case AVX512:
		winogradInputAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	case AVX2:
		winogradInputAVX2(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	default:
		winogradInputGeneric(dst, matrix, src, s)
	}
}

func winogradFilter(dst []float32, matrix int, src []float32, s *Squares) {
	switch active {
	case AVX512:
		winogradFilterAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	case AVX2:
		winogradFilterAVX2(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	default:
		winogradFilterGeneric(dst, matrix, src, s)
	}
}

func winogradOutput(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	switch active {
	case AVX512:
		winogradOutputAVX512(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
	case AVX2:
		winogradOutputAVX2(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
	default:
		winogradOutputGeneric(dst, s, src, matrix, accumulate)
	}
}
