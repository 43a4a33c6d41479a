package main

import . "github.com/mmcloughlin/avo/operand"

// prefetch4 asks for the lines of n squares of 4x4 pixels; steps are bytes.
func prefetch4(a *asm) {
	a.text("prefetch4", 8, "func(x *float32, next, row, col, n int)")
	square, next, row, n := a.arg("x"), a.arg("next"), a.arg("row"), a.arg("n")
	line, col := a.GP64(), steps{one: a.arg("col")}
	a.threefold(&col, 4)
	a.Label(a.label("square"))
	a.MOVQ(square, line)
	for y := range 4 {
		a.PREFETCHT0(Mem{Base: line})
		a.PREFETCHT0(Mem{Base: line, Index: col.one, Scale: 1})
		a.PREFETCHT0(Mem{Base: line, Index: col.one, Scale: 2})
		a.PREFETCHT0(Mem{Base: line, Index: col.three, Scale: 1})
		if y < 3 {
			a.ADDQ(row, line)
		}
	}
	a.ADDQ(next, square)
	a.DECQ(n)
	a.JNZ(a.to("square"))
	a.RET()
}
