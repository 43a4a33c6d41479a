package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiles generates the micro-kernels: names are rows x blocks.
//
// AVX-512 holds the sums of 8 rows of both blocks in 16 of its 32 registers: twice the
// 8 that hide the latency of its two FMA units (4 cycles each). AVX2 has 16 registers
// and holds the sums of 3 rows of both blocks in 12 of them, or of 4 rows of one in 8.
func tiles(a *asm) {
	a.tile("tile8x2", 16, 8, 2, a.fma)
	a.tile("tile4x2", 16, 4, 2, a.fma)
	a.tile("tile8x1", 16, 8, 1, a.fma)
	a.tile("tile4x1", 16, 4, 1, a.fma)
	a.tile("tile3x2", 8, 3, 2, a.fma)
	a.tile("tile2x2", 8, 2, 2, a.fma)
	a.tile("tile4x1", 8, 4, 1, a.fma)
	a.peak(16, 16)
	a.peak(8, 12)
}

// fma generates a term of a sum of floats: acc += w*pixel.
func (a *asm) fma(w, pixel, acc reg.VecVirtual) { a.VFMADD231PS(pixel, w, acc) }

// field addresses a field of the Tile that base points to.
func field(base reg.Register, name string, disp int) Mem {
	return Mem{Symbol: Symbol{Name: "Tile_" + name}, Base: base, Disp: disp}
}

// sizeofSlice is the distance in bytes of Tile's fields B0 and B1, and of C0 and C1.
const sizeofSlice = 24

// tile generates the micro-kernel of the tile's rows row..row+rows-1 and blocks
// block..block+blocks-1, with madd for a term. Rows that the tile does not have are
// computed as copies of the first and not stored.
func (a *asm) tile(name string, width, rows, blocks int, madd func(w, pixel, acc reg.VecVirtual)) {
	a.text(name, width, "func(t *Tile, row, block int)")
	k := tileKernel{asm: a, madd: madd, rows: rows, blocks: blocks, nv: blocks * a.vectors()}
	k.stepA, k.stepB, k.baseB = a.AllocLocal(8), a.AllocLocal(8), a.AllocLocal(8)
	k.acc = a.vecs(rows * k.nv)
	k.initial()
	k.sum()
	k.store()
	a.ret()
}

// tileKernel is the state of one generated micro-kernel.
type tileKernel struct {
	*asm
	madd                func(w, pixel, acc reg.VecVirtual)
	rows, blocks, nv    int              // nv: vectors of a row, over all blocks
	stepA, stepB, baseB Mem              // in bytes, on the stack: registers are full
	acc                 []reg.VecVirtual // row by row
}

// tileArgs loads the tile's address t, and two more: t moved on by row elements of RowA, so that
// the fields of row 0 there are those of the call's first row, and t moved on by block slices, so
// that B0 and C0 there are those of the call's first block.
func (k tileKernel) tileArgs() (t, row, block reg.Register) {
	t, row, block = k.arg("t"), k.arg("row"), k.arg("block")
	k.LEAQ(Mem{Base: t, Index: row, Scale: 8}, row)
	k.IMUL3Q(U8(sizeofSlice), block, block)
	k.ADDQ(t, block)
	return t, row, block
}

// valid loads the number of rows that the tile has from the call's first row on.
func (k tileKernel) valid(t reg.Register) reg.Register {
	n, row := k.GP64(), k.arg("row")
	k.MOVQ(field(t, "Rows", 0), n)
	k.SUBQ(row, n)
	return n
}

// initial sets the accumulators to zero, or to C if the tile accumulates.
func (k tileKernel) initial() {
	for _, v := range k.acc {
		k.zero(v)
	}
	t := k.arg("t")
	k.CMPB(field(t, "Accumulate", 0), U8(0))
	k.JE(k.to("begin"))
	k.eachC("begin", func(acc reg.Register, c Mem) { k.VMOVUPS(c, acc) })
	k.Label(k.label("begin"))
}

// store writes the accumulators to C.
func (k tileKernel) store() {
	k.eachC("end", func(acc reg.Register, c Mem) { k.VMOVUPS(acc, c) })
	k.Label(k.label("end"))
}

// eachC calls move for the vectors of C in every row that the tile has, and jumps to done after the
// last.
func (k tileKernel) eachC(done string, move func(acc reg.Register, c Mem)) {
	t, row, block := k.tileArgs()
	n, off := k.valid(t), k.GP64()
	c := make([]reg.Register, k.blocks)
	for b := range c {
		c[b] = k.GP64()
		k.MOVQ(field(block, "C0", b*sizeofSlice), c[b])
	}
	for r := range k.rows {
		k.MOVQ(field(row, "RowC", r*8), off)
		for v := range k.nv {
			m := k.at(c[v/k.vectors()], v%k.vectors())
			m.Index, m.Scale = off, 4
			move(k.acc[r*k.nv+v], m)
		}
		if r < k.rows-1 {
			k.CMPQ(n, U8(uint8(r+1)))
			k.JLE(k.to(done))
		}
	}
}

