package cpu

import "slices"

// pass is a network over one batch of a fixed size: the maps that it computes in and, in training, their
// gradients. Several passes share a network, so that two batches are alive at once.
type pass struct {
	net     *network
	input   *featureMap    // of its own; forward takes any other of the same shape
	layers  []*activations // one a layer of the network
	partial maps           // what another reader adds to the gradient of a map that several read; nil of others
}

// maps are where a pass writes: its own input and each layer's x.
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

// maps returns those that the pass computes in.
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

// output returns what the last forward computed.
func (p *pass) output() *featureMap { return p.last().y }

// forward computes every layer's y from the input map.
func (p *pass) forward(input *featureMap, by source) {
	p.net.derive()
	p.forwardFirst(len(p.layers), input, by)
}

// forwardFirst computes y of the first layers.
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

// read returns the map of a number as later layers read it, where the pass's input is given.
func (p *pass) read(i int, input *featureMap) *featureMap {
	if i == 0 {
		return input
	}
	return p.layers[i-1].y
}

// backward computes from the gradient in the last layer's dy those of all parameters (unless weights is
// false) and, in dinput if not nil, of the input. accumulate adds the parameters' to what is there.
//
// A layer that adds a map passes its own gradient, dx, to it. Its dy holds that to the end, so it is added when all
// layers that read the map have passed theirs.
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

// gather adds to the gradient of a map what the layers that add the map pass to it.
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
