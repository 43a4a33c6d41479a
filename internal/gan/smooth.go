package gan

import "slices"

// Smooth kernels (Odena, Dumoulin, Olah 2016: Deconvolution and Checkerboard Artifacts). A convolution with a 3x3
// kernel t after a repetition of every pixel 2x2 times equals a transposed convolution with a 4x4 kernel, stride 2 and
// padding 1. A convolution with t before the mean of 2x2 pixels equals a convolution with a 4x4 kernel, stride 2 and
// padding 1. In both cases
//
//	kernel[y][x] = s (t[y][x] + t[y-1][x] + t[y][x-1] + t[y-1][x-1])
//
// where t is 0 outside 0..2, and s is 1 for the transposed convolution and 1/4 for the convolution. The neighbouring
// taps of such a kernel share terms, so it does not paint a grid of dots. It costs as much as any 4x4 kernel.

// SmoothScale returns the factor s of the formula above.
func (l *Layer) SmoothScale() float64 {
	if l.Op == TransposedConvolution {
		return 1
	}
	return 0.25
}

// Kernels returns the convolution's kernels, in KernelShape, from the trained weights, in WeightShape.
func (l *Layer) Kernels(weights []float32) []float32 {
	if !l.Smooth {
		return slices.Clone(weights)
	}
	kernels := make([]float32, len(weights)/9*16)
	for k := 0; k*9 < len(weights); k++ {
		t, kernel := weights[k*9:][:9], kernels[k*16:][:16]
		for i := range kernel {
			y, x := i/4, i%4
			sum := float32(0)
			for _, p := range [][2]int{{y, x}, {y - 1, x}, {y, x - 1}, {y - 1, x - 1}} {
				if p[0] >= 0 && p[0] < 3 && p[1] >= 0 && p[1] < 3 {
					sum += t[p[0]*3+p[1]]
				}
			}
			kernel[i] = float32(l.SmoothScale()) * sum
		}
	}
	return kernels
}

// smooth sets Smooth in the layers of kernel 4, stride 2 and padding 1. It leaves out a layer whose narrow map is 1x1,
// because its outer taps meet nothing but padding.
func (n Network) smooth() {
	for i := range n {
		l := &n[i]
		_, narrow := l.Sizes()
		l.Smooth = l.Convolves() && l.Kernel == 4 && l.Stride == 2 && l.Pad == 1 && narrow > 1
	}
}
