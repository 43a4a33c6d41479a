//go:build !purego

package kernel

// assembly returns the table of NEON, which every arm64 processor has.
func assembly() []*functions {
	f := definitions
	f.isa = NEON
	f.tile = tileNEON
	f.moments = momentsBy(momentsNEON)
	f.normalize = normalizeBy(normalizeNEON)
	f.gradMoments = gradMomentsBy(gradMomentsNEON)
	f.normGrad = normGradBy(normGradNEON)
	f.adam = adamBy(adamNEON)
	f.tanh = tanhBy(tanhNEON)
	f.tanhGrad = tanhGradBy(tanhGradNEON)
	f.transpose16 = transpose16By(transpose16NEON)
	f.overlap = overlapBy(overlapNEON)
	f.winogradInput = spreadBy(winogradInputNEON)
	f.winogradFilter = spreadBy(winogradFilterNEON)
	f.winogradOutput = gatherBy(winogradOutputNEON)
	f.winograd4Input = spreadBy(winograd4InputNEON)
	f.winograd4Filter = spreadBy(winograd4FilterNEON)
	f.winograd4Gradient = spreadBy(winograd4GradientNEON)
	f.winograd4Output = winograd4OutputBy(winograd4OutputNEON)
	f.winograd4Taps = gatherBy(winograd4TapsNEON)
	f.peak, f.peakFLOPS = peakNEON, 16*4*2
	return []*functions{&f}
}
