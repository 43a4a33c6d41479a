package cpu

import (
	"slices"

	"dcgan/internal/gan"
)

// network is a generator or a discriminator over a batch of fixed size.
type network struct {
	layers []*layer // that are computed
	fold   *fold    // of the generator's last two into the last of layers; or nil
	parameters
	maps  maps
	input *featureMap
}

// maps are where a network's passes write: its input and the x of each computed layer.
type maps []*featureMap

// newMaps returns maps for batches of n pictures.
func newMaps(specs []gan.Layer, n int) maps {
	list := maps{newFeatureMap(n, specs[0].In, specs[0].InSize, inPixel(&specs[0]))}
	for _, l := range computed(specs) {
		list = append(list, newFeatureMap(n, l.Out, l.OutSize, outPixel(&l)))
	}
	return list
}

// first are the same memory's maps for batches of n pictures, at most as many.
func (m maps) first(n int) maps {
	list := make(maps, len(m))
	for i := range m {
		list[i] = m[i].first(n)
	}
	return list
}

func newNetwork(specs []gan.Layer, n int, m *machine) *network {
	return networkOver(newMaps(specs, n), specs, m)
}

// networkOver returns a network that computes in these maps.
func networkOver(v maps, specs []gan.Layer, m *machine) *network {
	net := &network{maps: v, input: v[0]}
	net.pool = m.pool
	list := computed(specs)
	for i := range list {
		l := newLayer(&list[i], v[i+1], m)
		net.layers = append(net.layers, l)
		net.list = append(net.list, l.weight, l.bias)
	}
	if last := len(list) - 1; last < len(specs)-1 {
		f := newFold(&specs[last], &specs[last+1], net.last(), m)
		net.list = append(net.list[:2*last], f.up.weight, f.up.bias, f.mix.weight, f.mix.bias)
		net.fold = f
	}
	return net
}

// makeTrainable gives every layer memory for gradients.
func (net *network) makeTrainable(gradient []float32) {
	net.allocate(gradient)
	for _, l := range net.layers {
		l.makeTrainable()
	}
}

func (net *network) last() *layer { return net.layers[len(net.layers)-1] }

// output is what the last forward pass computed.
func (net *network) output() *featureMap { return net.last().y }

// forward computes every layer's y from the input map.
func (net *network) forward(input *featureMap, by source) {
	if net.fold != nil {
		net.fold.forward()
	}
	for _, l := range net.layers {
		l.forward(input, by)
		input = l.y
	}
}

// backward computes from the gradient in the last layer's dy those of all
// parameters (unless weights is false) and, in dinput if not nil, of the input.
// accumulate adds the parameters' to what is there; no generator is asked to.
func (net *network) backward(dinput, input *featureMap, weights, accumulate bool) {
	for i := len(net.layers) - 1; i > 0; i-- {
		below := net.layers[i-1]
		net.layers[i].backward(below.dy, below.y, weights, accumulate)
	}
	net.layers[0].backward(dinput, input, weights, accumulate)
	if net.fold != nil && weights {
		if accumulate {
			panic("cpu: a fold does not accumulate")
		}
		net.fold.backward()
	}
}

// track moves every batch norm's running statistics, for the t-th time.
func (net *network) track(t int64) {
	for _, l := range net.layers {
		if l.norm != nil {
			l.norm.track(t)
		}
	}
}

// statistics calls visit with each recorded statistic's name and numbers.
func (net *network) statistics(visit func(name string, v []float32, channels int)) {
	for _, l := range net.layers {
		if b := l.norm; b != nil {
			visit(b.name+".running_mean", b.runningMean, l.Out)
			visit(b.name+".running_var", b.runningVar, l.Out)
			visit(b.name+".sampling_mean", b.samplingMean, l.Out)
			visit(b.name+".sampling_var", b.samplingVar, l.Out)
		}
	}
}

// setState takes over parameters and whatever statistics the state has.
func (net *network) setState(s *gan.State) {
	net.parameters.setState(s)
	net.statistics(func(name string, v []float32, channels int) {
		clear(v)
		if t := s.Load(name); t != nil {
			copy(v, t.Data)
		}
	})
}

// state adds parameters and statistics: name, shape, and what gives the numbers.
func (net *network) state(add func(name string, shape []int, fill func(dst []float32))) {
	net.parameters.state(add)
	net.statistics(func(name string, v []float32, channels int) {
		add(name, []int{channels}, func(dst []float32) { copy(dst, v) })
	})
}

// turn lays the weights of transposed convolutions out as backwardData reads them, once for all: net must
// not train. Those of the folded layer are made in the usual layout, as are those of less than a block's
// channels, which is no longer the same number of floats.
func (net *network) turn() {
	for _, l := range net.layers {
		if c := l.conv; l.Transposed && c.few == nil && c.wideLen == lanes && c.narrowLen == lanes && !c.turned {
			c.turn.run(l.weight.w, slices.Clone(l.weight.w), 0, c.wideBlocks)
			c.turned = true
		}
	}
}

// share makes net compute with another network's parameters, or their averages, and
// statistics.
func (net *network) share(other *network) {
	net.w = other.w
	for i, p := range net.list {
		p.w = other.list[i].w
		if other.average != nil {
			p.w = other.list[i].average
		}
	}
	for i, l := range net.layers {
		l.norm, l.conv.turned = other.layers[i].norm, other.layers[i].conv.turned
	}
}
