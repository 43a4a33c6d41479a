//go:build !purego

package kernel

import "golang.org/x/sys/cpu"

// assembly returns the tables of the instruction sets that this processor has.
func assembly() []*functions {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	found := []*functions{avx2()}
	if cpu.X86.HasAVX512 {
		found = append(found, avx512(cpu.X86.HasAVX512BF16 && cpu.X86.HasAVX512BW))
	}
	return found
}

func avx2() *functions {
	f := definitions
	f.isa = AVX2
	f.tile = tileAVX2
	f.moments = momentsBy(momentsAVX2)
	f.normalize = normalizeBy(normalizeAVX2)
	f.gradMoments = gradMomentsBy(gradMomentsAVX2)
	f.normGrad = normGradBy(normGradAVX2)
	f.adam = adamBy(adamAVX2)
	f.tanh = tanhBy(tanhAVX2)
	f.tanhGrad = tanhGradBy(tanhGradAVX2)
	f.transpose16 = transpose16By(transpose16AVX2)
	f.overlap = overlapBy(overlapAVX2)
	f.winogradInput = spreadBy(winogradInputAVX2)
	f.winogradFilter = spreadBy(winogradFilterAVX2)
	f.winogradOutput = gatherBy(winogradOutputAVX2)
	f.winograd4Input = spreadBy(winograd4InputAVX2)
	f.winograd4Filter = spreadBy(winograd4FilterAVX2)
	f.winograd4Gradient = spreadBy(winograd4GradientAVX2)
	f.winograd4Output = winograd4OutputBy(winograd4OutputAVX2)
	f.winograd4Taps = gatherBy(winograd4TapsAVX2)
	f.prefetch4 = func(x []float32, s *Squares) {
		prefetch4AVX2(&x[0], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	}
	f.peak, f.peakFLOPS = peakAVX2, 12*8*2
	return &f
}

// avx512 has AVX2's versions of the kernels that would gain nothing from wider vectors:
// transpose16 moves squares of 4x4, a pixel of overlap is four floats, and prefetch4 loads nothing.
func avx512(bf16 bool) *functions {
	f := *avx2()
	f.isa = AVX512
	f.tile = tileAVX512
	f.moments = momentsBy(momentsAVX512)
	f.normalize = normalizeBy(normalizeAVX512)
	f.gradMoments = gradMomentsBy(gradMomentsAVX512)
	f.normGrad = normGradBy(normGradAVX512)
	f.adam = adamBy(adamAVX512)
	f.tanh = tanhBy(tanhAVX512)
	f.tanhGrad = tanhGradBy(tanhGradAVX512)
	f.winogradInput = spreadBy(winogradInputAVX512)
	f.winogradFilter = spreadBy(winogradFilterAVX512)
	f.winogradOutput = gatherBy(winogradOutputAVX512)
	f.winograd4Input = spreadBy(winograd4InputAVX512)
	f.winograd4Filter = spreadBy(winograd4FilterAVX512)
	f.winograd4Gradient = spreadBy(winograd4GradientAVX512)
	f.winograd4Output = winograd4OutputBy(winograd4OutputAVX512)
	f.winograd4Taps = gatherBy(winograd4TapsAVX512)
	f.peak, f.peakFLOPS = peakAVX512, 16*16*2
	if bf16 {
		f.bf16 = true
		f.tileBF16 = tileBF16AVX512
		f.winogradInputChannels = spreadBy(winogradInputChannelsAVX512)
		f.winogradInputPairs = spreadBy(winogradInputPairsAVX512)
		f.winogradFilterPairs = spreadBy(winogradFilterPairsAVX512)
	}
	return &f
}
