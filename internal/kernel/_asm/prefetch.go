package main

import . "github.com/mmcloughlin/avo/operand"

// prefetch4 prefetches the cache lines of n squares of 4x4 pixels. A pixel is a line.
func prefetch4(a *asm) {
	a.text("prefetch4", 8, "func(x *float32, next, row, col, n int)")
	square, next, row, n := a.arg("x"), a.arg("next"), a.arg("row"), a.arg("n")
	pixels, col := a.GP64(), steps{one: a.arg("col")}
	a.threefold(&col, 4)
	a.Label(a.label("square"))
	a.MOVQ(square, pixels)
	for y := range 4 {
		a.PREFETCHT0(Mem{Base: pixels})
		a.PREFETCHT0(Mem{Base: pixels, Index: col.one, Scale: 1})
		a.PREFETCHT0(Mem{Base: pixels, Index: col.one, Scale: 2})
		a.PREFETCHT0(Mem{Base: pixels, Index: col.three, Scale: 1})
		if y < 3 {
			a.ADDQ(row, pixels)
		}
	}
	a.ADDQ(next, square)
	a.DECQ(n)
	a.JNZ(a.to("square"))
	a.RET()
}
