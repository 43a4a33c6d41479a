package kernel

import "math"

// Tanh computes y = tanh(x). x has any length, and y may be x. The result is within 2.3 units
// in the last place of the exact value; it is exact at 0 and where tanh rounds to 1 or -1.
//
// The stages, for a = |x|, or 10 where |x| is more:
//
//	2a = k*ln2 + f                        k whole, |f| <= ln2/2
//	exp(f) - 1 = f + f^2 * p(f)           p of degree 4
//	E = 2^k * (exp(f) - 1) + (2^k - 1)    = exp(2a) - 1
//	tanh(a) = E/(E+2)                     without cancellation
//
// tanh(x) has the sign of x. p interpolates (exp(f) - 1 - f)/f^2 at Chebyshev's nodes.
func Tanh(y, x []float32) {
	if len(y) != len(x) {
		panic("kernel: lengths differ")
	}
	active.tanh(y, x)
}

// tanhTable holds the constants in the order in which they are used:
//
//	0       the sign's bit
//	1       the bound of a: tanh is 1 from 9.02 on
//	2       1/ln2
//	3       1.5 * 2^23: added to a number, it leaves the nearest whole number in the lowest bits
//	4, 5    ln2 in two parts; the first has few bits, so that k times it is exact
//	6..10   p, from the highest coefficient
//	11, 12  1 and 2
var tanhTable = [...]float32{
	float32(math.Copysign(0, -1)),
	10,
	1.4426950408889634,
	3 << 22,
	0.693359375, -2.12194440e-4,
	0.0013926213141530752, 0.008363203145563602, 0.041666556149721146, 0.16666576266288757, 0.5,
	1, 2,
}

func tanhGeneric(y, x []float32) {
	c := &tanhTable
	for i, v := range x {
		a := float32(math.Abs(float64(v)))
		if a > c[1] {
			a = c[1]
		}
		s := a + a
		m := float32(s*c[2]) + c[3] // k in the lowest bits
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

// TanhGrad computes dx = dy * (1 - y*y), where y is the output of Tanh. y has any length, and dx
// may be dy.
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
