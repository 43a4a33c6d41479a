package cpu

import (
	"slices"

	"dcgan/internal/gan"
)

// network holds the parameters and layers of a generator or a discriminator. It holds nothing of a batch, which is
// in passes (pass.go). Several passes over the same weights can exist at once.
type network struct {
	plans  []plan
	uses   []uses   // of each map
	layers []*layer // one a plan
	parameters
	derived []derived
	tracked int64 // batches that the running statistics have followed
}

// derived is weights that are computed from trained ones before a forward pass. Their gradient gives that of
// the trained ones by the chain rule. The layer that computes with derived weights does not depend on how.
type derived interface {
	// derive computes the layer's weights from the trained ones.
	derive()
	// backward computes the gradients of the trained weights from the gradient of the layer's weights.
	backward()
	// watched starts to measure the time of both with w, from zero.
	watched(w *stopwatch)
	// taken returns that time.
	taken() PassTime
}

// newNetwork returns the network of a table and its plans, without memory for its parameters (allocate).
func newNetwork(specs gan.Network, plans []plan, m *machine) *network {
	net := &network{plans: plans, uses: usesOf(plans)}
	net.machine = m
	for i := range net.plans {
		net.layers = append(net.layers, newLayer(&net.plans[i], m))
	}
	last := len(net.plans) - 1
	folds := last < len(specs)-1
	for i, l := range net.layers {
		if l.Convolves() && !(folds && i == last) {
			net.train(l.Layer, l.trained)
		}
	}
	if folds {
		f := newFold(&specs[last], &specs[last+1], net.layers[last], m)
		net.train(&specs[last], f.up)
		net.train(&specs[last+1], f.mix)
		net.derived = append(net.derived, f) // after what its own weights are derived from
	}
	return net
}

// train adds what a layer learns to the parameters.
func (net *network) train(spec *gan.Layer, t trained) {
	weight := t.weight
	if spec.Smooth {
		s := newSmooth(spec, t.weight, net.machine)
		net.derived, weight = append(net.derived, s), s.trained
	}
	net.list = append(net.list, weight, t.bias)
}

// derive computes the derived weights from the current trained ones.
func (net *network) derive() {
	for _, d := range net.derived {
		d.derive()
	}
}

// backwardDerived computes the gradients of the weights that others are derived from. The layers' gradients may be sums
// over batches.
func (net *network) backwardDerived() {
	for _, d := range slices.Backward(net.derived) {
		d.backward()
	}
}

// statistics calls visit with each recorded statistic and its numbers.
func (net *network) statistics(visit func(n gan.Named, v []float32)) {
	for _, l := range net.layers {
		if b := l.norm; b != nil {
			visit(l.Statistic(gan.RunningMean), b.runningMean)
			visit(l.Statistic(gan.RunningVariance), b.runningVar)
			visit(l.Statistic(gan.SamplingMean), b.samplingMean)
			visit(l.Statistic(gan.SamplingVariance), b.samplingVar)
		}
	}
}

// setState sets the parameters, and the statistics that the state has.
func (net *network) setState(s *gan.State) {
	net.parameters.setState(s)
	net.statistics(func(n gan.Named, v []float32) {
		clear(v)
		if t := s.Load(n.Name); t != nil {
			copy(v, t.Data)
		}
	})
}

// state calls add with each parameter and statistic, and with the function that writes its numbers.
func (net *network) state(add func(n gan.Named, fill func(dst []float32))) {
	net.parameters.state(add)
	net.statistics(func(n gan.Named, v []float32) {
		add(n, func(dst []float32) { copy(dst, v) })
	})
}

// transposeOnce lays the weights of transposed convolutions out as backwardData reads them, once for all:
// net must not train. Derived weights keep the usual layout, since they are computed anew. So do layers of
// less than a block's channels, whose two layouts differ in length.
func (net *network) transposeOnce() {
	for _, l := range net.layers {
		c := l.conv
		if l.Op != gan.TransposedConvolution || !slices.Contains(net.list, l.weight) {
			continue
		}
		if whole := c.wideLen == lanes && c.narrowLen == lanes; whole && c.picture == nil && !c.transposed {
			c.transpose.run(l.weight.w, slices.Clone(l.weight.w), 0, c.wideBlocks)
			c.transposed = true
		}
	}
}

// share makes net compute with another network's parameters, or their averages, and statistics.
func (net *network) share(other *network) {
	net.w = other.w
	for i, p := range net.list {
		p.w = other.list[i].w
		if other.average != nil {
			p.w = other.list[i].average
		}
	}
	for i, l := range net.layers {
		l.norm = other.layers[i].norm
		if l.conv != nil {
			l.conv.transposed = other.layers[i].conv.transposed
		}
	}
}
