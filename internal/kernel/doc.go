// Package kernel is the arithmetic under the CPU engine: one micro-kernel that
// every pass of every convolution is made of, the element-wise loops around it,
// and the pool of threads that runs them.
//
// Each kernel has a definition in plain Go (the functions ending in Generic),
// which runs wherever there is no assembly and which the tests compare the
// assembly with. The amd64 assembly is generated: see _asm.
//
// Activations are stored in blocks of 16 channels. A pixel is the 16 contiguous
// floats of one block at one position; those of batch norm take a Plane of them, the other
// element-wise kernels contiguous numbers, and a *[Lanes]float32 holds one number a channel.
//
// Results do not depend on the number of threads, and AVX-512, AVX2 and NEON give
// the same bits. The element-wise kernels round every product and every sum, and so
// give the same bits as their definitions; Tile alone fuses them in assembly.
package kernel

//go:generate go run -C _asm .

// Lanes is the number of channels in a block.
const Lanes = 16

// checkPixels panics unless every length is that of the first, in whole pixels.
func checkPixels(n int, others ...int) {
	if n%Lanes != 0 {
		panic("kernel: not a whole number of pixels")
	}
	for _, o := range others {
		if o != n {
			panic("kernel: lengths differ")
		}
	}
}
