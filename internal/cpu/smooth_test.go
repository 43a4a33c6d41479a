package cpu

import (
	"slices"
	"testing"

	"dcgan/internal/gan"
)

// A smooth transposed convolution equals a repetition of every pixel 2x2 times and then a 3x3 convolution. A
// smooth convolution equals a 3x3 convolution and then the mean of 2x2 pixels. Outputs and all gradients agree
// within float32's rounding.
func TestSmoothKernels(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, c := range [][2]int{{3, 17}, {16, 16}, {33, 5}} {
			three := gan.Layer{Name: "three", In: c[0], Out: c[1], InSize: 16, OutSize: 16, Kernel: 3, Stride: 1, Pad: 1}
			resize := gan.Layer{Kernel: 2, Stride: 2}
			up, repeat := gan.Layer{
				Name: "smooth", Op: gan.TransposedConvolution, In: c[0], Out: c[1], InSize: 8, OutSize: 16,
				Kernel: 4, Stride: 2, Pad: 1, Smooth: true,
			}, resize
			repeat.Name, repeat.Op, repeat.In, repeat.Out = "repeat", gan.Upsampling, c[0], c[0]
			repeat.InSize, repeat.OutSize = 8, 16
			testSmooth(t, up, gan.Network{repeat, three}, true)
			down, mean := gan.Layer{
				Name: "smooth", In: c[0], Out: c[1], InSize: 16, OutSize: 8, Kernel: 4, Stride: 2, Pad: 1, Smooth: true,
			}, resize
			mean.Name, mean.Op, mean.In, mean.Out, mean.InSize, mean.OutSize = "mean", gan.Downsampling, c[1], c[1], 16, 8
			testSmooth(t, down, gan.Network{three, mean}, false)
		}
	})
}

// testSmooth compares a smooth layer with a pair of layers that have the same 3x3 weights. For a transposed
// convolution, the pair's weights are mirrored in both axes and have input and output channels exchanged.
func testSmooth(t *testing.T, spec gan.Layer, pair gan.Network, transposed bool) {
	t.Helper()
	const n = 3
	m := machineFor(2, formOfShape, append(gan.Network{spec}, pair...)...)
	defer m.pool.Close()
	smoothNet, one := alone(gan.Network{spec}, n, m, zeros)
	pairNet, two := alone(pair, n, m, zeros)
	asThree := func(w []float32) []float32 {
		if !transposed {
			return w
		}
		three := make([]float32, len(w))
		for k := range len(w) / 9 {
			to := k%spec.Out*spec.In + k/spec.Out
			copy(three[to*9:], w[k*9:][:9])
			slices.Reverse(three[to*9:][:9])
		}
		return three
	}
	w, bias := filled(1, spec.WeightShape()...), filled(2, spec.Out)
	smoothNet.list[0].pack(smoothNet.list[0].w, nil, w)
	w.Data = asThree(w.Data)
	pairNet.list[0].pack(pairNet.list[0].w, nil, w)
	for _, net := range []*network{smoothNet, pairNet} {
		net.list[1].pack(net.list[1].w, nil, bias)
	}
	input, r := filled(3, n, spec.In, spec.InSize, spec.InSize), filled(4, n, spec.Out, spec.OutSize, spec.OutSize)
	var dinputs []*featureMap
	for _, p := range []*pass{one, two} {
		p.input.set(input)
		p.forward(p.input, ofBatch)
		p.last().dy.set(r)
		dinput := newTestMap(n, spec.In, spec.InSize, p.input.pixel)
		p.backward(dinput, p.input, true, false)
		dinputs = append(dinputs, dinput)
	}
	compare := func(what string, got, want []float32) {
		if e := relative(got, float64s(want)); e > 5e-6 {
			t.Errorf("%v, %s: relative difference %.2g", spec.Op, what, e)
		}
	}
	compare("output", tensorOf(one.output()).Data, tensorOf(two.output()).Data)
	compare("gradient of the input", tensorOf(dinputs[0]).Data, tensorOf(dinputs[1]).Data)
	got, want := smoothNet.list[0], pairNet.list[0]
	compare("gradient of the weights", asThree(got.unpack(got.g).Data), want.unpack(want.g).Data)
	compare("gradient of the bias", smoothNet.list[1].g, pairNet.list[1].g)
}
