package cpu

import "dcgan/internal/gan"

// layer is an operation with what follows it:
//
//	x = operation(input)
//	y = activation((x - mean) * scale + bias + added)
//
// with the batch norm's mean and scale = 1/sqrt(var + epsilon), whose beta is the bias; without one, mean is
// 0 and scale 1. A layer is what is learnt and how it is computed; what one batch makes of it, the maps
// x and y and their gradients, is in activations (activations.go).
type layer struct {
	*gan.Layer
	trained             // nil but of a convolution
	conv     *conv      // nil but of a convolution
	resample *resample  // nil but of Downsampling and Upsampling
	norm     *batchNorm // nil without one
	slope    float32    // of the activation where its argument is below 0
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

// gradient computes the weights' gradient from that of x, or adds it to what is there.
func (l *layer) gradient(dx, input *featureMap, accumulate bool) {
	if l.Op == gan.TransposedConvolution {
		l.conv.backwardWeight(l.weight.g, dx, input, accumulate)
	} else {
		l.conv.backwardWeight(l.weight.g, input, dx, accumulate)
	}
}

// inputGradient computes the gradient of the layer's input from that of x.
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
