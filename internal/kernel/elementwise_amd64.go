//go:build !purego

package kernel

// Every loop below takes its numbers, at least 1, of pixels and, where they lie apart, of rows
// of so many; whoever calls has checked the lengths. Adam's and tanh's pixels are any 16 numbers, transpose16's blocks 256 floats.

//go:noescape
func momentsAVX512(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func momentsAVX2(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func normalizeAVX512(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func normalizeAVX2(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func gradMomentsAVX512(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32, sumDv, sumDvXhat *[16]float64)

//go:noescape
func gradMomentsAVX2(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32, sumDv, sumDvXhat *[16]float64)

//go:noescape
func normGradAVX512(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)

//go:noescape
func normGradAVX2(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)

//go:noescape
func adamAVX512(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)

//go:noescape
func adamAVX2(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)

//go:noescape
func tanhAVX512(y, x *float32, pixels int, table *float32)

//go:noescape
func tanhAVX2(y, x *float32, pixels int, table *float32)

//go:noescape
func tanhGradAVX512(dx, dy, y *float32, pixels int, one float32)

//go:noescape
func tanhGradAVX2(dx, dy, y *float32, pixels int, one float32)

//go:noescape
func transpose16AVX2(dst, src *float32, blocks int)

func moments(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
	switch active {
	case AVX512:
		for i, rows := range p.parts() {
			momentsAVX512(&x[i], p.Pixels, rows, p.gap(), about, sum, sumsq)
		}
	case AVX2:
		for i, rows := range p.parts() {
			momentsAVX2(&x[i], p.Pixels, rows, p.gap(), about, sum, sumsq)
		}
	default:
		momentsGeneric(p, x, about, sum, sumsq)
	}
}

func normalize(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	switch active {
	case AVX512:
		for i, rows := range p.parts() {
			normalizeAVX512(&y[i], &x[i], p.Pixels, rows, p.gap(), scale, shift, slope)
		}
	case AVX2:
		for i, rows := range p.parts() {
			normalizeAVX2(&y[i], &x[i], p.Pixels, rows, p.gap(), scale, shift, slope)
		}
	default:
		normalizeGeneric(p, y, x, scale, shift, slope)
	}
}

func gradMoments(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float64) {
	switch active {
	case AVX512:
		for i, rows := range p.parts() {
			gradMomentsAVX512(&dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, slope, sumDv, sumDvXhat)
		}
	case AVX2:
		for i, rows := range p.parts() {
			gradMomentsAVX2(&dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, slope, sumDv, sumDvXhat)
		}
	default:
		gradMomentsGeneric(p, dy, x, mean, invstd, shift, slope, sumDv, sumDvXhat)
	}
}

func normGrad(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	switch active {
	case AVX512:
		for i, rows := range p.parts() {
			normGradAVX512(&dx[i], &dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, a, b, slope)
		}
	case AVX2:
		for i, rows := range p.parts() {
			normGradAVX2(&dx[i], &dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, a, b, slope)
		}
	default:
		normGradGeneric(p, dx, dy, x, mean, invstd, shift, a, b, slope)
	}
}

// adam leaves what is less than a vector to the definition, whose bits are the same.
func adam(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	whole := len(w) / Lanes * Lanes
	switch active {
	case AVX512:
		for i, n := range runs(whole) {
			adamAVX512(&w[i], &dw[i], &m[i], &v[i], n, lr, beta1, 1-beta1, beta2, 1-beta2, eps)
		}
	case AVX2:
		for i, n := range runs(whole) {
			adamAVX2(&w[i], &dw[i], &m[i], &v[i], n, lr, beta1, 1-beta1, beta2, 1-beta2, eps)
		}
	default:
		whole = 0
	}
	adamGeneric(w[whole:], dw[whole:], m[whole:], v[whole:], lr, beta1, beta2, eps)
}

// tanh, like adam, leaves what is less than a vector to the definition.
func tanh(y, x []float32) {
	whole := len(x) / Lanes * Lanes
	switch active {
	case AVX512:
		for i, n := range runs(whole) {
			tanhAVX512(&y[i], &x[i], n, &tanhTable[0])
		}
	case AVX2:
		for i, n := range runs(whole) {
			tanhAVX2(&y[i], &x[i], n, &tanhTable[0])
		}
	default:
		whole = 0
	}
	tanhGeneric(y[whole:], x[whole:])
}

func tanhGrad(dx, dy, y []float32) {
	whole := len(y) / Lanes * Lanes
	switch active {
	case AVX512:
		for i, n := range runs(whole) {
			tanhGradAVX512(&dx[i], &dy[i], &y[i], n, 1)
		}
	case AVX2:
		for i, n := range runs(whole) {
			tanhGradAVX2(&dx[i], &dy[i], &y[i], n, 1)
		}
	default:
		whole = 0
	}
	tanhGradGeneric(dx[whole:], dy[whole:], y[whole:])
}

// transpose16 has one version for both: it moves bytes only.
func transpose16(dst, src []float32) {
	if active == Generic {
		transpose16Generic(dst, src)
		return
	}
	for i, n := range runs(len(src)) {
		transpose16AVX2(&dst[i], &src[i], n/Lanes)
	}
}
