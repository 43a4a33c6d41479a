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
	n              int
	input, w, bias []float64
	sizes          geometry

	// What output leaves for gradient, and what that computes.
	y, xhat, invstd []float64
	dw, dbias       []float64
}

func newDefinition(l *gan.Layer, n int, w, bias *tensor.Tensor) *definition {
	return &definition{Layer: l, n: n, w: float64s(w.Data), bias: float64s(bias.Data), sizes: geometryOf(l)}
}

// output computes the layer's y, [n][channels][size][size].
func (d *definition) output() []float64 {
	x := make([]float64, d.n*d.Out*d.OutSize*d.OutSize)
	d.meet(func(in, out, w int) { x[out] += d.input[in] * d.w[w] })
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
			d.y[i] = activation(d.Activation, x[i]+d.bias[c])
		})
	}
	d.xhat = x
	return d.y
}

// gradient computes from dy the gradients of weights and bias, and returns the input's.
func (d *definition) gradient(dy []float64) []float64 {
	dx := make([]float64, len(dy))
	d.dbias = make([]float64, d.Out)
	for c := range d.Out {
		d.each(c, func(i int) {
			dx[i] = dy[i] * slope(d.Activation, d.y[i])
			d.dbias[c] += dx[i]
		})
		if d.BatchNorm != "" {
			mean := d.mean(c, func(i int) float64 { return dx[i] })
			along := d.mean(c, func(i int) float64 { return dx[i] * d.xhat[i] })
			d.each(c, func(i int) { dx[i] = d.invstd[c] * (dx[i] - mean - d.xhat[i]*along) })
		}
	}
	d.dw = make([]float64, len(d.w))
	dinput := make([]float64, len(d.input))
	d.meet(func(in, out, w int) {
		d.dw[w] += d.input[in] * dx[out]
		dinput[in] += dx[out] * d.w[w]
	})
	return dinput
}

// meet calls product for each input, output and weight that make a product.
func (d *definition) meet(product func(in, out, w int)) {
	g := &d.sizes
	meet(g, d.n, func(n, wc, wy, wx, nc, ny, nx, ky, kx int) {
		w := ((nc*g.wideC+wc)*g.kernel+ky)*g.kernel + kx
		wide := ((n*g.wideC+wc)*g.wide+wy)*g.wide + wx
		narrow := ((n*g.narrowC+nc)*g.narrow+ny)*g.narrow + nx
		if d.Transposed {
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

// mean is that of a channel's values.
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

// slope is the activation's where it gives y.
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

// definitions are a network's layers, input first.
type definitions []*definition

func (list definitions) output(input []float64) []float64 {
	for _, d := range list {
		d.input = input
		input = d.output()
	}
	return input
}

func (list definitions) gradient(dy []float64) []float64 {
	for _, d := range slices.Backward(list) {
		dy = d.gradient(dy)
	}
	return dy
}