// sum generates the loops over the runs and over the terms of each, four at a time.
func (k tileKernel) sum() {
	t, row, block := k.tileArgs()
	a := k.rowPointers(t, row)
	tmp, b, next := k.GP64(), k.GP64(), k.GP64()
	k.MOVQ(field(t, "StepA", 0), tmp)
	k.SHLQ(U8(2), tmp)
	k.MOVQ(tmp, k.stepA)
	k.MOVQ(field(t, "StepB", 0), tmp)
	k.SHLQ(U8(2), tmp)
	k.MOVQ(tmp, k.stepB)
	k.MOVQ(field(block, "B0", 0), b)
	k.MOVQ(b, k.baseB)
	if k.blocks == 2 { // the second block's distance from the first
		k.MOVQ(field(block, "B1", 0), next)
		k.SUBQ(b, next)
	}

	// The tables are addressed from their ends by an index that counts up to 0.
	offA, offB, i, n := k.GP64(), k.GP64(), k.GP64(), k.GP64()
	k.MOVQ(field(t, "OffA", 8), i)
	k.MOVQ(field(t, "OffA", 0), offA)
	k.MOVQ(field(t, "OffB", 0), offB)
	k.LEAQ(Mem{Base: offA, Index: i, Scale: 4}, offA)
	k.LEAQ(Mem{Base: offB, Index: i, Scale: 4}, offB)
	k.NEGQ(i)
	k.JZ(k.to("done"))
	x := k.GP64()
	k.Label(k.label("run"))
	k.MOVLQSX(Mem{Base: offA, Index: i, Scale: 4}, x)
	k.MOVLQSX(Mem{Base: offB, Index: i, Scale: 4}, b)
	k.SHLQ(U8(2), x)
	k.SHLQ(U8(2), b)
	k.ADDQ(k.baseB, b)
	k.Load(k.Param("t"), n)
	k.MOVQ(field(n, "KLen", 0), n)
	k.SUBQ(U8(4), n)
	k.JLT(k.to("rest"))
	k.Label(k.label("four"))
	for range 4 {
		k.term(a, x, b, next)
		k.ADDQ(k.stepA, x)
		k.ADDQ(k.stepB, b)
	}
	k.SUBQ(U8(4), n)
	k.JGE(k.to("four"))
	k.Label(k.label("rest"))
	k.ADDQ(U8(4), n)
	k.JZ(k.to("next"))
	k.Label(k.label("term"))
	k.term(a, x, b, next)
	k.ADDQ(k.stepA, x)
	k.ADDQ(k.stepB, b)
	k.DECQ(n)
	k.JNZ(k.to("term"))
	k.Label(k.label("next"))
	k.INCQ(i)
	k.JNZ(k.to("run"))
	k.Label(k.label("done"))
}

// rowPointers returns the addresses of the rows in A.
func (k tileKernel) rowPointers(t, row reg.Register) []reg.Register {
	first, base, n := k.GP64(), k.GP64(), k.valid(t)
	k.MOVQ(field(t, "A", 0), base)
	k.MOVQ(field(row, "RowA", 0), first)
	a := make([]reg.Register, k.rows)
	for r := range a {
		a[r] = k.GP64()
		k.MOVQ(first, a[r])
		if r > 0 {
			k.CMPQ(n, U8(uint8(r)))
			k.CMOVQGT(field(row, "RowA", r*8), a[r])
		}
		k.LEAQ(Mem{Base: base, Index: a[r], Scale: 4}, a[r])
	}
	return a
}

// term adds one term to every sum. x is its offset in bytes from the rows of A, b its address in the
// first block of B, and next the distance to the second block.
func (k tileKernel) term(a []reg.Register, x, b, next reg.Register) {
	weights := func(v int) reg.VecVirtual {
		m, w := k.at(b, v%k.vectors()), k.vec()
		if v >= k.vectors() {
			m.Index, m.Scale = next, 1
		}
		k.VMOVUPS(m, w)
		return w
	}
	pixel := func(r int) reg.VecVirtual {
		p := k.vec()
		k.VBROADCASTSS(Mem{Base: a[r], Index: x, Scale: 1}, p)
		return p
	}
	// The shorter side stays in registers while the longer one passes by.
	if k.nv <= k.rows {
		w := each(k.nv, weights)
		for r := range k.rows {
			p := pixel(r)
			for v := range w {
				k.madd(w[v], p, k.acc[r*k.nv+v])
			}
		}
		return
	}
	p := each(k.rows, pixel)
	for v := range k.nv {
		w := weights(v)
		for r := range p {
			k.madd(w, p[r], k.acc[r*k.nv+v])
		}
	}
}

// each returns load(0) to load(n-1).
func each(n int, load func(int) reg.VecVirtual) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = load(i)
	}
	return v
}

// peak generates a loop of n independent fused multiply-adds.
func (a *asm) peak(width, n int) {
	a.text("peak", width, "func(loops int)")
	loops, x, acc := a.arg("loops"), a.vec(), a.vecs(n)
	a.zero(x)
	for _, v := range acc {
		a.zero(v)
	}
	a.Label(a.label("loop"))
	for _, v := range acc {
		a.VFMADD231PS(x, x, v)
	}
	a.DECQ(loops)
	a.JNZ(a.to("loop"))
	a.ret()
}
