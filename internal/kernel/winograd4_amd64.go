//go:build !purego

package kernel

// As the kernels of winograd_amd64.go.

//go:noescape
func winograd4InputAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4InputAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4OutputAVX512(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4OutputAVX2(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4TapsAVX512(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winograd4TapsAVX2(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

func winograd4Input(dst []float32, matrix int, src []float32, s *Squares) {
	switch active {
	case AVX512:
		winograd4InputAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	case AVX2:
		winograd4InputAVX2(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	default:
		winograd4InputGeneric(dst, matrix, src, s)
	}
}

func winograd4Filter(dst []float32, matrix int, src []float32, s *Squares) {
	switch active {
	case AVX512:
		winograd4FilterAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	case AVX2:
		winograd4FilterAVX2(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	default:
		winograd4FilterGeneric(dst, matrix, src, s)
	}
}

func winograd4Gradient(dst []float32, matrix int, src []float32, s *Squares) {
	switch active {
	case AVX512:
		winograd4GradientAVX512(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	case AVX2:
		winograd4GradientAVX2(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	default:
		winograd4GradientGeneric(dst, matrix, src, s)
	}
}

func winograd4Output(dst []float32, s *Squares, src []float32, matrix int) {
	switch active {
	case AVX512:
		winograd4OutputAVX512(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N)
	case AVX2:
		winograd4OutputAVX2(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N)
	default:
		winograd4OutputGeneric(dst, s, src, matrix)
	}
}

func winograd4Taps(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	switch active {
	case AVX512:
		winograd4TapsAVX512(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
	case AVX2:
		winograd4TapsAVX2(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
	default:
		winograd4TapsGeneric(dst, s, src, matrix, accumulate)
	}
}
