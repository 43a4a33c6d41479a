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
	Bilinear            // Xavier, of kernels of 4x4 that interpolate
	Normal              // N(0, variance / (in*k*k)) of a convolution
)

// beforeLeaky keeps the size of maps through a leaky ReLU.
const beforeLeaky = 2 / (1 + LeakySlope*LeakySlope)

// draw fills the weights of a shape.
func (i Init) draw(w []float32, shape []int, src *random.Source) {
	if i.Law == Normal {
		normal(w, shape, i.Variance, src)
		return
	}
	xavier(w, shape, src)
	if i.Law == Bilinear {
		bilinear(w)
	}
}

func normal(w []float32, shape []int, variance float64, src *random.Source) {
	v := 1 / float64(shape[1]*shape[2]*shape[3])
	v *= variance
	for i := range w {
		w[i] = float32(math.Sqrt(v)) * src.Normal()
	}
}

func xavier(w []float32, shape []int, src *random.Source) {
	limit := math.Sqrt(6 / float64(shape[2]*shape[3]*(shape[0]+shape[1])))
	for i := range w {
		w[i] = src.Uniform(limit)
	}
}

// bilinear makes every kernel of w, 4x4, that of bilinear interpolation to twice the
// size (Long, Shelhamer, Darrell 2015, section 3.3), times its first weight: a stride-2
// transposed convolution then begins as an interpolation and paints smoothly, where
// independent taps paint a checkerboard (Odena, Dumoulin, Olah 2016). The factors of the
// four taps that meet in a pixel add up to 2, the root of their number: a smooth map
// keeps its size, as noise does under independent taps.
func bilinear(w []float32) {
	taps := [4]float64{1, 3, 3, 1}
	for k := 0; k < len(w); k += 16 {
		first := float64(w[k])
		for tap := range 16 {
			w[k+tap] = float32(first * taps[tap/4] * taps[tap%4] / 8)
		}
	}
}
