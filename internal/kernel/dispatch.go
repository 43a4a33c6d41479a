package kernel

// Which version of a kernel runs. Every instruction set has one table of functions, and a
// kernel calls its function of the table in use.

import "unsafe"

// functions is the table of one instruction set: its version of every kernel. The exported
// function of the same name says what it computes and checks the arguments; a table's functions
// are called with at least one pixel, square or block. None keeps a pointer.
type functions struct {
	isa  ISA
	bf16 bool // the tile and the transforms of bf16 are instructions, not definitions

	tile, tileBF16 func(t *Tile)

	moments     momentsFunc
	normalize   normalizeFunc
	gradMoments gradMomentsFunc
	normGrad    normGradFunc
	adam        func(w, dw, m, v []float32, lr, beta1, beta2, eps float32)
	tanh        func(y, x []float32)
	tanhGrad    func(dx, dy, y []float32)
	transpose16 func(dst, src []float32)
	overlap     func(top, bottom, above, middle, below []float32)

	winogradInput, winogradFilter           spreadFunc
	winogradOutput                          gatherFunc
	winograd4Input, winograd4Filter         spreadFunc
	winograd4Gradient                       spreadFunc
	winograd4Output                         func(dst []float32, s *Squares, src []float32, matrix int)
	winograd4Taps                           gatherFunc
	winogradInputChannels                   spreadFunc
	winogradInputPairs, winogradFilterPairs spreadFunc
	prefetch4                               func(x []float32, s *Squares)

	peak      func(loops int) // so many rounds of independent fused multiply-adds
	peakFLOPS int             // the floating-point operations of a round; 0 if peak does nothing
}

type (
	momentsFunc     func(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64)
	normalizeFunc   func(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32)
	gradMomentsFunc func(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32,
		sumDv, sumDvXhat *[Lanes]float64)
	normGradFunc func(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32)

	// spreadFunc transforms the squares of src to their matrices in dst, and gatherFunc
	// matrices in src to the squares of dst.
	spreadFunc func(dst []float32, matrix int, src []float32, s *Squares)
	gatherFunc func(dst []float32, s *Squares, src []float32, matrix int, accumulate bool)
)

// definitions is the table of plain Go. The others begin as copies of it: what an instruction
// set has no version of, its definition computes.
var definitions = functions{
	isa:                   Generic,
	tile:                  tileGeneric,
	tileBF16:              tileBF16Generic,
	moments:               momentsGeneric,
	normalize:             normalizeGeneric,
	gradMoments:           gradMomentsGeneric,
	normGrad:              normGradGeneric,
	adam:                  adamGeneric,
	tanh:                  tanhGeneric,
	tanhGrad:              tanhGradGeneric,
	transpose16:           transpose16Generic,
	overlap:               overlapGeneric,
	winogradInput:         winogradInputGeneric,
	winogradFilter:        winogradFilterGeneric,
	winogradOutput:        winogradOutputGeneric,
	winograd4Input:        winograd4InputGeneric,
	winograd4Filter:       winograd4FilterGeneric,
	winograd4Gradient:     winograd4GradientGeneric,
	winograd4Output:       winograd4OutputGeneric,
	winograd4Taps:         winograd4TapsGeneric,
	winogradInputChannels: winogradInputChannelsGeneric,
	winogradInputPairs:    winogradInputPairsGeneric,
	winogradFilterPairs:   winogradFilterPairsGeneric,
	prefetch4:             func([]float32, *Squares) {},
	peak:                  func(int) {},
}

// tables are the instruction sets that this machine and this build can run, the best one last.
var tables = append([]*functions{&definitions}, assembly()...)

// active is the table in use.
var active = tables[len(tables)-1]

// unescaped returns p, hidden from escape analysis. The analysis cannot see which function a
// table holds, so it would move to the heap whatever a caller passes by pointer; no function
// keeps one. The address is a plain number between two instructions only, without a call
// between them, so that no stack can move meanwhile.
func unescaped[T any](p *T) *T {
	address := uintptr(unsafe.Pointer(p))
	return *(**T)(unsafe.Pointer(&address))
}
