package gan

import "slices"

// Smooth kernels (Odena, Dumoulin, Olah 2016: Deconvolution and Checkerboard Artifacts). To repeat every pixel 2x2 times
// and convolve with 3x3 taps is a transposed convolution of kernel 4, stride 2 and padding 1, whose taps are sums of
// the 3x3 ones; to convolve with 3x3 taps and take the mean of 2x2 pixels is a convolution likewise,
//
//	kernel[y][x] = s (t[y][x] + t[y-1][x] + t[y][x-1] + t[y-1][x-1])
//
// of the trained taps t, which are 0 beyond 0..2, with s = 1 of a transposed convolution and 1/4 of a convolution.
// Neighbouring taps of such a kernel cannot differ as they like, so it paints no grid of dots, and it costs what a
// kernel of 4 costs.

// SmoothScale returns s.
func (l *Layer) SmoothScale() float64 {
	if l.Op == TransposedConvolution {
		return 1
	}
	return 0.25
}

// Kernels returns the convolution's kernels, of KernelShape, from the trained weights, of WeightShape.
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

// smooth makes the kernels of stride 2 smooth, where all their taps meet a pixel.
func (n Network) smooth() {
	for i := range n {
		l := &n[i]
		_, narrow := l.Sizes()
		l.Smooth = l.Convolves() && l.Kernel == 4 && l.Stride == 2 && l.Pad == 1 && narrow > 1
	}
}
