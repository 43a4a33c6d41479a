package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// winograd generates the transforms of F(2x2, 2x2). All steps are in bytes, and the pointers
// are those of the first square and of the first matrix.
func winograd(a *asm) {
	for _, width := range []int{16, 8} {
		a.winogradInput(width)
		a.winogradFilter(width)
		a.winogradOutput(width)
	}
}

func (a *asm) winogradInput(width int) {
	a.text("winogradInput", width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	a.eachSquare("src", "dst", 3, 3, 64, func(pixel, product func(y, x int) Mem) {
		a.inputTransform(pixel, func(i int, row []reg.VecVirtual) { a.storeRow(i, row, product) })
	})
}

func (a *asm) winogradFilter(width int) {
	a.text("winogradFilter", width, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	a.eachSquare("src", "dst", 2, 3, 64, func(pixel, product func(y, x int) Mem) {
		a.filterTransform(pixel, func(i int, row []reg.VecVirtual) { a.storeRow(i, row, product) })
	})
}

// storeRow stores row i of a transform.
func (a *asm) storeRow(i int, row []reg.VecVirtual, product func(y, x int) Mem) {
	for x := range row {
		a.VMOVUPS(row[x], product(i, x))
	}
}

// inputTransform computes B d B' of 3x3 pixels, and calls take with each row i = 0..2:
//
//	row = d[0]-d[1], d[1], d[1]-d[2]                           row i of B d
//	take(i, row[0]-row[1], row[1], row[1]-row[2])
func (a *asm) inputTransform(pixel func(y, x int) Mem, take func(i int, row []reg.VecVirtual)) {
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
		take(i, []reg.VecVirtual{first, row[1], last})
	}
}

// filterTransform computes G g G' of 2x2 taps, and calls take with each row i = 0..2:
//
//	row = g[0], g[0]+g[1], g[1]                                row i of G g
//	take(i, row[0], row[0]+row[1], row[1])
func (a *asm) filterTransform(pixel func(y, x int) Mem, take func(i int, row []reg.VecVirtual)) {
	top := a.loads(2, func(x int) Mem { return pixel(0, x) })
	bottom := a.loads(2, func(x int) Mem { return pixel(1, x) })
	both := a.vecs(2)
	for x := range both {
		a.VADDPS(bottom[x], top[x], both[x])
	}
	for i, row := range [][]reg.VecVirtual{top, both, bottom} {
		sum := a.vec()
		a.VADDPS(row[1], row[0], sum)
		take(i, []reg.VecVirtual{row[0], sum, row[1]})
	}
}

// winogradOutput computes A m A' of 3x3 products, for rows y = 0, 1 of pixels:
//
//	row = m[0]+m[1], m[1]-m[2]                                 row y of A m
//	out = row[0]+row[1], row[1]-row[2]
//
// It generates the loop twice, the second time to add to what is there.
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
		a.eachSquare("dst", "src", 2, 3, 64, func(pixel, product func(y, x int) Mem) {
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

// loads loads the vectors at from(0) to from(n-1).
func (a *asm) loads(n int, from func(int) Mem) []reg.VecVirtual {
	v := a.vecs(n)
	for i := range v {
		a.VMOVUPS(from(i), v[i])
	}
	return v
}

// eachSquare runs body for each vector of each square (at least one), then ends the function. pixels
// and products name the arguments that point to the first square and to the first matrix. A square
// has up to rows x rows pixels and side x side products, of which a matrix holds bytes for each
// square. body gets the addresses of its vector in pixel (y, x) and in product (y, x).
func (a *asm) eachSquare(pixels, products string, rows, side, bytes int, body func(pixel, product func(y, x int) Mem)) {
	p := a.newPlaces(pixels, products, rows, side)
	a.Label(a.label("square"))
	for v := range a.vectors() {
		body(p.pixel(v), p.product(v))
	}
	p.nextSquare()
	p.nextProducts(bytes)
	a.DECQ(p.n)
	a.JNZ(a.to("square"))
	a.ret()
}

// places holds the addresses of a square's rows of pixels and rows of products, the steps along
// rows, and the number of squares that are left.
type places struct {
	*asm
	row, m      []reg.Register // of pixels, of products
	n, next     Op
	col, matrix steps
}

// steps holds the distance of neighbours, and three times that, which no addressing mode makes.
type steps struct{ one, three reg.Register }

// threefold computes three if a row has more than three places.
func (a *asm) threefold(s *steps, count int) {
	if count > 3 {
		s.three = a.GP64()
		a.LEAQ(Mem{Base: s.one, Index: s.one, Scale: 2}, s.three)
	}
}

// newPlaces loads the places of the first square. With 3x3 products everything is in registers. With
// 5x5 there are not enough, and n and next stay on the stack.
func (a *asm) newPlaces(pixels, products string, rows, side int) places {
	p := places{asm: a, n: a.address("n"), next: a.address("next")}
	if side == 3 {
		p.n, p.next = a.arg("n"), a.arg("next")
	}
	p.col.one, p.matrix.one = a.arg("col"), a.arg("matrix")
	p.row, p.m = make([]reg.Register, rows), make([]reg.Register, side)
	p.row[0], p.m[0] = a.arg(pixels), a.arg(products)
	step := a.arg("row")
	for y := 1; y < rows; y++ {
		p.row[y] = a.GP64()
		a.LEAQ(Mem{Base: p.row[y-1], Index: step, Scale: 1}, p.row[y])
	}
	productRow := a.GP64()
	a.LEAQ(Mem{Base: p.matrix.one, Index: p.matrix.one, Scale: uint8(side - 1)}, productRow)
	for i := 1; i < side; i++ {
		p.m[i] = a.GP64()
		a.LEAQ(Mem{Base: p.m[i-1], Index: productRow, Scale: 1}, p.m[i])
	}
	a.threefold(&p.col, rows)
	a.threefold(&p.matrix, side)
	return p
}

// address returns the address of an argument on the stack.
func (a *asm) address(name string) Mem {
	c, err := a.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return c.Addr
}

// pixel and product return functions that return the address of vector v of a pixel or of a product.
func (p places) pixel(v int) func(y, x int) Mem   { return p.in(p.row, p.col, v) }
func (p places) product(v int) func(y, x int) Mem { return p.in(p.m, p.matrix, v) }

// in returns a function that returns the address of vector v of place (y, x), for x from 0 to 4.
func (p places) in(base []reg.Register, step steps, v int) func(y, x int) Mem {
	return func(y, x int) Mem {
		m := p.at(base[y], v)
		switch x {
		case 1, 2, 4:
			m.Index, m.Scale = step.one, uint8(x)
		case 3:
			m.Index, m.Scale = step.three, 1
		}
		return m
	}
}

// nextSquare moves on to the pixels of the next square.
func (p places) nextSquare() {
	for _, r := range p.row {
		p.ADDQ(p.next, r)
	}
}

// nextProducts moves on to the products of the next square.
func (p places) nextProducts(bytes int) {
	for _, m := range p.m {
		p.ADDQ(U32(uint32(bytes)), m)
	}
}
