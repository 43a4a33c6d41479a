//go:build (!amd64 && !arm64) || purego

package kernel

// Where there is no assembly every kernel is its definition.

func moments(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
	momentsGeneric(p, x, about, sum, sumsq)
}

func normalize(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	normalizeGeneric(p, y, x, scale, shift, slope)
}

func gradMoments(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float64) {
	gradMomentsGeneric(p, dy, x, mean, invstd, shift, slope, sumDv, sumDvXhat)
}

func normGrad(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	normGradGeneric(p, dx, dy, x, mean, invstd, shift, a, b, slope)
}

func adam(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	adamGeneric(w, dw, m, v, lr, beta1, beta2, eps)
}

func tanh(y, x []float32) { tanhGeneric(y, x) }

func tanhGrad(dx, dy, y []float32) { tanhGradGeneric(dx, dy, y) }

func transpose16(dst, src []float32) { transpose16Generic(dst, src) }
