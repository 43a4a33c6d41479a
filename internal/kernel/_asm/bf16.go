package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// bf16 generates the kernels on pairs of bf16. They are those on floats, with another
// instruction for a term or with rounding before the stores.
func bf16(a *asm) {
	a.tile("tileBF16x8x2", 16, 8, 2, a.VDPBF16PS)
	a.tile("tileBF16x4x2", 16, 4, 2, a.VDPBF16PS)
	a.tile("tileBF16x8x1", 16, 8, 1, a.VDPBF16PS)
	a.tile("tileBF16x4x1", 16, 4, 1, a.VDPBF16PS)
	a.winogradInputChannels()
	interleaved := a.interleaved()
	a.winogradPairs("winogradInputPairs", 3, interleaved, a.inputTransform)
	a.winogradPairs("winogradFilterPairs", 2, interleaved, a.filterTransform)
}

// winogradInputChannels rounds the transform of each square. A pair is two neighbouring channels, so
// the 16 rounded channels of a vector are stored as they are.
func (a *asm) winogradInputChannels() {
	a.text("winogradInputChannels", 16, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	a.eachSquare("src", "dst", 3, 3, 32, func(pixel, product func(y, x int) Mem) {
		a.inputTransform(pixel, func(i int, row []reg.VecVirtual) {
			for x := range row {
				half := a.YMM()
				a.VCVTNEPS2BF16(row[x], half)
				a.VMOVUPS(half, product(i, x))
			}
		})
	})
}

// interleaved returns the table for VPERMW that interleaves the 16-bit words of a vector's two halves:
// 0, 16, 1, 17, ...
func (a *asm) interleaved() Mem {
	m := a.StaticGlobal("interleaved")
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 16 {
		a.AppendDatum(U16(i))
		a.AppendDatum(U16(16 + i))
	}
	return m
}

// winogradPairs rounds the transforms of two squares together. A pair is a channel of both: the first
// square's transform stays in nine registers until the second's is there. If the number of squares
// is odd, the second of the last pairs is zero.
func (a *asm) winogradPairs(name string, rows int, interleaved Mem,
	transform func(pixel func(y, x int) Mem, take func(i int, row []reg.VecVirtual))) {
	a.text(name, 16, "func(dst *float32, matrix int, src *float32, next, row, col, n int)")
	p, order, zero := a.newPlaces("src", "dst", rows, 3), a.ZMM(), a.ZMM()
	a.VMOVUPS(interleaved, order)
	a.zero(zero)
	pixel, product := p.pixel(0), p.product(0)
	store := func(first, second reg.VecVirtual, to Mem) {
		both := a.ZMM()
		a.VCVTNE2PS2BF16(first, second, both)
		a.VPERMW(both, order, both)
		a.VMOVUPS(both, to)
	}

	a.Label(a.label("pair"))
	var first [3][]reg.VecVirtual
	transform(pixel, func(i int, row []reg.VecVirtual) { first[i] = row })
	a.DECQ(p.n)
	a.JZ(a.to("last"))
	p.nextSquare()
	transform(pixel, func(i int, row []reg.VecVirtual) {
		for x := range row {
			store(first[i][x], row[x], product(i, x))
		}
	})
	p.nextSquare()
	p.nextProducts(64)
	a.DECQ(p.n)
	a.JNZ(a.to("pair"))
	a.ret()
	a.Label(a.label("last"))
	for i := range first {
		for x, v := range first[i] {
			store(v, zero, product(i, x))
		}
	}
	a.ret()
}
