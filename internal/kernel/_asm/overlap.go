package main

import . "github.com/mmcloughlin/avo/operand"

// overlap adds up the products of rows of narrow pixels. It uses registers of 128 bits, which hold
// the four channels of a wide pixel.
func overlap(a *asm) {
	const pixel, product = 16, 64 // bytes of a wide pixel, and of the products of an (a, b)
	a.text("overlap", 8, "func(top, bottom, above, middle, below *float32, n int)")
	top, bottom := a.arg("top"), a.arg("bottom")
	above, middle, below, n := a.arg("above"), a.arg("middle"), a.arg("below"), a.arg("n")
	a.Label(a.label("pixel"))
	for p := range 2 {
		dst, other := top, above
		if p == 1 {
			dst, other = bottom, below
		}
		for q := range 2 {
			at, beside := (p*2+q)*pixel, (2*q-1)*4*product
			sum := a.XMM()
			a.VMOVUPS(Mem{Base: middle, Disp: at}, sum)
			a.VADDPS(Mem{Base: middle, Disp: at + beside + product}, sum, sum)
			a.VADDPS(Mem{Base: other, Disp: at + 2*product}, sum, sum)
			a.VADDPS(Mem{Base: other, Disp: at + beside + 3*product}, sum, sum)
			a.VMOVUPS(sum, Mem{Base: dst, Disp: q * pixel})
		}
	}
	a.ADDQ(U32(2*pixel), top)
	a.ADDQ(U32(2*pixel), bottom)
	a.ADDQ(U32(4*product), above)
	a.ADDQ(U32(4*product), middle)
	a.ADDQ(U32(4*product), below)
	a.DECQ(n)
	a.JNZ(a.to("pixel"))
	a.ret()
}
