//go:build (!amd64 && !arm64) || purego

package kernel

func winograd4Input(dst []float32, matrix int, src []float32, s *Squares) {
	winograd4InputGeneric(dst, matrix, src, s)
}

func winograd4Filter(dst []float32, matrix int, src []float32, s *Squares) {
	winograd4FilterGeneric(dst, matrix, src, s)
}

func winograd4Gradient(dst []float32, matrix int, src []float32, s *Squares) {
	winograd4GradientGeneric(dst, matrix, src, s)
}

func winograd4Output(dst []float32, s *Squares, src []float32, matrix int) {
	winograd4OutputGeneric(dst, s, src, matrix)
}

func winograd4Taps(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	winograd4TapsGeneric(dst, s, src, matrix, accumulate)
}
