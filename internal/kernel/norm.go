package kernel

// The element-wise work of batch normalisation and of the activation after it,
// forward and backward. With v = (x - mean) * invstd + beta, written x*scale + shift,
// and y = activation(v):
//
//	dv = dy * activation'(v)
//	dx = invstd * (dv - avg(dv) - xhat * avg(dv * xhat)),   xhat = (x - mean) * invstd
//
// (Ioffe and Szegedy 2015, section 3, for gamma = 1). Sums run over the pixels of a
// call in order, each channel by itself, on top of what the caller passes in.
// Products are converted to float32 before they are added: Go may fuse them otherwise.

// Moments adds each channel's sum of d = x - about to sum and its sum of d*d to sumsq.
// About a value not far from the mean, relative to the deviations from it, both give
// mean and variance without cancellation.
func Moments(x []float32, about, sum, sumsq *[Lanes]float32) {
	checkPixels(len(x))
	moments(x, about, sum, sumsq)
}

func momentsGeneric(x []float32, about, sum, sumsq *[Lanes]float32) {
	for ; len(x) > 0; x = x[Lanes:] {
		for c, v := range (*[Lanes]float32)(x) {
			d := v - about[c]
			sum[c] += d
			sumsq[c] += float32(d * d)
		}
	}
}

// Normalize computes v = x*scale + shift and the activation y = v where v > 0 and
// slope*v elsewhere: slope 0 is ReLU, 0.2 the leaky one, 1 none. With scale 1 it adds a
// bias. y may be x.
func Normalize(y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	checkPixels(len(x), len(y))
	normalize(y, x, scale, shift, slope)
}

func normalizeGeneric(y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	for ; len(x) > 0; x, y = x[Lanes:], y[Lanes:] {
		in, out := (*[Lanes]float32)(x), (*[Lanes]float32)(y)
		for c := range in {
			v := float32(in[c]*scale[c]) + shift[c]
			if !(v > 0) {
				v *= slope
			}
			out[c] = v
		}
	}
}

// GradMoments gathers what NormGrad needs. With v = x*invstd + shift as Normalize has it
// and dv = dy where v > 0 and slope*dy elsewhere, it adds each channel's sum of dv to
// sumDv and of dv*xhat to sumDvXhat, where xhat = (x - mean) * invstd.
//
// A layer without batch normalisation passes y for x, mean and shift 0 and invstd 1: for
// slope >= 0, y > 0 where v > 0. Its sumDv is the gradient of its bias.
func GradMoments(dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float32) {
	checkPixels(len(dy), len(x))
	gradMoments(dy, x, mean, invstd, shift, slope, sumDv, sumDvXhat)
}

func gradMomentsGeneric(dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32, sumDv, sumDvXhat *[Lanes]float32) {
	for ; len(x) > 0; x, dy = x[Lanes:], dy[Lanes:] {
		for c, d := range (*[Lanes]float32)(dy) {
			v := x[c]
			if !(float32(v*invstd[c])+shift[c] > 0) {
				d = float32(d * slope)
			}
			xhat := float32((v - mean[c]) * invstd[c])
			sumDv[c] += d
			sumDvXhat[c] += float32(d * xhat)
		}
	}
}

// NormGrad computes dx = invstd * (dv - a - xhat*b) with dv and xhat as GradMoments has
// them, where a and b are the batch's averages of dv and of dv*xhat, or 0 without
// batch normalisation. dx may be dy.
func NormGrad(dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	checkPixels(len(dx), len(dy), len(x))
	normGrad(dx, dy, x, mean, invstd, shift, a, b, slope)
}

func normGradGeneric(dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	for ; len(x) > 0; x, dx, dy = x[Lanes:], dx[Lanes:], dy[Lanes:] {
		out := (*[Lanes]float32)(dx)
		for c, d := range (*[Lanes]float32)(dy) {
			v := x[c]
			if !(float32(v*invstd[c])+shift[c] > 0) {
				d = float32(d * slope)
			}
			xhat := float32((v - mean[c]) * invstd[c])
			out[c] = invstd[c] * ((d - a[c]) - float32(xhat*b[c]))
		}
	}
}
