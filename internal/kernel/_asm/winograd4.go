package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd4 generates the transforms of F(4x4, 2x2). Each applies a transform of a line, which
// kernel/winograd4.go defines, along columns and then along rows.
func winograd4(a *asm) {
	for _, width := range []int{16, 8} {
		a.spread4("winograd4Input", width, 5, inputLine[Op])
		a.spread4("winograd4Filter", width, 2, filterLine[Op])
		a.spread4("winograd4Gradient", width, 4, gradientLine[Op])
		a.gather4("winograd4Output", width, 4, false, outputLine[Op])
		a.gather4("winograd4Taps", width, 2, true, tapsLine[Op])
	}
}

// alu generates operations on values V, which are vectors of amd64 or of arm64.
type alu[V any] interface {
	constant(x float32) V
	sum(x, y V) V
	difference(x, y V) V // x - y
	product(c, x V) V
	addProduct(c, x, sum V) V // c*x + sum, in sum's register; c is a power of two
	value(x V) V              // x in a register
}

// lineTransform multiplies a line x, a column or a row, by a matrix. It loads the constants and returns
// a function that computes element i of the product.
type lineTransform[V any] func(a alu[V]) func(i int, x func(k int) V) V

// inputLine multiplies five numbers by B.
func inputLine[V any](a alu[V]) func(i int, x func(k int) V) V {
	two, c15, c25 := a.constant(2), a.constant(1.5), a.constant(2.5)
	return func(i int, x func(k int) V) V {
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

// filterLine multiplies two taps by G.
func filterLine[V any](a alu[V]) func(i int, x func(k int) V) V {
	ninths, eighteenth := a.constant(2./9), a.constant(1./18)
	return func(i int, x func(k int) V) V {
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

// gradientLine multiplies four gradients by the G of F(2x2, 4x4).
func gradientLine[V any](a alu[V]) func(i int, x func(k int) V) V {
	ninths, eighteenth, four, eight := a.constant(2./9), a.constant(1./18), a.constant(4), a.constant(8)
	return func(i int, x func(k int) V) V {
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

// outputLine multiplies five products by A.
func outputLine[V any](a alu[V]) func(i int, x func(k int) V) V {
	four, eight := a.constant(4), a.constant(8)
	return func(i int, x func(k int) V) V {
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

// tapsLine multiplies five products by the A of F(2x2, 4x4).
func tapsLine[V any](a alu[V]) func(i int, x func(k int) V) V {
	two := a.constant(2)
	return func(i int, x func(k int) V) V {
		if i == 0 {
			return a.addProduct(two, x(2), a.sum(a.sum(x(0), x(1)), x(3)))
		}
		return a.addProduct(two, x(3), a.sum(a.difference(x(2), x(1)), x(4)))
	}
}

// along returns the elements of row i after f along each of the columns of at.
func along[V any](f func(i int, x func(k int) V) V, i, columns int, at func(y, x int) V) func(k int) V {
	row := make([]V, columns)
	for x := range row {
		row[x] = f(i, func(k int) V { return at(k, x) })
	}
	return func(k int) V { return row[k] }
}

// spread4 generates a transform of squares of pixels x pixels to 5x5 numbers each.
func (a *asm) spread4(name string, width, pixels int, l lineTransform[Op]) {
	a.text(name, width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	f := l(a)
	a.eachSquare("src", "dst", pixels, 5, 64, func(pixel, product func(y, x int) Mem) {
		for i := range 5 {
			row := along(f, i, pixels, operands(pixel))
			for j := range 5 {
				a.VMOVUPS(f(j, row), product(i, j))
			}
		}
	})
}

// gather4 generates a transform of 5x5 numbers each to squares of pixels x pixels. If adds, the
// function has an argument accumulate, and a second loop that adds to what is there.
func (a *asm) gather4(name string, width, pixels int, adds bool, l lineTransform[Op]) {
	signature := "func(dst *float32, next, row, col int, src *float32, matrix, n int)"
	if adds {
		signature = "func(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)"
	}
	a.text(name, width, signature)
	f := l(a)
	if adds {
		add := a.Load(a.Param("accumulate"), a.GP8())
		a.TESTB(add, add)
		a.JNZ(a.to("adding"))
	}
	body := func(adding bool) {
		a.eachSquare("dst", "src", pixels, 5, 64, func(pixel, product func(y, x int) Mem) {
			for y := range pixels {
				row := along(f, y, 5, operands(product))
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

// operands returns at with operands in place of addresses.
func operands(at func(y, x int) Mem) func(y, x int) Op {
	return func(y, x int) Op { return at(y, x) }
}

// constant returns x in every lane of a vector.
func (a *asm) constant(x float32) Op {
	bits, one, v := a.GP32(), a.XMM(), a.vec()
	a.MOVL(U32(math.Float32bits(x)), bits)
	a.VMOVD(bits, one)
	a.VBROADCASTSS(one, v)
	return v
}

// value returns x, loaded into a register if it is in memory.
func (a *asm) value(x Op) Op {
	if r, ok := x.(reg.Register); ok {
		return r
	}
	v := a.vec()
	a.VMOVUPS(x, v)
	return v
}

func (a *asm) sum(x, y Op) Op {
	v, r := a.vec(), a.value(x)
	a.VADDPS(y, r, v)
	return v
}

func (a *asm) difference(x, y Op) Op {
	v, r := a.vec(), a.value(x)
	a.VSUBPS(y, r, v)
	return v
}

func (a *asm) product(c, x Op) Op {
	v := a.vec()
	a.VMULPS(x, c, v)
	return v
}

// addProduct rounds once. Since c is a power of two, the product is exact, and rounding twice would
// give the same. The sum's register becomes the result's.
func (a *asm) addProduct(c, x, sum Op) Op {
	a.VFMADD231PS(x, c, sum)
	return sum
}
