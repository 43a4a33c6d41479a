package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The instructions of AVX512_BF16, which Go's assembler does not know. Registers are allocated
// for them as for any other; then encodeAll replaces them by their bytes.

// bf16Opcodes holds the opcode bytes, and the prefixes that tell apart instructions of one opcode.
var bf16Opcodes = map[string]struct{ opcode, prefix byte }{
	"VDPBF16PS":      {0x52, prefixF3},
	"VCVTNEPS2BF16":  {0x72, prefixF3},
	"VCVTNE2PS2BF16": {0x72, prefixF2},
}

// The codes of the legacy prefixes F3 and F2 in EVEX.
const (
	prefixF3 = 2
	prefixF2 = 3
)

// VDPBF16PS adds to acc, in every lane of 32 bits, the two products of the bf16 of x and y.
func (a *asm) VDPBF16PS(y, x, acc reg.VecVirtual) {
	a.unknown("VDPBF16PS", acc, y, x, acc)
}

// VCVTNEPS2BF16 rounds the 16 floats of x to the 16 bf16 of dst, which is half as wide.
func (a *asm) VCVTNEPS2BF16(x, dst reg.VecVirtual) {
	a.unknown("VCVTNEPS2BF16", dst, x, dst)
}

// VCVTNE2PS2BF16 rounds the floats of low and high to bf16, in the lower and the upper half of dst.
func (a *asm) VCVTNE2PS2BF16(low, high, dst reg.VecVirtual) {
	a.unknown("VCVTNE2PS2BF16", dst, low, high, dst)
}

// unknown adds an instruction. It writes output and reads its operands, except that only VDPBF16PS
// reads the last one.
func (a *asm) unknown(opcode string, output operand.Op, operands ...operand.Op) {
	inputs := operands
	if opcode != "VDPBF16PS" {
		inputs = operands[:len(operands)-1]
	}
	a.Instruction(&ir.Instruction{
		Opcode: opcode, Operands: operands, Inputs: inputs, Outputs: []operand.Op{output},
		ISA: []string{"AVX512_BF16"},
	})
}

// encodeAll replaces the instructions of bf16Opcodes in a compiled file by their bytes.
func encodeAll(file *ir.File) {
	for _, f := range file.Functions() {
		for _, i := range f.Instructions() {
			if _, ok := bf16Opcodes[i.Opcode]; !ok {
				continue
			}
			var ids []int
			for _, op := range i.Operands {
				ids = append(ids, int(op.(reg.VecPhysical).PhysicalIndex()))
			}
			i.Operands = []operand.Op{raw{encode(i.Opcode, ids...), i.Opcode, i.Operands}}
			i.Opcode = "LONG"
		}
	}
}

// encode returns the six bytes of an instruction on vectors of 512 bits. ids are the numbers of its
// registers in the order of Go's assembler: the first is the one in ModRM's r/m, the last is the
// destination.
//
// EVEX (Intel's manual, volume 2, 2.7) is 62, then P0 = R X B R' 0 m m m with map 2 (0F38),
// P1 = W v v v v 1 p p with W 0, P2 = z L' L b V' a a a with L'L 2; then come opcode and
// ModRM. R' R, X B and V' v v v v hold the high bits of destination, first and middle register, inverted.
func encode(opcode string, ids ...int) [6]byte {
	o := bf16Opcodes[opcode]
	rm, dst, v := ids[0], ids[len(ids)-1], 0
	if len(ids) == 3 {
		v = ids[1]
	}
	inverted := func(id, bit int) byte { return byte(^id >> bit & 1) }
	return [6]byte{
		0x62,
		inverted(dst, 3)<<7 | inverted(rm, 4)<<6 | inverted(rm, 3)<<5 | inverted(dst, 4)<<4 | 2,
		byte(^v&15)<<3 | 4 | o.prefix,
		2<<5 | inverted(v, 4)<<3,
		o.opcode,
		0xC0 | byte(dst&7)<<3 | byte(rm&7),
	}
}

// raw is an operand that makes LONG write six bytes and a comment with the instruction.
type raw struct {
	bytes     [6]byte
	opcode    string
	registers []operand.Op
}

func (r raw) Asm() string {
	b, text := r.bytes, ""
	for i, op := range r.registers {
		if i > 0 {
			text += ", "
		}
		text += op.Asm()
	}
	return fmt.Sprintf("$0x%02x%02x%02x%02x; WORD $0x%02x%02x // %s %s",
		b[3], b[2], b[1], b[0], b[5], b[4], r.opcode, text)
}
