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
