package cpu

import (
	"errors"

	"dcgan/internal/config"
	"dcgan/internal/kernel"
)

// Training in bf16 (--precision bf16): the products of Winograd's forms take pairs of bf16
// (kernel/bf16.go), which are twice as many in an instruction, and add them up in float32. Their operands are rounded
// when they have been transformed, so that maps, weights, moments and all else stay float32.
//
// Sampling is in float32 whatever the training's precision was, so that a seed gives one picture.

// winogradNumbers is what the matrices of Winograd's products hold.
type winogradNumbers struct {
	bf16 bool // pairs of bf16 rather than floats
	row  int  // of 16 channels of a square, in the data passes' inputs
}

func numbersOf(f form) winogradNumbers {
	if f == formBF16 {
		return winogradNumbers{bf16: true, row: lanes / 2}
	}
	return winogradNumbers{row: lanes}
}

// inputs and filters are the transforms of the data passes, where a term is a channel or a pair of them.
func (n winogradNumbers) inputs(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	if n.bf16 {
		kernel.WinogradInputChannels(dst, matrix, src, s)
		return
	}
	kernel.WinogradInput(dst, matrix, src, s)
}

func (n winogradNumbers) filters(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	if n.bf16 {
		kernel.WinogradFilterPairs(dst, matrix, src, s)
		return
	}
	kernel.WinogradFilter(dst, matrix, src, s)
}

// squares transforms the inputs of backward-weight, where a term is a square or a pair of them; its
// gradients are transformed as filters are.
func (n winogradNumbers) squares(dst []float32, matrix int, src []float32, s *kernel.Squares) {
	if n.bf16 {
		kernel.WinogradInputPairs(dst, matrix, src, s)
		return
	}
	kernel.WinogradInput(dst, matrix, src, s)
}

// terms is the number of terms that n channels or squares make.
func (n winogradNumbers) terms(count int) int {
	if n.bf16 {
		return (count + 1) / 2
	}
	return count
}

// CheckPrecision tells whether this machine trains in a precision.
func CheckPrecision(precision string) error {
	if precision == config.PrecisionBF16 && !kernel.HasBF16() {
		return config.Hint(errors.New("train in bf16: this processor has no instructions for it"),
			"train with --precision fp32; dcgan rewind RUN --precision fp32 makes a run that goes on so"+
				" (bf16 needs AVX512_BF16, which AMD has from Zen 4 on)")
	}
	return nil
}
