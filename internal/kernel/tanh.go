package kernel

import "math"

// Tanh computes y = tanh(x), any length; y may be x. It is within 2.3 units in the
// last place of the exact value, and exact at 0 and where float32 has only 1 or -1 left.
//
// With a = |x|, it is E/(E+2) for E = exp(2a) - 1, which loses nothing to cancellation.
// Where 2a = k*ln2 + f with whole k and |f| <= ln2/2,
//
//	E = 2^k * (exp(f) - 1) + (2^k - 1),   exp(f) - 1 = f + f^2 * p(f)
//
// for a polynomial p of degree 4: the interpolation of (exp(f) - 1 - f)/f^2 at the
// nodes of Chebyshev.
func Tanh(y, x []float32) {
	if len(y) != len(x) {
		panic("kernel: lengths differ")
	}
	active.tanh(y, x)
}

// tanhTable holds the constants in the order in which they are used.
var tanhTable = [...]float32{
	float32(math.Copysign(0, -1)),                                                               // the sign's bit
	10,                                                                                          // tanh is 1 from 9.02 on
	1.4426950408889634,                                                                          // 1/ln2
	3 << 22,                                                                                     // added, it leaves a number's nearest whole in the lowest bits
	0.693359375,                                                                                 // ln2 but for its last digits, so that k times it is exact,
	-2.12194440e-4,                                                                              // and those
	0.0013926213141530752, 0.008363203145563602, 0.041666556149721146, 0.16666576266288757, 0.5, // p
	1,
	2,
}

func tanhGeneric(y, x []float32) {
	c := &tanhTable
	for i, v := range x {
		a := float32(math.Abs(float64(v)))
		if a > c[1] {
			a = c[1]
		}
		s := a + a
		m := float32(s*c[2]) + c[3]
		k := m - c[3]
		f := s - float32(k*c[4])
		f -= float32(k * c[5])
		p := c[6]
		for _, d := range c[7:11] {
			p = float32(p*f) + d
		}
		p = float32(float32(f*f)*p) + f
		power := math.Float32frombits(math.Float32bits(m)<<23 + math.Float32bits(c[11])) // 2^k
		e := float32(power*p) + (power - c[11])
		y[i] = float32(math.Copysign(float64(e/(e+c[12])), float64(v)))
	}
}

// TanhGrad computes dx = dy * (1 - y*y) from the output y of Tanh, any length. dx may
// be dy.
func TanhGrad(dx, dy, y []float32) {
	if len(dx) != len(y) || len(dy) != len(y) {
		panic("kernel: lengths differ")
	}
	active.tanhGrad(dx, dy, y)
}

func tanhGradGeneric(dx, dy, y []float32) {
	for i, v := range y {
		dx[i] = dy[i] * (1 - float32(v*v))
	}
}
