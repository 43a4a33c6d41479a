package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd generates the transforms of F(2x2, 2x2). All steps are bytes, and the squares
// start where the pointers point.
func winograd(a *asm) {
	for _, width := range []int{16, 8} {
		a.winogradInput(width)
		a.winogradFilter(width)
		a.winogradOutput(width)
	}
}

func (a *asm) winogradInput(width int) {
	a.text("winogradInput", width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	a.eachSquare("src", "dst", 3, func(v int, pixel, product func(y, x int) Mem) {
		middle := a.loads(3, func(x int) Mem { return pixel(1, x) })
		for i := range 3 {
			row := middle
			if i != 1 {
				row = a.vecs(3)
				for x := range row {
					if i == 0 {
						a.VMOVUPS(pixel(0, x), row[x])
						a.VSUBPS(middle[x], row[x], row[x])
					} else {
						a.VSUBPS(pixel(2, x), middle[x], row[x])
					}
				}
			}
			first, last := a.vec(), a.vec()
			a.VSUBPS(row[1], row[0], first)
			a.VSUBPS(row[2], row[1], last)
			a.VMOVUPS(first, product(i, 0))
			a.VMOVUPS(row[1], product(i, 1))
			a.VMOVUPS(last, product(i, 2))
		}
	})
}

func (a *asm) winogradFilter(width int) {
	a.text("winogradFilter", width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	a.eachSquare("src", "dst", 2, func(v int, pixel, product func(y, x int) Mem) {
		top := a.loads(2, func(x int) Mem { return pixel(0, x) })
		bottom := a.loads(2, func(x int) Mem { return pixel(1, x) })
		both := a.vecs(2)
		for x := range both {
			a.VADDPS(bottom[x], top[x], both[x])
		}
		for i, row := range [][]reg.VecVirtual{top, both, bottom} {
			sum := a.vec()
			a.VADDPS(row[1], row[0], sum)
			a.VMOVUPS(row[0], product(i, 0))
			a.VMOVUPS(sum, product(i, 1))
			a.VMOVUPS(row[1], product(i, 2))
		}
	})
}

func (a *asm) winogradOutput(width int) {
	a.text("winogradOutput", width, "func(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)")
	add := a.Load(a.Param("accumulate"), a.GP8())
	a.TESTB(add, add)
	a.JNZ(a.to("adding"))
	name := a.name
	for _, adding := range []bool{false, true} {
		if adding {
			a.Label(a.label("adding"))
			a.name += "_add" // labels of its own
		}
		a.eachSquare("dst", "src", 2, func(v int, pixel, product func(y, x int) Mem) {
			middle := a.loads(3, func(b int) Mem { return product(1, b) })
			for y := range 2 {
				row := a.vecs(3)
				for b := range row {
					if y == 0 {
						a.VMOVUPS(product(0, b), row[b])
						a.VADDPS(middle[b], row[b], row[b])
					} else {
						a.VSUBPS(product(2, b), middle[b], row[b])
					}
				}
				out := a.vecs(2)
				a.VADDPS(row[1], row[0], out[0])
				a.VSUBPS(row[2], row[1], out[1])
				for x := range out {
					if adding {
						a.VADDPS(pixel(y, x), out[x], out[x])
					}
					a.VMOVUPS(out[x], pixel(y, x))
				}
			}
		})
	}
	a.name = name
}

// loads loads n vectors.
func (a *asm) loads(n int, from func(int) Mem) []reg.VecVirtual {
	v := a.vecs(n)
	for i := range v {
		a.VMOVUPS(from(i), v[i])
	}
	return v
}

// eachSquare runs body, once a vector, for each square (at least one) and returns. pixel
// addresses the square's pixels, of up to that many rows and columns, and product its
// nine transforms; both are for the vector in hand.
func (a *asm) eachSquare(pixels, products string, rows int, body func(v int, pixel, product func(y, x int) Mem)) {
	n, next := a.arg("n"), a.arg("next")
	col, matrix := a.arg("col"), a.arg("matrix")
	row, m := make([]reg.Register, rows), make([]reg.Register, 3)
	row[0], m[0] = a.arg(pixels), a.arg(products)
	step, three := a.arg("row"), a.GP64()
	a.LEAQ(Mem{Base: matrix, Index: matrix, Scale: 2}, three)
	for y := 1; y < rows; y++ {
		row[y] = a.GP64()
		a.LEAQ(Mem{Base: row[y-1], Index: step, Scale: 1}, row[y])
	}
	for i := 1; i < 3; i++ {
		m[i] = a.GP64()
		a.LEAQ(Mem{Base: m[i-1], Index: three, Scale: 1}, m[i])
	}
	a.Label(a.label("square"))
	for v := range a.vectors() {
		in := func(base []reg.Register, step reg.Register) func(y, x int) Mem {
			return func(y, x int) Mem {
				p := a.at(base[y], v)
				if x > 0 {
					p.Index, p.Scale = step, uint8(x)
				}
				return p
			}
		}
		body(v, in(row, col), in(m, matrix))
	}
	for _, p := range row {
		a.ADDQ(next, p)
	}
	for _, p := range m {
		a.ADDQ(U32(64), p)
	}
	a.DECQ(n)
	a.JNZ(a.to("square"))
	a.ret()
}
