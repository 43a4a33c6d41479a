//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

func supportedAsm() []ISA {
	switch {
	case cpu.X86.HasAVX512 && cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return []ISA{AVX2, AVX512}
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return []ISA{AVX2}
	}
	return nil
}
