package kernel

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

// Supported returns the instruction sets that this machine and this build can run, the best
// one last. The build tag purego leaves all but Generic out.
func Supported() []ISA {
	all := make([]ISA, len(tables))
	for i, t := range tables {
		all[i] = t.isa
	}
	return all
}

// Best returns the most capable instruction set that is supported.
func Best() ISA { return tables[len(tables)-1].isa }

// Active returns the instruction set in use: Best, unless Use changed it.
func Active() ISA { return active.isa }

// HasBF16 reports whether the instruction set in use has instructions for bf16. Without them the
// definitions compute, which is slow.
func HasBF16() bool { return active.bf16 }

// Use makes the kernels use isa. It is for tests and benchmarks, which compare
// instruction sets on one machine: it must not run while a kernel does.
func Use(isa ISA) error {
	i := slices.Index(Supported(), isa)
	if i < 0 {
		return fmt.Errorf("use %v kernels: this machine or build has %v", isa, Supported())
	}
	active = tables[i]
	return nil
}
