// Package kernel is the arithmetic under the CPU engine: one micro-kernel that
// every pass of every convolution is made of, the element-wise loops around it,
// and the pool of threads that runs them.
//
// Each kernel has a definition in plain Go (the functions ending in Generic). It
// runs where there is no assembly, and the tests compare the assembly with it. An
// instruction set is a table of functions (dispatch.go). The assembly for amd64 and
// the Winograd transforms for arm64 are generated: see _asm.
//
// Activations are stored in blocks of 16 channels. A pixel is the 16 contiguous
// floats of one block at one position. The kernels of batch normalisation take a
// Plane of pixels, the other element-wise kernels take contiguous numbers, and a
// *[Lanes]float32 holds one number for each channel.
//
// Results do not depend on the number of threads. AVX-512, AVX2 and NEON give the
// same bits in every kernel. The definitions give these bits too, on every
// processor, except Tile's: the assembly rounds once for each fused multiply-add,
// the definition rounds the product and then the sum. TestBitsEverywhere holds the
// hashes of every kernel's results.
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
