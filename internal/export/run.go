// What a network computes, by its definition.

package export

import (
	"errors"
	"math"

	"dcgan/internal/gan"
)

// Run computes the network for one input of shape [In, InSize, InSize], straight from the
// definition. It returns [Out, OutSize, OutSize].
func (n *Network) Run(x []float32) ([]float32, error) {
	if first := &n.Ops[0]; len(x) != first.In*first.InSize*first.InSize {
		return nil, errors.New("run a network: the input has another size")
	}
	outputs := make([][]float32, len(n.Ops))
	output := func(i int) []float32 {
		switch i {
		case none:
			return nil
		case gan.InputIndex:
			return x
		}
		return outputs[i]
	}
	for i := range n.Ops {
		op := &n.Ops[i]
		outputs[i] = op.run(output(op.Input), output(op.Added))
	}
	return outputs[len(outputs)-1], nil
}

// run computes one operation on x; added may be nil. A convolution of stride s and padding p joins the wide
// map's row s*y + k - p and the narrow map's row y by row k of the kernel, and columns
// alike; a transposed one joins the same, from narrow to wide.
func (op *Op) run(x, added []float32) []float32 {
	y := make([]float32, op.Out*op.OutSize*op.OutSize)
	area := op.OutSize * op.OutSize
	for i := range y {
		y[i] = op.Bias[i/area]
	}
	taps := op.Kernel * op.Kernel
	for in := range op.In {
		from := x[in*op.InSize*op.InSize:][:op.InSize*op.InSize]
		if op.Op == gan.Identity {
			copy(y[in*area:], from)
			continue
		}
		for out := range op.Out {
			kernel := op.Weight
			if !op.resamples() {
				kernel = op.Weight[op.kernelOf(in, out)*taps:][:taps]
			} else if in != out {
				continue
			}
			for t, w := range kernel {
				op.tap(y[out*area:][:area], from, w, t/op.Kernel, t%op.Kernel)
			}
		}
	}
	for i, v := range y {
		if added != nil {
			v += added[i]
		}
		y[i] = activate(op.Activation, v)
	}
	return y
}

// tap adds what one weight, in row ky and column kx of its kernel, carries from x to y.
func (op *Op) tap(y, x []float32, w float32, ky, kx int) {
	narrow, wide := op.OutSize, op.InSize
	if op.widens() {
		narrow, wide = wide, narrow
	}
	for r := range narrow {
		wr := r*op.Stride + ky - op.Pad
		if wr < 0 || wr >= wide {
			continue
		}
		for c := range narrow {
			wc := c*op.Stride + kx - op.Pad
			switch {
			case wc < 0 || wc >= wide:
			case op.widens():
				y[wr*wide+wc] += w * x[r*narrow+c]
			default:
				y[r*narrow+c] += w * x[wr*wide+wc]
			}
		}
	}
}

func activate(a gan.Activation, v float32) float32 {
	switch a {
	case gan.ReLU:
		return max(v, 0)
	case gan.LeakyReLU:
		return max(v, gan.LeakySlope*v)
	case gan.Tanh:
		return float32(math.Tanh(float64(v)))
	}
	return v
}
