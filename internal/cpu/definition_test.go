package cpu

import (
	"math"
	"slices"

	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// definition is a layer in float64, written from its formulas alone: maps and
// weights in canonical layouts, batch norm by the batch's own statistics.
type definition struct {
	*gan.Layer
	n                     int
	input, added, w, bias []float64 // added, w and bias are nil where the layer has none
	kernels               []float64 // of the convolution, which a smooth layer makes from w
	sizes                 geometry

	// What output keeps for gradient, and the gradients.
	y, xhat, invstd []float64
	dw, dbias       []float64
}

func newDefinition(l *gan.Layer, n int, w, bias *tensor.Tensor) *definition {
	d := &definition{Layer: l, n: n}
	if l.Convolves() {
		d.w, d.bias, d.sizes = float64s(w.Data), float64s(bias.Data), geometryOf(l)
	}
	return d
}

// output computes the layer's y, [n][channels][size][size].
func (d *definition) output() []float64 {
	x := make([]float64, d.n*d.Out*d.OutSize*d.OutSize)
	d.kernels = d.w
	if d.Smooth {
		d.kernels = make([]float64, len(d.w)/9*16)
		d.smooth(func(kernel, trained int, scale float64) { d.kernels[kernel] += scale * d.w[trained] })
	}
	d.operate(func(in, out, w int) { x[out] += d.input[in] * d.kernels[w] },
		func(in, out int, weight float64) { x[out] += d.input[in] * weight })
	d.invstd = make([]float64, d.Out)
	d.y = slices.Clone(x)
	for c := range d.Out {
		mean := 0.0
		d.invstd[c] = 1
		if d.BatchNorm != "" {
			variance := 0.0
			mean = d.mean(c, func(i int) float64 { return x[i] })
			variance = d.mean(c, func(i int) float64 { return (x[i] - mean) * (x[i] - mean) })
			d.invstd[c] = 1 / math.Sqrt(variance+0.001)
		}
		d.each(c, func(i int) {
			x[i] = (x[i] - mean) * d.invstd[c]
			v := x[i]
			if d.bias != nil {
				v += d.bias[c]
			}
			if d.added != nil {
				v += d.added[i]
			}
			d.y[i] = activation(d.Activation, v)
		})
	}
	d.xhat = x
	return d.y
}

// gradient computes the gradients of weights and bias from dy, and returns those of the input and of the added map.
func (d *definition) gradient(dy []float64) (dinput, dadded []float64) {
	dx := make([]float64, len(dy))
	d.dbias = make([]float64, d.Out)
	for c := range d.Out {
		d.each(c, func(i int) {
			dx[i] = dy[i] * slope(d.Activation, d.y[i])
			d.dbias[c] += dx[i]
		})
		if d.added != nil {
			dadded = dx // no batch norm comes between
		}
		if d.BatchNorm != "" {
			mean := d.mean(c, func(i int) float64 { return dx[i] })
			along := d.mean(c, func(i int) float64 { return dx[i] * d.xhat[i] })
			d.each(c, func(i int) { dx[i] = d.invstd[c] * (dx[i] - mean - d.xhat[i]*along) })
		}
	}
	d.dw = make([]float64, len(d.kernels))
	dinput = make([]float64, len(d.input))
	d.operate(func(in, out, w int) {
		d.dw[w] += d.input[in] * dx[out]
		dinput[in] += dx[out] * d.kernels[w]
	}, func(in, out int, weight float64) { dinput[in] += dx[out] * weight })
	if d.Smooth {
		dkernels := d.dw
		d.dw = make([]float64, len(d.w))
		d.smooth(func(kernel, trained int, scale float64) { d.dw[trained] += scale * dkernels[kernel] })
	}
	return dinput, dadded
}

// smooth calls visit for each tap of a kernel with each trained tap in its sum.
func (d *definition) smooth(visit func(kernel, trained int, scale float64)) {
	scale := 1.0
	if d.Op == gan.Convolution {
		scale = 0.25
	}
	for k := range len(d.w) / 9 {
		for i := range 9 * 4 {
			y, x := i/4/3, i/4%3
			visit(k*16+(y+i/2%2)*4+x+i%2, k*9+y*3+x, scale)
		}
	}
}

// operate calls product for each input, output and trained weight that make a product, or fixed for each input,
// output and weight of an operation without parameters.
func (d *definition) operate(product func(in, out, w int), fixed func(in, out int, weight float64)) {
	switch d.Op {
	case gan.Convolution, gan.TransposedConvolution:
		d.meet(product)
	case gan.Identity:
		for i := range d.input {
			fixed(i, i, 1)
		}
	case gan.Downsampling:
		d.resample(func(wide, narrow int, weight float64) { fixed(wide, narrow, weight) })
	case gan.Upsampling:
		d.resample(func(wide, narrow int, weight float64) { fixed(narrow, wide, 4*weight) })
	}
}

// resample calls visit for each pair of a wide and a narrow place that meet, with Downsampling's weight: the pixels
// 2v - pad + k of an axis, k = 0..kernel-1, meet v.
func (d *definition) resample(visit func(wide, narrow int, weight float64)) {
	factors := map[int][]float64{2: {0.5, 0.5}, 4: {0.125, 0.375, 0.375, 0.125}}[d.Kernel]
	wide, narrow := d.Sizes()
	for plane := range d.n * d.In {
		for i := range narrow * narrow * d.Kernel * d.Kernel {
			ky, kx, vy, vx := i/d.Kernel%d.Kernel, i%d.Kernel, i/d.Kernel/d.Kernel/narrow, i/d.Kernel/d.Kernel%narrow
			y, x := 2*vy-d.Pad+ky, 2*vx-d.Pad+kx
			if y >= 0 && y < wide && x >= 0 && x < wide {
				visit((plane*wide+y)*wide+x, (plane*narrow+vy)*narrow+vx, factors[ky]*factors[kx])
			}
		}
	}
}

// meet calls product for each input, output and weight that make a product.
func (d *definition) meet(product func(in, out, w int)) {
	g := &d.sizes
	meet(g, d.n, func(n, wc, wy, wx, nc, ny, nx, ky, kx int) {
		w := ((nc*g.wideC+wc)*g.kernel+ky)*g.kernel + kx
		wide := ((n*g.wideC+wc)*g.wide+wy)*g.wide + wx
		narrow := ((n*g.narrowC+nc)*g.narrow+ny)*g.narrow + nx
		if d.Op == gan.TransposedConvolution {
			product(narrow, wide, w)
		} else {
			product(wide, narrow, w)
		}
	})
}

// each calls do for every place of a channel of y.
func (d *definition) each(c int, do func(i int)) {
	area := d.OutSize * d.OutSize
	for n := range d.n {
		for i := range area {
			do((n*d.Out+c)*area + i)
		}
	}
}

// mean returns the mean of a channel's values.
func (d *definition) mean(c int, value func(i int) float64) float64 {
	sum := 0.0
	d.each(c, func(i int) { sum += value(i) })
	return sum / float64(d.n*d.OutSize*d.OutSize)
}

func activation(a gan.Activation, v float64) float64 {
	switch a {
	case gan.ReLU:
		return max(v, 0)
	case gan.LeakyReLU:
		return max(v, 0.2*v)
	case gan.Tanh:
		return math.Tanh(v)
	}
	return v
}

// slope returns the slope of the activation at the argument for which it gives y.
func slope(a gan.Activation, y float64) float64 {
	switch {
	case a == gan.Tanh:
		return 1 - y*y
	case a == gan.ReLU && y <= 0:
		return 0
	case a == gan.LeakyReLU && y <= 0:
		return 0.2
	}
	return 1
}

// definitions are a network's layers, which read and add each other's outputs.
type definitions struct {
	gan.Network
	layers []*definition
}

func (list *definitions) output(input []float64) []float64 {
	outputs := [][]float64{input} // after the network's input, each layer's
	for i, d := range list.layers {
		d.input = outputs[list.Reads(i)+1]
		if at, ok := list.Adds(i); ok {
			d.added = outputs[at+1]
		}
		outputs = append(outputs, d.output())
	}
	return outputs[len(list.layers)]
}

// gradient computes all parameters' gradients from the output's, and returns the input's.
func (list *definitions) gradient(dy []float64) []float64 {
	sums := make([][]float64, len(list.layers)+1) // the gradient of the network's input and of each output
	add := func(at int, v []float64) {
		if sums[at+1] == nil {
			sums[at+1] = make([]float64, len(v))
		}
		for i, x := range v {
			sums[at+1][i] += x
		}
	}
	add(len(list.layers)-1, dy)
	for i, d := range slices.Backward(list.layers) {
		dinput, dadded := d.gradient(sums[i+1])
		add(list.Reads(i), dinput)
		if at, ok := list.Adds(i); ok {
			add(at, dadded)
		}
	}
	return sums[0]
}
