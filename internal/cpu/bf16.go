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

// ErrNoBF16 reports that this machine can't train in bf16.
var ErrNoBF16 = errors.New("train in bf16: this processor has no instructions for it")

// CheckPrecision returns an error if this machine can't train in a precision.
func CheckPrecision(precision string) error {
	if precision == config.PrecisionBF16 && !kernel.HasBF16() {
		return config.Hintf(ErrNoBF16, "train with {precision} fp32 (bf16 needs AVX512_BF16, which AMD has from Zen 4 on)")
	}
	return nil
}
