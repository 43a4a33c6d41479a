package gan

import (
	"math"

	"dcgan/internal/random"
)

// Init is the distribution of a convolution's initial weights. Biases start at 0.
type Init struct {
	Law Law

	// Variance is the variance of the outputs for inputs of mean square 1. Only Normal uses it. It is
	// 2 / (1 + slope^2) for a layer with a leaky ReLU of that slope (He et al. 2015, eq. 14), and 1 for a linear one.
	Variance float64
}

// Law is a family of distributions of initial weights.
type Law int

const (
	Xavier   Law = iota // U(+-sqrt(6 / (k*k*(in+out)))) (Glorot, Bengio 2010, eq. 16)
	Bilinear            // kernels that interpolate to twice the size, each times a weight drawn as Xavier's
	Normal              // N(0, variance / fan-in)
)

// beforeLeaky is the Variance that keeps the mean square of maps through a leaky ReLU.
const beforeLeaky = 2 / (1 + LeakySlope*LeakySlope)

// draw fills w with the initial weights of the layer, in WeightShape.
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

// bilinear replaces every kernel of w, of size 3 or 4, by the kernel of bilinear
// interpolation to twice the size (Long, Shelhamer, Darrell 2015, section 3.3), times the
// kernel's first weight. A stride-2 transposed convolution then starts as an interpolation
// and paints smoothly, where independent taps paint a checkerboard (Odena, Dumoulin, Olah
// 2016).
//
// The factors of the four taps that an output pixel sums over add up to 2, the square root
// of 4. A smooth map so keeps its mean square, as noise does under independent taps. Trained
// kernels of 3x3 give the same kernels of 4x4 (smooth.go).
func bilinear(w []float32, size int) {
	taps := map[int][]float64{3: {1, 2, 1}, 4: {1, 3, 3, 1}}[size]
	for k := 0; k < len(w); k += size * size {
		first := float64(w[k])
		for tap := range size * size {
			w[k+tap] = float32(first * taps[tap/size] * taps[tap%size] / 8)
		}
	}
}
