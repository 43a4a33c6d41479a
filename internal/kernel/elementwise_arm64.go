//go:build !purego

package kernel

// The arguments are those of elementwise_amd64.go.

//go:noescape
func momentsNEON(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)

//go:noescape
func normalizeNEON(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)

//go:noescape
func gradMomentsNEON(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32,
	sumDv, sumDvXhat *[16]float64)

//go:noescape
func normGradNEON(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)

//go:noescape
func adamNEON(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)

//go:noescape
func tanhNEON(y, x *float32, pixels int, table *float32)

//go:noescape
func tanhGradNEON(dx, dy, y *float32, pixels int, one float32)

//go:noescape
func transpose16NEON(dst, src *float32, blocks int)
