package cpu

import (
	"fmt"
	"testing"

	"dcgan/internal/gan"
)

// Folded layers give the same pictures and gradients as the two layers one after the other, within
// the rounding of float32 sums of some hundred terms. The terms of a bias's gradient nearly cancel.
func TestFold(t *testing.T) {
	// between is more than the 4 channels of a short pixel.
	for _, c := range []struct{ in, between, out int }{{20, 18, 3}, {16, 5, 1}, {3, 40, 4}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			specs := []gan.Layer{{
				Name: "up", Op: gan.TransposedConvolution, In: c.in, Out: c.between, InSize: 4, OutSize: 8,
				Kernel: 4, Stride: 2, Pad: 1,
			}, {
				Name: "mix", In: c.between, Out: c.out, InSize: 8, OutSize: 8, Kernel: 1, Stride: 1,
				Activation: gan.Tanh,
			}}
			testFold(t, specs)
		})
	}
}

func testFold(t *testing.T, specs []gan.Layer) {
	const n = 5
	m := machineFor(2, formOfShape, append(computed(specs), specs...)...)
	defer m.pool.Close()
	sevens := func(n int) []float32 { // what another network left in the shared memory
		g := make([]float32, n)
		for i := range g {
			g[i] = 7
		}
		return g
	}
	oneNet, one := alone(specs, n, m, sevens)
	upNet, up := alone(specs[:1], n, m, sevens)
	mixNet, mix := alone(specs[1:], n, m, sevens)
	if oneNet.foldOf() == nil || upNet.foldOf() != nil || mixNet.foldOf() != nil || len(one.layers) != 1 {
		t.Fatal("the two layers are not one")
	}
	parts := append(append([]*parameter{}, upNet.list...), mixNet.list...)
	for i, p := range parts {
		w := filled(uint64(i), p.Shape...)
		p.pack(p.w, p.idle, w)
		oneNet.list[i].pack(oneNet.list[i].w, oneNet.list[i].idle, w)
	}
	input := mapOf(filled(10, n, specs[0].In, 4, 4), lanes)
	r := filled(11, n, specs[1].Out, 8, 8)

	one.forward(input, ofBatch)
	up.forward(input, ofBatch)
	mix.forward(up.output(), ofBatch)
	compare := func(what string, got, want []float32, tolerance float64) {
		if e := relative(got, float64s(want)); e > tolerance {
			t.Errorf("%s: relative difference %.2g", what, e)
		}
	}
	compare("pictures", tensorOf(one.output()).Data, tensorOf(mix.output()).Data, 2e-6)
	checkPadding(t, one.output())

	one.last().dy.set(r)
	mix.last().dy.set(r)
	got, want := newTestMap(n, specs[0].In, 4, lanes), newTestMap(n, specs[0].In, 4, lanes)
	one.backward(got, input, true, false)
	mix.backward(up.last().dy, up.output(), true, false)
	up.backward(want, input, true, false)
	compare("gradient of the input", tensorOf(got).Data, tensorOf(want).Data, 2e-6)
	for i, p := range parts {
		compare("gradient of "+p.Name, oneNet.list[i].g, p.g, map[int]float64{4: 5e-6, 1: 2e-5}[len(p.Shape)])
	}
}
