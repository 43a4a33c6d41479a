package kernel

// The element-wise work of batch normalisation and of the activation after it (Ioffe and
// Szegedy 2015, section 3, for gamma = 1), each channel by itself. There are four stages; the
// caller makes averages over the batch of the sums of the first and of the third:
//
//	Moments      sum(x), sum(x*x), which give mean and invstd = 1/sqrt(variance + eps)
//	Normalize    v = (x - mean)*invstd + beta = x*scale + shift,   y = activation(v)
//	GradMoments  dv = dy * activation'(v),   sum(dv), sum(dv*xhat),   xhat = (x - mean)*invstd
//	NormGrad     dx = invstd * (dv - avg(dv) - xhat*avg(dv*xhat))
//
// with scale = invstd and shift = beta - mean*invstd. sum(dv) is the gradient of beta.
//
// A sum runs in float32 over the pixels of a row, in order. The sums of the rows are added in
// float64, in order, to what the caller passes in.
//
// Products are converted to float32 before they are added, since Go may fuse them otherwise.

// Plane is the shape of what these kernels work on: rows of whole pixels, as in a map with a
// border. A row is Pixels pixels of 16 floats, and begins Step floats after the row before it.
// The floats between two rows are neither read nor written.
type Plane struct{ Pixels, Rows, Step int }

// Row returns the plane of n contiguous pixels.
func Row(n int) Plane { return Plane{Pixels: n, Rows: 1, Step: n * Lanes} }

// rowOf returns the floats of row i of the plane that x holds.
func (p Plane) rowOf(x []float32, i int) []float32 { return x[i*p.Step:][:p.Pixels*Lanes] }

// check panics unless slices of these lengths hold all rows. It reports whether there are any.
func (p Plane) check(lengths ...int) bool {
	if p.Pixels <= 0 || p.Rows <= 0 {
		return false
	}
	if p.Step < p.Pixels*Lanes && p.Rows > 1 {
		panic("kernel: the rows of a plane overlap")
	}
	for _, n := range lengths {
		if n < (p.Rows-1)*p.Step+p.Pixels*Lanes {
			panic("kernel: less than a plane")
		}
	}
	return true
}

// Moments adds, for each channel, the sum of d = x - about to sum and the sum of d*d to sumsq.
// Of n pixels
//
//	mean = about + sum/n,   variance = sumsq/n - (sum/n)^2,
//
// which does not suffer from cancellation if about is a few standard deviations from the mean at
// most.
func Moments(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
	if p.check(len(x)) {
		active.moments(p, x, unescaped(about), unescaped(sum), unescaped(sumsq))
	}
}

func momentsGeneric(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
	for i := range p.Rows {
		var s, q [Lanes]float32
		for x := p.rowOf(x, i); len(x) > 0; x = x[Lanes:] {
			for c, v := range (*[Lanes]float32)(x) {
				d := v - about[c]
				s[c] += d
				q[c] += float32(d * d)
			}
		}
		addRow(sum, &s)
		addRow(sumsq, &q)
	}
}

// addRow adds the sums of a row to those of the rows before it.
func addRow(sum *[Lanes]float64, row *[Lanes]float32) {
	for c, v := range row {
		sum[c] += float64(v)
	}
}

// Normalize computes v = x*scale + shift and the activation: y = v where v > 0, y = slope*v
// elsewhere. Slope 0 is ReLU, 0.2 is leaky ReLU, and 1 is no activation. With scale 1 it adds a
// bias. y may be x.
func Normalize(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	if p.check(len(x), len(y)) {
		active.normalize(p, y, x, unescaped(scale), unescaped(shift), slope)
	}
}

func normalizeGeneric(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
	for i := range p.Rows {
		y := p.rowOf(y, i)
		for x := p.rowOf(x, i); len(x) > 0; x, y = x[Lanes:], y[Lanes:] {
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
}

// GradMoments computes the sums that NormGrad needs. With v = x*invstd + shift as in Normalize,
// dv = dy where v > 0 and dv = slope*dy elsewhere, and xhat = (x - mean)*invstd, it adds, for each
// channel, the sum of dv to sumDv and the sum of dv*xhat to sumDvXhat.
//
// A layer without batch normalisation passes y for x, mean and shift 0, and invstd 1: for
// slope >= 0, y > 0 exactly where v > 0. Its sumDv is the gradient of its bias.
func GradMoments(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32,
	sumDv, sumDvXhat *[Lanes]float64) {
	if p.check(len(dy), len(x)) {
		active.gradMoments(p, dy, x, unescaped(mean), unescaped(invstd), unescaped(shift), slope,
			unescaped(sumDv), unescaped(sumDvXhat))
	}
}

func gradMomentsGeneric(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32,
	sumDv, sumDvXhat *[Lanes]float64) {
	for i := range p.Rows {
		var s, q [Lanes]float32
		dy := p.rowOf(dy, i)
		for x := p.rowOf(x, i); len(x) > 0; x, dy = x[Lanes:], dy[Lanes:] {
			for c, d := range (*[Lanes]float32)(dy) {
				v := x[c]
				if !(float32(v*invstd[c])+shift[c] > 0) {
					d = float32(d * slope)
				}
				xhat := float32((v - mean[c]) * invstd[c])
				s[c] += d
				q[c] += float32(d * xhat)
			}
		}
		addRow(sumDv, &s)
		addRow(sumDvXhat, &q)
	}
}

// NormGrad computes dx = invstd * (dv - a - xhat*b), with dv and xhat as in GradMoments. a and b
// are the averages of dv and of dv*xhat over the batch, or 0 without batch normalisation. dx may
// be dy.
func NormGrad(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	if p.check(len(dx), len(dy), len(x)) {
		active.normGrad(p, dx, dy, x, unescaped(mean), unescaped(invstd), unescaped(shift),
			unescaped(a), unescaped(b), slope)
	}
}

func normGradGeneric(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
	for i := range p.Rows {
		dx, dy := p.rowOf(dx, i), p.rowOf(dy, i)
		for x := p.rowOf(x, i); len(x) > 0; x, dx, dy = x[Lanes:], dx[Lanes:], dy[Lanes:] {
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
}
