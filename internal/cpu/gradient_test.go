package cpu

import (
	"math"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/random"
)

// The backward pass of every kind of layer agrees with central differences of the layer's
// definition, for a random linear function of the output.
func TestGradientsAgainstFiniteDifferences(t *testing.T) {
	for _, l := range []gan.Layer{{
		Name: "deconv1", Op: gan.TransposedConvolution, In: 5, Out: 18, InSize: 1, OutSize: 4,
		Kernel: 4, Stride: 1, BatchNorm: "bn", Activation: gan.ReLU,
	}, {
		Name: "deconv2", Op: gan.TransposedConvolution, In: 18, Out: 6, InSize: 4, OutSize: 8,
		Kernel: 4, Stride: 2, Pad: 1, BatchNorm: "bn", Activation: gan.ReLU,
	}, {
		Name: "deconv3", Op: gan.TransposedConvolution, In: 6, Out: 4, InSize: 4, OutSize: 8,
		Kernel: 4, Stride: 2, Pad: 1,
	}, {
		Name: "image", In: 4, Out: 3, InSize: 8, OutSize: 8, Kernel: 1, Stride: 1, Activation: gan.Tanh,
	}, {
		Name: "conv1", In: 3, Out: 17, InSize: 8, OutSize: 4,
		Kernel: 4, Stride: 2, Pad: 1, Activation: gan.LeakyReLU,
	}, {
		Name: "conv2", In: 17, Out: 6, InSize: 4, OutSize: 2,
		Kernel: 4, Stride: 2, Pad: 1, BatchNorm: "bn", Activation: gan.LeakyReLU,
	}, {
		Name: "conv3", In: 6, Out: 20, InSize: 2, OutSize: 1,
		Kernel: 4, Stride: 2, Pad: 1, BatchNorm: "bn", Activation: gan.LeakyReLU,
	}, {
		Name: "logit", In: 20, Out: 1, InSize: 1, OutSize: 1, Kernel: 1, Stride: 1,
	}, {
		Name: "mean", Op: gan.Downsampling, In: 3, Out: 3, InSize: 8, OutSize: 4, Kernel: 2, Stride: 2,
	}, {
		Name: "down", Op: gan.Downsampling, In: 17, Out: 17, InSize: 8, OutSize: 4,
		Kernel: 4, Stride: 2, Pad: 1, Activation: gan.LeakyReLU,
	}, {
		Name: "repeat", Op: gan.Upsampling, In: 3, Out: 3, InSize: 4, OutSize: 8,
		Kernel: 2, Stride: 2, Activation: gan.ReLU,
	}, {
		Name: "up", Op: gan.Upsampling, In: 17, Out: 17, InSize: 4, OutSize: 8, Kernel: 4, Stride: 2, Pad: 1,
	}, {
		Name: "identity", Op: gan.Identity, In: 3, Out: 3, InSize: 4, OutSize: 4,
		Kernel: 1, Stride: 1, Activation: gan.Tanh,
	}} {
		t.Run(l.Name, func(t *testing.T) { testGradients(t, &l) })
	}
}

func testGradients(t *testing.T, spec *gan.Layer) {
	const n = 6
	m := machineFor(2, formOfShape, *spec)
	defer m.pool.Close()
	_, net := alone([]gan.Layer{*spec}, n, m, zeros)
	l := net.layers[0]

	input := filled(1, n, spec.In, spec.InSize, spec.InSize)
	w, bias := filled(2, spec.WeightShape()...), filled(3, spec.Out)
	r := filled(4, n, spec.Out, spec.OutSize, spec.OutSize)
	if spec.Convolves() {
		l.weight.pack(l.weight.w, l.weight.idle, w)
		l.bias.pack(l.bias.w, nil, bias)
	}
	net.input.set(input)
	net.forward(net.input, ofBatch)
	d := newDefinition(spec, n, w, bias)
	d.input = float64s(input.Data)
	if e := relative(tensorOf(l.y).Data, d.output()); e > 3e-6 {
		t.Errorf("forward: relative error %g", e)
	}

	l.dy.set(r)
	dinput := newTestMap(n, spec.In, spec.InSize, layout(spec).inPixel())
	net.backward(dinput, net.input, true, false)
	checkPadding(t, dinput)
	loss := func() (sum float64) {
		for i, y := range d.output() {
			sum += y * float64(r.Data[i])
		}
		return sum
	}
	// The differences are exact to about 1e-9; what remains is float32's rounding,
	// relative to the largest gradient since the batch norm's cancel.
	check := func(name string, got []float32, at []float64) {
		src := random.New(5, random.Init, 0)
		var worst, scale float64
		for range 40 {
			i := src.IntN(len(at))
			const h = 1e-6
			x := at[i]
			at[i] = x + h
			up := loss()
			at[i] = x - h
			down := loss()
			at[i] = x
			want := (up - down) / (2 * h)
			worst = max(worst, math.Abs(float64(got[i])-want))
			scale = max(scale, math.Abs(want))
		}
		if worst > 2e-5*max(scale, 1) {
			t.Errorf("%s: a gradient is off by %g of %g", name, worst, scale)
		}
	}
	check("input", tensorOf(dinput).Data, d.input)
	if spec.Convolves() {
		check("weight", l.weight.unpack(l.weight.g).Data, d.w)
		check("bias", l.bias.unpack(l.bias.g).Data, d.bias)
	}

	d.output()
	dwant, _ := d.gradient(float64s(r.Data)) // the definition's own gradient, which steps are compared with
	check("input, by the definition", float32s(dwant), d.input)
	if spec.Convolves() {
		check("weight, by the definition", float32s(d.dw), d.w)
		check("bias, by the definition", float32s(d.dbias), d.bias)
	}
}

func float64s(v []float32) []float64 {
	r := make([]float64, len(v))
	for i := range v {
		r[i] = float64(v[i])
	}
	return r
}

func float32s(v []float64) []float32 {
	r := make([]float32, len(v))
	for i := range v {
		r[i] = float32(v[i])
	}
	return r
}
