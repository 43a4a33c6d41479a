//go:build !amd64 || purego

package kernel

func bf16Supported() bool { return false }

func tileBF16(t *Tile) { tileBF16Generic(t) }

func winogradInputChannels(dst []float32, matrix int, src []float32, s *Squares) {
	winogradInputChannelsGeneric(dst, matrix, src, s)
}

func winogradInputPairs(dst []float32, matrix int, src []float32, s *Squares) {
	winogradInputPairsGeneric(dst, matrix, src, s)
}

func winogradFilterPairs(dst []float32, matrix int, src []float32, s *Squares) {
	winogradFilterPairsGeneric(dst, matrix, src, s)
}
