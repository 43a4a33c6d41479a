package cpu

import (
	"errors"

	"dcgan/internal/config"
	"dcgan/internal/kernel"
)

// Training in bf16: the products of Winograd's forms multiply pairs of bf16 numbers and add them up in float32
// (kernel/bf16.go). An instruction does twice as many of them as in float32. Operands are rounded after their
// transform; maps, weights, moments and everything else stay float32.
//
// Sampling uses float32 whatever the precision of the training, so that a seed gives the same picture everywhere.

// ErrNoBF16 reports that this machine can't train in bf16.
var ErrNoBF16 = errors.New("train in bf16: this processor has no instructions for it")

// CheckPrecision returns an error if this machine can't train in a precision.
func CheckPrecision(precision string) error {
	if precision == config.PrecisionBF16 && !kernel.HasBF16() {
		return config.Hintf(ErrNoBF16, "train with {precision} fp32 (bf16 needs AVX512_BF16, which AMD has from Zen 4 on)")
	}
	return nil
}
