package cpu

import "dcgan/internal/gan"

// layer computes an operation and what follows it:
//
//	x = operation(input)
//	y = activation((x - mean) * scale + bias + added)
//
// With a batch norm, mean is the batch norm's, scale is 1/sqrt(var + epsilon), and bias is its beta. Without
// one, mean is 0 and scale is 1. A layer holds the parameters and the operation. The maps x and y of a batch,
// and their gradients, belong to activations (activations.go).
type layer struct {
	*gan.Layer
	trained             // only of a convolution
	conv     *conv      // nil unless the layer is a convolution
	resample *resample  // nil unless the operation is Downsampling or Upsampling
	norm     *batchNorm // nil without batch norm
	slope    float32    // of the activation below 0
	machine  *machine
	watch    *stopwatch // nil without a profile
	accounts [stages]account
}

// newLayer returns a layer whose parameters have no memory yet.
func newLayer(p *plan, m *machine) *layer {
	l := &layer{Layer: &p.Layer, machine: m}
	switch {
	case p.Convolves():
		l.conv = newConv(p, m)
		l.trained = newTrained(&p.Layer, l.conv)
	case p.Op != gan.Identity:
		l.resample = newResample(p.Kernel, m)
	}
	switch p.Activation {
	case gan.Linear, gan.Tanh:
		l.slope = 1
	case gan.LeakyReLU:
		l.slope = gan.LeakySlope
	}
	if p.BatchNorm != "" {
		l.norm = newBatchNorm(l.bias.len())
	}
	return l
}

// compute computes x from the layer's input.
func (l *layer) compute(x, input *featureMap) {
	switch l.Op {
	case gan.Convolution:
		l.conv.forward(x, input, l.weight.w)
	case gan.TransposedConvolution:
		l.conv.backwardData(x, input, l.weight.w)
	case gan.Downsampling:
		l.resample.down(x, input, 1)
	case gan.Upsampling:
		l.resample.up(x, input, 4)
	case gan.Identity:
		l.machine.sum.set(x, input)
	}
}

// gradient computes the gradient of the weights from dx, the gradient of x. With accumulate it adds to the gradient
// that is there.
func (l *layer) gradient(dx, input *featureMap, accumulate bool) {
	if l.Op == gan.TransposedConvolution {
		l.conv.backwardWeight(l.weight.g, dx, input, accumulate)
	} else {
		l.conv.backwardWeight(l.weight.g, input, dx, accumulate)
	}
}

// inputGradient computes the gradient of the layer's input from dx, the gradient of x.
func (l *layer) inputGradient(dinput, dx *featureMap) {
	switch l.Op {
	case gan.Convolution:
		l.conv.backwardData(dinput, dx, l.weight.w)
	case gan.TransposedConvolution:
		l.conv.forward(dinput, dx, l.weight.w)
	case gan.Downsampling:
		l.resample.up(dinput, dx, 1)
	case gan.Upsampling:
		l.resample.down(dinput, dx, 4)
	case gan.Identity:
		l.machine.sum.set(dinput, dx)
	}
}
