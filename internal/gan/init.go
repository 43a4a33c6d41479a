package gan

import (
	"math"

	"dcgan/internal/random"
)

// Init is the law of a convolution's initial weights. Biases begin at 0.
type Init struct {
	Law Law

	// Variance, of Normal, is that of the outputs for inputs of mean square 1. It is 2 / (1 + slope^2) before an
	// activation that multiplies what is below 0 by slope (He et al. 2015, eq. 14), 1 before none.
	Variance float64
}

// Law is a family of initial weights.
type Law int

const (
	Xavier   Law = iota // U(+-sqrt(6 / (k*k*(in+out)))) (Glorot, Bengio 2010, eq. 16)
	Bilinear            // Xavier, of kernels that interpolate to twice the size
	Normal              // N(0, variance / the number of weights that an output pixel is a sum over)
)

// beforeLeaky keeps the size of maps through a leaky ReLU.
const beforeLeaky = 2 / (1 + LeakySlope*LeakySlope)

// draw fills the weights of a layer.
func (l *Layer) draw(w []float32, src *random.Source) {
	if l.Init.Law == Normal {
		deviation := math.Sqrt(1 / float64(l.fanIn()) * l.Init.Variance)
		for i := range w {
			w[i] = float32(deviation) * src.Normal()
		}
		return
	}
	limit := math.Sqrt(6 / float64(l.Kernel*l.Kernel*(l.In+l.Out)))
	for i := range w {
		w[i] = src.Uniform(limit)
	}
	if l.Init.Law == Bilinear {
		bilinear(w, l.trainedKernel())
	}
}

// bilinear makes every kernel of w that of bilinear interpolation to twice the
// size (Long, Shelhamer, Darrell 2015, section 3.3), times its first weight: a stride-2
// transposed convolution then begins as an interpolation and paints smoothly, where
// independent taps paint a checkerboard (Odena, Dumoulin, Olah 2016). The factors of the
// four taps that meet in a pixel add up to 2, the root of their number: a smooth map
// keeps its size, as noise does under independent taps. Trained taps of 3x3 make the same kernels (smooth.go).
func bilinear(w []float32, size int) {
	taps := map[int][]float64{3: {1, 2, 1}, 4: {1, 3, 3, 1}}[size]
	for k := 0; k < len(w); k += size * size {
		first := float64(w[k])
		for tap := range size * size {
			w[k+tap] = float32(first * taps[tap/size] * taps[tap%size] / 8)
		}
	}
}
