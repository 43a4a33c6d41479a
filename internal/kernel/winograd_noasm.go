//go:build (!amd64 && !arm64) || purego

package kernel

func winogradInput(dst []float32, matrix int, src []float32, s *Squares) {
	winogradInputGeneric(dst, matrix, src, s)
}

func winogradFilter(dst []float32, matrix int, src []float32, s *Squares) {
	winogradFilterGeneric(dst, matrix, src, s)
}

func winogradOutput(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	winogradOutputGeneric(dst, s, src, matrix, accumulate)
}
