package cpu

import "slices"

// pass is a network over one batch of a fixed size: the maps that it computes in and, in training, their
// gradients. Several passes share a network, so that two batches are alive at once.
type pass struct {
	net     *network
	input   *featureMap    // the pass's own input map; forward takes any map of the same shape
	layers  []*activations // one a layer of the network
	partial maps           // a further reader's part of the gradient of a map with several readers; nil for other maps
}

// maps is the maps that a pass writes: its own input and each layer's x.
type maps []*featureMap

// newMaps returns maps for batches of n pictures.
func newMaps(plans []plan, n int, m *memory) maps {
	first := &plans[0]
	list := maps{newFeatureMap(m, n, first.In, first.InSize, first.inPixel())}
	for i := range plans {
		list = append(list, newFeatureMap(m, n, plans[i].Out, plans[i].OutSize, plans[i].outPixel()))
	}
	return list
}

// first returns maps of the first n pictures, in the same memory.
func (m maps) first(n int) maps {
	list := make(maps, len(m))
	for i := range m {
		list[i] = m[i].first(n)
	}
	return list
}

// maps returns the maps that the pass computes in.
func (p *pass) maps() maps {
	list := maps{p.input}
	for _, l := range p.layers {
		list = append(list, l.x)
	}
	return list
}

// newPass returns a pass that computes in these maps.
func newPass(net *network, v maps) *pass {
	p := &pass{net: net, input: v[0]}
	for i, l := range net.layers {
		p.layers = append(p.layers, newActivations(l, v[i+1]))
	}
	return p
}

// newTrainingPass returns a pass over n pictures with memory for gradients.
func newTrainingPass(net *network, n int) *pass {
	v := newMaps(net.plans, n, net.machine.memory)
	p := newPass(net, v)
	p.partial = make(maps, len(v))
	for i, m := range v {
		readers := len(net.uses[i].reads)
		if readers > 1 {
			p.partial[i] = newFeatureMap(net.machine.memory, n, m.channels, m.size, m.pixel)
		}
		if i > 0 {
			p.layers[i-1].makeTrainable(readers)
		}
	}
	return p
}

func (p *pass) last() *activations { return p.layers[len(p.layers)-1] }

// output returns the network's output in the last forward.
func (p *pass) output() *featureMap { return p.last().y }

// forward computes every layer's y from the input map.
func (p *pass) forward(input *featureMap, by source) {
	p.net.derive()
	p.forwardFirst(len(p.layers), input, by)
}

// forwardFirst computes y of the given number of first layers.
func (p *pass) forwardFirst(layers int, input *featureMap, by source) {
	for i, l := range p.layers[:layers] {
		plan := &p.net.plans[i]
		var added *featureMap
		if plan.added != noMap {
			added = p.read(plan.added, input)
		}
		l.forward(p.read(plan.source, input), added, by)
	}
}

// read returns map number i as later layers read it, for a given input of the pass.
func (p *pass) read(i int, input *featureMap) *featureMap {
	if i == 0 {
		return input
	}
	return p.layers[i-1].y
}

// backward computes gradients from the gradient of the output, which the last layer's dy holds. It fills dinput, if
// not nil, with the gradient of the input. If weights is true, it computes the gradients of all parameters. With
// accumulate it adds them to those that are there.
//
// A layer that adds a map passes its own gradient, dx, to the map. Its dy holds dx to the end of the pass, so dx is
// added after all layers that read the map have passed their gradients.
func (p *pass) backward(dinput, input *featureMap, weights, accumulate bool) {
	for i, l := range slices.Backward(p.layers) {
		p.gather(l.dy, i+1)
		source := p.net.plans[i].source
		dsource := dinput
		if source > 0 {
			dsource = p.layers[source-1].dy
		}
		into := dsource
		if reads := p.net.uses[source].reads; dsource != nil && i != reads[len(reads)-1] {
			into = p.partial[source]
		}
		l.backward(into, p.read(source, input), weights, accumulate)
		if into != dsource {
			p.net.machine.sum.add(dsource, into)
		}
	}
	if dinput != nil {
		p.gather(dinput, 0)
	}
	if weights {
		p.net.backwardDerived()
	}
}

// gather adds to the gradient of a map the gradients of the layers that add the map.
func (p *pass) gather(dy *featureMap, number int) {
	uses, sum := &p.net.uses[number], p.net.machine.sum
	for k, i := range uses.adds {
		if k == 0 && len(uses.reads) == 0 {
			sum.set(dy, p.layers[i].dy)
		} else {
			sum.add(dy, p.layers[i].dy)
		}
	}
}

// track moves every batch norm's running statistics towards this batch's.
func (p *pass) track() {
	p.net.tracked++
	for _, l := range p.layers {
		l.track(p.net.tracked)
	}
}
