package cpu

import "dcgan/internal/gan"

// layer is a convolution with what follows it:
//
//	x = conv(input)
//	y = activation((x - mean) * scale + bias)
//
// with the batch norm's mean and scale = 1/sqrt(var + epsilon), whose beta is the bias; without one, mean is
// 0 and scale 1. A layer is what is learnt and how it is computed; what one batch makes of it, the maps
// x and y and their gradients, is in activations (activations.go).
type layer struct {
	*gan.Layer
	trained
	conv     *conv
	norm     *batchNorm // nil without one
	slope    float32    // of the activation where its argument is below 0
	machine  *machine
	watch    *stopwatch // nil without a profile
	accounts [stages]account
}

// newLayer returns a layer whose parameters have no memory yet.
func newLayer(p *plan, m *machine) *layer {
	l := &layer{Layer: &p.Layer, machine: m, conv: newConv(p, m)}
	l.trained = newTrained(&p.Layer, l.conv)
	switch p.Activation {
	case gan.Linear, gan.Tanh:
		l.slope = 1
	case gan.LeakyReLU:
		l.slope = gan.LeakySlope
	}
	if p.BatchNorm != "" {
		l.norm = newBatchNorm(p.BatchNorm, l.bias.len())
	}
	return l
}

// convolve computes x from the layer's input.
func (l *layer) convolve(x, input *featureMap) {
	if l.Transposed {
		l.conv.backwardData(x, input, l.weight.w)
	} else {
		l.conv.forward(x, input, l.weight.w)
	}
}

// gradient computes the weights' gradient from that of x, or adds it to what is there.
func (l *layer) gradient(dx, input *featureMap, accumulate bool) {
	if l.Transposed {
		l.conv.backwardWeight(l.weight.g, dx, input, accumulate)
	} else {
		l.conv.backwardWeight(l.weight.g, input, dx, accumulate)
	}
}

// inputGradient computes the gradient of the layer's input from that of x.
func (l *layer) inputGradient(dinput, dx *featureMap) {
	if l.Transposed {
		l.conv.forward(dinput, dx, l.weight.w)
	} else {
		l.conv.backwardData(dinput, dx, l.weight.w)
	}
}
