package cpu

import "dcgan/internal/kernel"

// transforms are the steps before and after Winograd's products, for squares of 2x2 results, with 9
// products in place of 16, or of 4x4, with 25 in place of 64 (kernel/winograd.go, winograd4.go).
type transforms struct {
	size int  // of a square of results: 2 or 4 pixels
	bf16 bool // the matrices hold pairs of bf16 rather than floats (bf16.go)
	row  int  // of 16 channels of a square, in the data passes' inputs
}

// Squares of 4x4 are faster wherever the narrow map is a multiple of them, except in the data passes of 4x4 maps
// with many channels. There most of the work is on the filters, 25 matrices for one square of each picture, which
// outgrow the core's cache, and the rounding of the longest sums comes near what TestWinogradError allows. In bf16
// the rounding would be ten times as large.
const most4x4Channels = 512 // channels of a narrow map of 4x4

// dataTransforms and weightTransforms choose those of the data passes and of backward-weight.
func (g *geometry) dataTransforms(f form) transforms {
	return g.transforms(f, g.narrow > 4 || g.narrowC <= most4x4Channels)
}

func (g *geometry) weightTransforms(f form) transforms { return g.transforms(f, true) }

func (g *geometry) transforms(f form, fourPays bool) transforms {
	switch four := g.narrow%4 == 0; {
	case f == formBF16:
		return transforms{size: 2, bf16: true, row: lanes / 2}
	case four && (f == formWinograd4 || f == formOfShape && fourPays):
		return transforms{size: 4, row: lanes}
	}
	return transforms{size: 2, row: lanes}
}

// inputs and filters are the transforms of the data passes, where a term is a channel or a pair of them.
func (n transforms) inputs(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	if n.bf16 {
		kernel.WinogradInputChannels(dst, matrix, src, s)
		return
	}
	n.squares(dst, matrix, src, s)
}

func (n transforms) filters(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	switch {
	case n.bf16:
		kernel.WinogradFilterPairs(dst, matrix, src, s)
	case n.size == 4:
		kernel.Winograd4Filter(dst, matrix, src, s)
	default:
		kernel.WinogradFilter(dst, matrix, src, s)
	}
}

func (n transforms) outputs(dst []float32, s *kernel.Squares, src []float32, matrix int) {
	if n.size == 4 {
		kernel.Winograd4Output(dst, s, src, matrix)
		return
	}
	kernel.WinogradOutput(dst, s, src, matrix, false)
}

// squares, gradients and taps are those of backward-weight, where a term is a square or a pair of them.
func (n transforms) squares(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	switch {
	case n.bf16:
		kernel.WinogradInputPairs(dst, matrix, src, s)
	case n.size == 4:
		kernel.Winograd4Input(dst, matrix, src, s)
	default:
		kernel.WinogradInput(dst, matrix, src, s)
	}
}

func (n transforms) gradients(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	if n.size == 4 {
		kernel.Winograd4Gradient(dst, matrix, src, s)
		return
	}
	n.filters(dst, matrix, src, s)
}

func (n transforms) taps(dst []float32, s *kernel.Squares, src []float32, matrix int, accumulate bool) {
	if n.size == 4 {
		kernel.Winograd4Taps(dst, s, src, matrix, accumulate)
		return
	}
	kernel.WinogradOutput(dst, s, src, matrix, accumulate)
}

// short reports whether rows of that many squares end before the processor's prefetcher has recognised what they
// read and write. While one is transformed, the next picture's is prefetched. That saves a tenth of a layer's time
// where its maps do not fit into the core's caches.
func (n transforms) short(side int) bool { return n.size == 4 && side == 2 }

// terms is the number of terms that n channels or squares make.
func (n transforms) terms(count int) int {
	if n.bf16 {
		return (count + 1) / 2
	}
	return count
}

// matrices is the layout of the matrices of a transform: their number, and the floats of each.
type matrices struct{ count, each int }

// matrices keeps them off distances that are powers of two: these would put all
// of them into the same few sets of the caches.
func (n transforms) matrices(floats int) matrices {
	return matrices{(n.size + 1) * (n.size + 1), floats + 5*lanes}
}

func (m matrices) len() int { return m.count * m.each }
