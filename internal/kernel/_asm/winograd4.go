package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd4 generates the transforms of F(4x4, 2x2). Each is a line's transform, as defined in
// winograd4.go, along columns and then along rows.
func winograd4(a *asm) {
	for _, width := range []int{16, 8} {
		a.spread4("winograd4Input", width, 5, a.inputLine)
		a.spread4("winograd4Filter", width, 2, a.filterLine)
		a.spread4("winograd4Gradient", width, 4, a.gradientLine)
		a.gather4("winograd4Output", width, 4, false, a.outputLine)
		a.gather4("winograd4Taps", width, 2, true, a.tapsLine)
	}
}

// line is the transform of a line of numbers: it returns what computes result i.
type line func() func(i int, x func(k int) Op) reg.Register

func (a *asm) inputLine() func(i int, x func(k int) Op) reg.Register {
	two, c15, c25 := a.constant(2), a.constant(1.5), a.constant(2.5)
	return func(i int, x func(k int) Op) reg.Register {
		switch i {
		case 0, 4:
			k := i / 4
			return a.difference(a.sum(x(k), x(k+3)), a.product(c15, a.sum(x(k+1), x(k+2))))
		case 1:
			return a.difference(a.sum(x(1), x(3)), a.product(c25, x(2)))
		case 2:
			return a.addProduct(two, x(1), a.difference(x(2), x(3)))
		}
		return a.addProduct(two, x(3), a.difference(x(2), x(1)))
	}
}

func (a *asm) filterLine() func(i int, x func(k int) Op) reg.Register {
	ninths, eighteenth := a.constant(2./9), a.constant(1./18)
	return func(i int, x func(k int) Op) reg.Register {
		switch i {
		case 1:
			return a.product(ninths, a.difference(x(1), x(0)))
		case 2:
			return a.product(eighteenth, a.sum(a.sum(x(0), x(0)), x(1)))
		case 3:
			return a.product(eighteenth, a.sum(a.sum(x(1), x(1)), x(0)))
		}
		return a.value(x(i / 4))
	}
}

func (a *asm) gradientLine() func(i int, x func(k int) Op) reg.Register {
	ninths, eighteenth, four, eight := a.constant(2./9), a.constant(1./18), a.constant(4), a.constant(8)
	return func(i int, x func(k int) Op) reg.Register {
		switch i {
		case 1:
			return a.product(ninths, a.sum(a.difference(x(1), x(0)), a.difference(x(3), x(2))))
		case 2:
			return a.product(eighteenth, a.addProduct(eight, x(0), a.addProduct(four, x(1), a.sum(a.sum(x(2), x(2)), x(3)))))
		case 3:
			return a.product(eighteenth, a.addProduct(eight, x(3), a.addProduct(four, x(2), a.sum(a.sum(x(1), x(1)), x(0)))))
		}
		return a.value(x(i / 4 * 3))
	}
}

func (a *asm) outputLine() func(i int, x func(k int) Op) reg.Register {
	four, eight := a.constant(4), a.constant(8)
	return func(i int, x func(k int) Op) reg.Register {
		switch i {
		case 0:
			return a.addProduct(eight, x(2), a.sum(a.sum(x(0), x(1)), x(3)))
		case 1:
			return a.addProduct(four, x(2), a.difference(a.sum(x(3), x(3)), x(1)))
		case 2:
			return a.addProduct(four, x(3), a.sum(a.sum(x(2), x(2)), x(1)))
		}
		return a.addProduct(eight, x(3), a.sum(a.difference(x(2), x(1)), x(4)))
	}
}

func (a *asm) tapsLine() func(i int, x func(k int) Op) reg.Register {
	two := a.constant(2)
	return func(i int, x func(k int) Op) reg.Register {
		if i == 0 {
			return a.addProduct(two, x(2), a.sum(a.sum(x(0), x(1)), x(3)))
		}
		return a.addProduct(two, x(3), a.sum(a.difference(x(2), x(1)), x(4)))
	}
}

// spread4 generates a transform of squares of pixels to 25 numbers.
func (a *asm) spread4(name string, width, pixels int, l line) {
	a.text(name, width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	f := l()
	a.eachSquare("src", "dst", pixels, 5, 64, func(pixel, product func(y, x int) Mem) {
		for i := range 5 {
			row := a.along(f, i, pixels, pixel)
			for j := range 5 {
				a.VMOVUPS(f(j, row), product(i, j))
			}
		}
	})
}

// gather4 generates a transform of 25 numbers to squares of pixels, and one that adds to what is
// there if asked for.
func (a *asm) gather4(name string, width, pixels int, adds bool, l line) {
	signature := "func(dst *float32, next, row, col int, src *float32, matrix, n int)"
	if adds {
		signature = "func(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)"
	}
	a.text(name, width, signature)
	f := l()
	if adds {
		add := a.Load(a.Param("accumulate"), a.GP8())
		a.TESTB(add, add)
		a.JNZ(a.to("adding"))
	}
	body := func(adding bool) {
		a.eachSquare("dst", "src", pixels, 5, 64, func(pixel, product func(y, x int) Mem) {
			for y := range pixels {
				row := a.along(f, y, 5, product)
				for x := range pixels {
					v := f(x, row)
					if adding {
						v = a.sum(pixel(y, x), v)
					}
					a.VMOVUPS(v, pixel(y, x))
				}
			}
		})
	}
	body(false)
	if adds {
		name := a.name
		a.Label(a.label("adding"))
		a.name += "_add" // labels of its own
		body(true)
		a.name = name
	}
}

// along computes row i of the transform along columns, of so many.
func (a *asm) along(f func(i int, x func(k int) Op) reg.Register, i, columns int, at func(y, x int) Mem) func(k int) Op {
	row := make([]reg.Register, columns)
	for x := range row {
		row[x] = f(i, func(k int) Op { return at(k, x) })
	}
	return func(k int) Op { return row[k] }
}

// constant returns a number in all of a vector.
func (a *asm) constant(x float32) reg.Register {
	bits, one, v := a.GP32(), a.XMM(), a.vec()
	a.MOVL(U32(math.Float32bits(x)), bits)
	a.VMOVD(bits, one)
	a.VBROADCASTSS(one, v)
	return v
}

// value returns a number in a register.
func (a *asm) value(x Op) reg.Register {
	if r, ok := x.(reg.Register); ok {
		return r
	}
	v := a.vec()
	a.VMOVUPS(x, v)
	return v
}

func (a *asm) sum(x, y Op) reg.Register {
	v, r := a.vec(), a.value(x)
	a.VADDPS(y, r, v)
	return v
}

func (a *asm) difference(x, y Op) reg.Register {
	v, r := a.vec(), a.value(x)
	a.VSUBPS(y, r, v)
	return v
}

func (a *asm) product(c reg.Register, x Op) reg.Register {
	v := a.vec()
	a.VMULPS(x, c, v)
	return v
}

// addProduct adds c*x to a sum that nothing else needs. The product of a power of two is exact, so one
// instruction rounds as two do.
func (a *asm) addProduct(c reg.Register, x Op, sum reg.Register) reg.Register {
	a.VFMADD231PS(x, c, sum)
	return sum
}
