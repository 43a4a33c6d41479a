package kernel

// Which instruction set the kernels use: chosen once, from what this machine has
// and what this build contains (the build tag purego leaves assembly out).

import (
	"fmt"
	"slices"
)

// ISA is an instruction set that the kernels have a version for.
type ISA int

// The instruction sets, from the plain definitions to the widest vectors.
const (
	Generic ISA = iota // plain Go
	NEON               // arm64
	AVX2               // amd64 with AVX2 and FMA
	AVX512             // amd64 with AVX-512 F, DQ and VL besides
)

// active is the instruction set in use.
var active = Best()

// String returns the name that people and run records see.
func (isa ISA) String() string {
	switch isa {
	case Generic:
		return "generic"
	case NEON:
		return "neon"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("ISA(%d)", int(isa))
}

// Supported lists what this machine and this build can run, the best one last.
func Supported() []ISA { return append([]ISA{Generic}, supportedAsm()...) }

// Best returns the most capable instruction set that is supported.
func Best() ISA {
	all := Supported()
	return all[len(all)-1]
}

// Active returns the instruction set in use: Best, unless Use changed it.
func Active() ISA { return active }

// Use makes the kernels use isa. It is for tests and benchmarks, which compare
// instruction sets on one machine: it must not run while a kernel does.
func Use(isa ISA) error {
	if !slices.Contains(Supported(), isa) {
		return fmt.Errorf("use %v kernels: this machine or build has %v", isa, Supported())
	}
	active = isa
	return nil
}
