package main

import (
	"log"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise generates the loops over pixels. They round every product and every sum, as
// their definitions do, and never fuse them.
func elementwise(a *asm) {
	for _, width := range []int{16, 8} {
		a.moments(width)
		a.normalize(width)
		a.gradMoments(width)
		a.normGrad(width)
		a.adam(width)
		a.tanh(width)
		a.tanhGrad(width)
	}
	a.transpose16()
}

// moments sums d = x - about and d*d over a row in float32, then adds both sums in float64.
func (a *asm) moments(width int) {
	a.text("moments", width, "func(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)")
	x, about := a.arg("x"), a.channels("about")
	sum, sumsq := a.arg("sum"), a.arg("sumsq")
	a.rows([]reg.Register{x}, func() {
		s, q := a.zeros(), a.zeros()
		a.pixels([]reg.Register{x}, func(v int) {
			t := a.vec()
			a.VMOVUPS(a.at(x, v), t)
			a.VSUBPS(about[v], t, t)
			a.VADDPS(t, s[v], s[v])
			a.VMULPS(t, t, t)
			a.VADDPS(t, q[v], q[v])
		})
		a.addDoubles(s, sum)
		a.addDoubles(q, sumsq)
	})
	a.ret()
}

// normalize computes y = activation(x*scale + shift).
func (a *asm) normalize(width int) {
	a.text("normalize", width, "func(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)")
	y, x, scale, shift := a.arg("y"), a.arg("x"), a.load("scale"), a.load("shift")
	act := a.activation()
	pointers := []reg.Register{y, x}
	a.rows(pointers, func() {
		a.pixels(pointers, func(v int) {
			t := a.vec()
			a.VMULPS(a.at(x, v), scale[v], t)
			a.VADDPS(shift[v], t, t)
			act(t, t)
			a.VMOVUPS(t, a.at(y, v))
		})
	})
	a.ret()
}

// gradMoments sums dv and dv*xhat over a row in float32, then adds both sums in float64.
func (a *asm) gradMoments(width int) {
	a.text("gradMoments", width,
		"func(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32, "+
			"sumDv, sumDvXhat *[16]float64)")
	dy, x := a.arg("dy"), a.arg("x")
	grad := a.gradient()
	sumDv, sumDvXhat := a.arg("sumDv"), a.arg("sumDvXhat")
	pointers := []reg.Register{dy, x}
	a.rows(pointers, func() {
		s, q := a.zeros(), a.zeros()
		a.pixels(pointers, func(v int) {
			d, xhat := grad(dy, x, v)
			a.VADDPS(d, s[v], s[v])
			a.VMULPS(d, xhat, xhat)
			a.VADDPS(xhat, q[v], q[v])
		})
		a.addDoubles(s, sumDv)
		a.addDoubles(q, sumDvXhat)
	})
	a.ret()
}

// normGrad computes dx = invstd*((dv - a) - xhat*b).
func (a *asm) normGrad(width int) {
	a.text("normGrad", width,
		"func(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)")
	dx, dy, x := a.arg("dx"), a.arg("dy"), a.arg("x")
	grad := a.gradient()
	invstd, avgDv, avgDvXhat := a.channels("invstd"), a.channels("a"), a.channels("b")
	pointers := []reg.Register{dx, dy, x}
	a.rows(pointers, func() {
		a.pixels(pointers, func(v int) {
			d, xhat := grad(dy, x, v)
			a.VMULPS(avgDvXhat[v], xhat, xhat)
			a.VSUBPS(avgDv[v], d, d)
			a.VSUBPS(xhat, d, d)
			a.VMULPS(invstd[v], d, d)
			a.VMOVUPS(d, a.at(dx, v))
		})
	})
	a.ret()
}

// gradient returns a function that computes, for vector v of a pixel,
//
//	dv = dy * activation'(x*invstd + shift)   in d
//	xhat = (x - mean) * invstd
func (a *asm) gradient() func(dy, x reg.Register, v int) (d, xhat reg.Register) {
	mean, invstd, shift := a.channels("mean"), a.channels("invstd"), a.channels("shift")
	act := a.activation()
	return func(dy, x reg.Register, v int) (reg.Register, reg.Register) {
		d, xhat, t := a.vec(), a.vec(), a.vec()
		a.VMOVUPS(a.at(dy, v), d)
		a.VMOVUPS(a.at(x, v), xhat)
		a.VMULPS(invstd[v], xhat, t)
		a.VADDPS(shift[v], t, t)
		act(d, t)
		a.VSUBPS(mean[v], xhat, xhat)
		a.VMULPS(invstd[v], xhat, xhat)
		return d, xhat
	}
}

// adam computes, with rest1 = 1-beta1 and rest2 = 1-beta2, for 16 weights as a pixel,
//
//	m = m*beta1 + dw*rest1
//	v = v*beta2 + dw*dw*rest2
//	w = w - m*lr / (sqrt(v) + eps)
func (a *asm) adam(width int) {
	a.text("adam", width, "func(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)")
	w, dw, m, v := a.arg("w"), a.arg("dw"), a.arg("m"), a.arg("v")
	lr, eps := a.broadcast("lr"), a.broadcast("eps")
	beta1, rest1, beta2, rest2 := a.broadcast("beta1"), a.broadcast("rest1"), a.broadcast("beta2"), a.broadcast("rest2")
	a.pixels([]reg.Register{w, dw, m, v}, func(i int) {
		d, mean, t := a.vec(), a.vec(), a.vec()
		a.VMOVUPS(a.at(dw, i), d)
		a.VMULPS(a.at(m, i), beta1, mean)
		a.VMULPS(d, rest1, t)
		a.VADDPS(t, mean, mean)
		a.VMOVUPS(mean, a.at(m, i))
		a.VMULPS(d, d, d)
		a.VMULPS(d, rest2, d)
		a.VMULPS(a.at(v, i), beta2, t)
		a.VADDPS(d, t, t)
		a.VMOVUPS(t, a.at(v, i))
		a.VSQRTPS(t, t)
		a.VADDPS(eps, t, t)
		a.VMULPS(lr, mean, mean)
		a.VDIVPS(t, mean, mean)
		a.VMOVUPS(a.at(w, i), t)
		a.VSUBPS(mean, t, t)
		a.VMOVUPS(t, a.at(w, i))
	})
	a.ret()
}

// tanh does what its definition does, operation by operation, with the constants of tanhTable, c(0) to
// c(12).
func (a *asm) tanh(width int) {
	a.text("tanh", width, "func(y, x *float32, pixels int, table *float32)")
	y, x := a.arg("y"), a.arg("x")
	c := a.constants(a.arg("table"), 13)
	a.pixels([]reg.Register{y, x}, func(v int) {
		sign, t, m, f, p := a.vec(), a.vec(), a.vec(), a.vec(), a.vec()
		a.VMOVUPS(a.at(x, v), t)
		a.VANDPS(c(0), t, sign)
		a.VANDNPS(t, c(0), t)
		a.VMINPS(t, c(1), t) // Intel's second operand, t, where either is NaN
		// t = 2a, of which m has k in its lowest bits, and f is the rest.
		a.VADDPS(t, t, t)
		a.VMULPS(c(2), t, m)
		a.VADDPS(c(3), m, m)
		k := a.vec()
		a.VSUBPS(c(3), m, k)
		a.VMULPS(c(4), k, f)
		a.VSUBPS(f, t, f)
		a.VMULPS(c(5), k, k)
		a.VSUBPS(k, f, f)
		// p = exp(f) - 1
		a.VMOVAPS(c(6), p)
		for i := 7; i < 11; i++ {
			a.VMULPS(f, p, p)
			a.VADDPS(c(i), p, p)
		}
		a.VMULPS(f, f, t)
		a.VMULPS(p, t, p)
		a.VADDPS(f, p, p)
		// p = E = 2^k*p + (2^k - 1), with 2^k in m
		a.VPSLLD(U8(23), m, m)
		a.VPADDD(c(11), m, m)
		a.VMULPS(m, p, p)
		a.VSUBPS(c(11), m, m)
		a.VADDPS(m, p, p)
		// E/(E+2), with the sign of x
		a.VADDPS(c(12), p, t)
		a.VDIVPS(t, p, p)
		a.VORPS(sign, p, p)
		a.VMOVUPS(p, a.at(y, v))
	})
	a.ret()
}

// tanhGrad computes dx = dy*(1 - y*y).
func (a *asm) tanhGrad(width int) {
	a.text("tanhGrad", width, "func(dx, dy, y *float32, pixels int, one float32)")
	dx, dy, y := a.arg("dx"), a.arg("dy"), a.arg("y")
	one := a.broadcast("one")
	a.pixels([]reg.Register{dx, dy, y}, func(v int) {
		t := a.vec()
		a.VMOVUPS(a.at(y, v), t)
		a.VMULPS(t, t, t)
		a.VSUBPS(t, one, t)
		a.VMULPS(a.at(dy, v), t, t)
		a.VMOVUPS(t, a.at(dx, v))
	})
	a.ret()
}

// constants returns a function that returns number i of the n numbers at table, in every lane of a
// vector. AVX-512 has registers enough to keep them; AVX2 loads them at each use.
func (a *asm) constants(table reg.Register, n int) func(i int) reg.Register {
	load := func(i int) reg.Register {
		v := a.vec()
		a.VBROADCASTSS(Mem{Base: table, Disp: 4 * i}, v)
		return v
	}
	if a.width == 8 {
		return load
	}
	kept := make([]reg.Register, n)
	for i := range kept {
		kept[i] = load(i)
	}
	return func(i int) reg.Register { return kept[i] }
}

// transpose16 takes a block of 16x16 as four of 8x8. Of each it loads four columns at a time: a
// register holds four floats of row i in its lower half and four of row i+4 in its upper half. So
// both halves transpose 4x4 floats, and no move crosses them.
func (a *asm) transpose16() {
	a.text("transpose16", 8, "func(dst, src *float32, blocks int)")
	dst, src, blocks := a.arg("dst"), a.arg("src"), a.arg("blocks")
	a.Label(a.label("loop"))
	for _, q := range [][2]int{{0, 0}, {0, 8}, {8, 0}, {8, 8}} {
		for column := 0; column < 8; column += 4 {
			r := make([]reg.VecVirtual, 4)
			for i := range r {
				y := a.YMM()
				from := Mem{Base: src, Disp: (q[0]+i)*64 + (q[1]+column)*4}
				a.VBROADCASTF128(from, y)
				a.VINSERTF128(U8(1), from.Offset(4*64), y, y)
				r[i] = y
			}
			t := a.vecs(4)
			a.VUNPCKLPS(r[1], r[0], t[0])
			a.VUNPCKLPS(r[3], r[2], t[1])
			a.VUNPCKHPS(r[1], r[0], t[2])
			a.VUNPCKHPS(r[3], r[2], t[3])
			for i := range r {
				if i%2 == 0 {
					a.VUNPCKLPD(t[i/2*2+1], t[i/2*2], r[i])
				} else {
					a.VUNPCKHPD(t[i/2*2+1], t[i/2*2], r[i])
				}
				a.VMOVUPS(r[i], Mem{Base: dst, Disp: (q[1]+column+i)*64 + q[0]*4})
			}
		}
	}
	a.ADDQ(U32(16*64), src)
	a.ADDQ(U32(16*64), dst)
	a.DECQ(blocks)
	a.JNZ(a.to("loop"))
	a.ret()
}

// load loads the 16 floats that an argument points to.
func (a *asm) load(name string) []reg.VecVirtual {
	p, v := a.arg(name), a.vecs(a.vectors())
	for i := range v {
		a.VMOVUPS(a.at(p, i), v[i])
	}
	return v
}

// channels returns the vectors of 16 floats that an argument points to. They are in registers for
// AVX-512, and stay in memory for AVX2, which has few registers.
func (a *asm) channels(name string) []Op {
	p, v := a.arg(name), make([]Op, a.vectors())
	for i := range v {
		v[i] = a.at(p, i)
		if a.width == 16 {
			r := a.vec()
			a.VMOVUPS(a.at(p, i), r)
			v[i] = r
		}
	}
	return v
}

// zeros returns a pixel of zeros.
func (a *asm) zeros() []reg.VecVirtual {
	v := a.vecs(a.vectors())
	for i := range v {
		a.zero(v[i])
	}
	return v
}

// addDoubles adds 16 floats to the 16 doubles at sum.
func (a *asm) addDoubles(v []reg.VecVirtual, sum reg.Register) {
	for i := range v {
		for half := range 2 {
			d, at := a.vec(), a.at(sum, 2*i+half)
			a.VCVTPS2PD(a.half(v[i], half), d)
			a.VADDPD(at, d, d)
			a.VMOVUPD(d, at)
		}
	}
}

// half returns the lower or the upper half of a vector.
func (a *asm) half(v reg.VecVirtual, i int) reg.Register {
	switch {
	case a.width == 16 && i == 0:
		return v.AsY()
	case a.width == 16:
		h := a.YMM()
		a.VEXTRACTF64X4(U8(1), v, h)
		return h
	case i == 0:
		return v.AsX()
	}
	h := a.XMM()
	a.VEXTRACTF128(U8(1), v, h)
	return h
}

// broadcast loads a float argument into every lane of a vector.
func (a *asm) broadcast(name string) reg.Register {
	p, err := a.Param(name).Resolve()
	if err != nil {
		log.Fatal(err)
	}
	v := a.vec()
	a.VBROADCASTSS(p.Addr, v)
	return v
}

// rows runs body for each row (at least one). body moves the pointers over the row's pixels; rows
// moves them over the gap to the next row.
func (a *asm) rows(pointers []reg.Register, body func()) {
	rows, gap := a.arg("rows"), a.arg("gap")
	a.Label(a.label("row"))
	body()
	for _, p := range pointers {
		a.ADDQ(gap, p)
	}
	a.DECQ(rows)
	a.JNZ(a.to("row"))
}

// pixels runs body for each vector of each pixel of a row (at least one), and moves the pointers on.
func (a *asm) pixels(pointers []reg.Register, body func(v int)) {
	n := a.arg("pixels")
	a.Label(a.label("pixel"))
	for v := range a.vectors() {
		body(v)
	}
	for _, p := range pointers {
		a.ADDQ(U32(64), p)
	}
	a.DECQ(n)
	a.JNZ(a.to("pixel"))
}

// activation returns a function that multiplies v by the argument slope in every lane where by > 0 is
// false, as it is for NaN.
func (a *asm) activation() func(v, by reg.Register) {
	const greater, notGreater = U8(0x1e), U8(0x1a) // predicates GT_OQ, NGT_UQ
	slope, zero := a.broadcast("slope"), a.vec()
	a.zero(zero)
	if a.width == 16 {
		return func(v, by reg.Register) {
			mask := a.K()
			a.VCMPPS(notGreater, zero, by, mask)
			a.VMULPS(slope, v, mask, v)
		}
	}
	return func(v, by reg.Register) {
		mask, sloped := a.vec(), a.vec()
		a.VCMPPS(greater, zero, by, mask)
		a.VMULPS(slope, v, sloped)
		a.VBLENDVPS(mask, v, sloped, v)
	}
}
