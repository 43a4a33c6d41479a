// Command _asm writes the assembly of package kernel for amd64, and the Winograd transforms
// for arm64:
//
//	go generate ./internal/kernel
//
// It is a module of its own, so that nobody who builds dcgan downloads avo. What
// each function computes is defined in plain Go beside the assembly; the comments
// here say how it does so.
package main

import (
	"fmt"
	"go/token"
	"go/types"
	"log"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	if err := write("../tile_amd64.s", tiles); err != nil {
		log.Fatal(err)
	}
	if err := write("../elementwise_amd64.s", elementwise); err != nil {
		log.Fatal(err)
	}
	if err := write("../winograd_amd64.s", winograd); err != nil {
		log.Fatal(err)
	}
	if err := write("../winograd4_amd64.s", winograd4); err != nil {
		log.Fatal(err)
	}
	if err := writeNEON("../winograd_arm64.s"); err != nil {
		log.Fatal(err)
	}
	if err := write("../overlap_amd64.s", overlap); err != nil {
		log.Fatal(err)
	}
	if err := write("../prefetch_amd64.s", prefetch4); err != nil {
		log.Fatal(err)
	}
	if err := write("../bf16_amd64.s", bf16); err != nil {
		log.Fatal(err)
	}
}

// write generates one file.
func write(path string, generate func(*asm)) error {
	a := &asm{Context: build.NewContext()}
	a.ConstraintExpr("!purego")
	generate(a)
	file, err := a.Result()
	if err != nil {
		return err
	}
	file.Includes = []string{"go_asm.h"} // offsets of the fields of Tile
	if err := pass.Compile.Execute(file); err != nil {
		return fmt.Errorf("compile %s: %w", path, err)
	}
	encodeAll(file)
	text, err := printer.NewGoAsm(printer.Config{Name: "internal/kernel/_asm", Pkg: "kernel"}).Print(file)
	if err != nil {
		return fmt.Errorf("print %s: %w", path, err)
	}
	return os.WriteFile(path, text, 0o644)
}

// asm is an avo context and the vector width of the function that is being generated.
type asm struct {
	*build.Context
	width int    // floats in a vector: 16 (AVX-512) or 8 (AVX2)
	name  string // of the current function
}

// text begins a function for vectors of width floats.
func (a *asm) text(name string, width int, signature string) {
	a.width, a.name = width, name+map[int]string{16: "AVX512", 8: "AVX2"}[width]
	s, err := gotypes.ParseSignatureInPackage(kernelPackage(), signature)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	a.Function(a.name)
	a.Attributes(attr.NOSPLIT)
	a.Signature(s)
}

// kernelPackage returns a package with the types of package kernel that signatures name.
func kernelPackage() *types.Package {
	p := types.NewPackage("dcgan/internal/kernel", "kernel")
	tile := types.NewTypeName(token.NoPos, p, "Tile", nil)
	types.NewNamed(tile, types.NewStruct(nil, nil), nil)
	p.Scope().Insert(tile)
	return p
}

// ret ends a function.
func (a *asm) ret() {
	a.VZEROUPPER()
	a.RET()
}

// vec returns a new vector register.
func (a *asm) vec() reg.VecVirtual {
	if a.width == 16 {
		return a.ZMM()
	}
	return a.YMM()
}

// vecs returns n new vector registers.
func (a *asm) vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = a.vec()
	}
	return v
}

// vectors returns the number of vectors in a pixel of 16 channels.
func (a *asm) vectors() int { return 16 / a.width }

// arg loads an argument into a new general register.
func (a *asm) arg(name string) reg.Register { return a.Load(a.Param(name), a.GP64()) }

// label returns a name that is unique in the file.
func (a *asm) label(name string) string { return a.name + "_" + name }

// zero clears a vector.
func (a *asm) zero(v reg.Register) { a.VXORPS(v, v, v) }

// at returns the address of vector i of what base points to.
func (a *asm) at(base reg.Register, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * a.width * 4}
}

// to returns the operand for a jump to a label.
func (a *asm) to(name string) operand.LabelRef { return operand.LabelRef(a.label(name)) }
