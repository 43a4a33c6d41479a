//go:build !purego

package kernel

// Every loop below takes its numbers of pixels and rows, at least 1, as those of
// elementwise_amd64.go do.

//go:noescape
func momentsNEON(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func normalizeNEON(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func gradMomentsNEON(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32, sumDv, sumDvXhat *[16]float64)

//go:noescape
func normGradNEON(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)

//go:noescape
func adamNEON(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)

//go:noescape
func tanhNEON(y, x *float32, pixels int, table *float32)

//go:noescape
func tanhGradNEON(dx, dy, y *float32, pixels int, one float32)

func moments(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
	if active == Generic {
		momentsGeneric(p, x, about, sum, sumsq)
		return
	}
	for i, rows := range p.parts() {
		momentsNEON(&x[i], p.Pixels, rows, p.gap(), about, sum, sumsq)
	}
}

func normalize(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	if active == Generic {
		normalizeGeneric(p, y, x, scale, shift, slope)
		return
	}
	for i, rows := range p.parts() {
		normalizeNEON(&y[i], &x[i], p.Pixels, rows, p.gap(), scale, shift, slope)
	}
}

func gradMoments(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float64) {
	if active == Generic {
		gradMomentsGeneric(p, dy, x, mean, invstd, shift, slope, sumDv, sumDvXhat)
		return
	}
	for i, rows := range p.parts() {
		gradMomentsNEON(&dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, slope, sumDv, sumDvXhat)
	}
}

func normGrad(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	if active == Generic {
		normGradGeneric(p, dx, dy, x, mean, invstd, shift, a, b, slope)
		return
	}
	for i, rows := range p.parts() {
		normGradNEON(&dx[i], &dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, a, b, slope)
	}
}

func adam(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	whole := len(w) / Lanes * Lanes
	if active == Generic {
		whole = 0
	}
	for i, n := range runs(whole) {
		adamNEON(&w[i], &dw[i], &m[i], &v[i], n, lr, beta1, 1-beta1, beta2, 1-beta2, eps)
	}
	adamGeneric(w[whole:], dw[whole:], m[whole:], v[whole:], lr, beta1, beta2, eps)
}

func tanh(y, x []float32) {
	whole := len(x) / Lanes * Lanes
	if active == Generic {
		whole = 0
	}
	for i, n := range runs(whole) {
		tanhNEON(&y[i], &x[i], n, &tanhTable[0])
	}
	tanhGeneric(y[whole:], x[whole:])
}

func tanhGrad(dx, dy, y []float32) {
	whole := len(y) / Lanes * Lanes
	if active == Generic {
		whole = 0
	}
	for i, n := range runs(whole) {
		tanhGradNEON(&dx[i], &dy[i], &y[i], n, 1)
	}
	tanhGradGeneric(dx[whole:], dy[whole:], y[whole:])
}

//go:noescape
func transpose16NEON(dst, src *float32, blocks int)

func transpose16(dst, src []float32) {
	if active == Generic || len(src) == 0 {
		transpose16Generic(dst, src)
		return
	}
	transpose16NEON(&dst[0], &src[0], len(src)/(Lanes*Lanes))
}
