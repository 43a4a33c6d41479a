//go:build !purego

package kernel

// As the kernels of winograd_amd64.go and winograd4_amd64.go.

//go:noescape
func winogradInputNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4InputNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradOutputNEON(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winograd4OutputNEON(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4TapsNEON(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

func winogradInput(dst []float32, matrix int, src []float32, s *Squares) {
	if active == Generic {
		winogradInputGeneric(dst, matrix, src, s)
		return
	}
	winogradInputNEON(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winogradFilter(dst []float32, matrix int, src []float32, s *Squares) {
	if active == Generic {
		winogradFilterGeneric(dst, matrix, src, s)
		return
	}
	winogradFilterNEON(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winograd4Input(dst []float32, matrix int, src []float32, s *Squares) {
	if active == Generic {
		winograd4InputGeneric(dst, matrix, src, s)
		return
	}
	winograd4InputNEON(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winograd4Filter(dst []float32, matrix int, src []float32, s *Squares) {
	if active == Generic {
		winograd4FilterGeneric(dst, matrix, src, s)
		return
	}
	winograd4FilterNEON(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winograd4Gradient(dst []float32, matrix int, src []float32, s *Squares) {
	if active == Generic {
		winograd4GradientGeneric(dst, matrix, src, s)
		return
	}
	winograd4GradientNEON(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
}

func winogradOutput(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	if active == Generic {
		winogradOutputGeneric(dst, s, src, matrix, accumulate)
		return
	}
	winogradOutputNEON(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
}

func winograd4Output(dst []float32, s *Squares, src []float32, matrix int) {
	if active == Generic {
		winograd4OutputGeneric(dst, s, src, matrix)
		return
	}
	winograd4OutputNEON(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N)
}

func winograd4Taps(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	if active == Generic {
		winograd4TapsGeneric(dst, s, src, matrix, accumulate)
		return
	}
	winograd4TapsNEON(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
}
