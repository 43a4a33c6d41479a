//go:build !purego

package kernel

// The assembly takes pointers to a plane's first pixel, the number of pixels of a row and the number
// of rows, each at least 1, and the gap between two rows in bytes. The pixels of adam, tanh and
// tanhGrad are any 16 contiguous floats; the blocks of transpose16 are 256. Lengths are not checked.

//go:noescape
func momentsAVX512(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func momentsAVX2(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func normalizeAVX512(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func normalizeAVX2(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func gradMomentsAVX512(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32,
	sumDv, sumDvXhat *[16]float64)

//go:noescape
func gradMomentsAVX2(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32,
	sumDv, sumDvXhat *[16]float64)

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
