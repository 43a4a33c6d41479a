package cpu

// pass is a network over one batch of a fixed size: the maps that it computes in and, in training, their
// gradients. Several passes share a network, so that two batches are alive at once.
type pass struct {
	net    *network
	input  *featureMap    // of its own; forward takes any other of the same shape
	layers []*activations // one a layer of the network
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

// first returns the same memory's maps for batches of n pictures, at most as many.
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
	p := newPass(net, newMaps(net.plans, n, net.machine.memory))
	for _, l := range p.layers {
		l.makeTrainable()
	}
	return p
}

func (p *pass) last() *activations { return p.layers[len(p.layers)-1] }

// output returns what the last forward computed.
func (p *pass) output() *featureMap { return p.last().y }

// forward computes every layer's y from the input map.
func (p *pass) forward(input *featureMap, by source) {
	p.net.derive()
	for _, l := range p.layers {
		l.forward(input, by)
		input = l.y
	}
}

// backward computes from the gradient in the last layer's dy those of all parameters (unless weights is
// false) and, in dinput if not nil, of the input. accumulate adds the parameters' to what is there.
func (p *pass) backward(dinput, input *featureMap, weights, accumulate bool) {
	for i := len(p.layers) - 1; i > 0; i-- {
		below := p.layers[i-1]
		p.layers[i].backward(below.dy, below.y, weights, accumulate)
	}
	p.layers[0].backward(dinput, input, weights, accumulate)
	if weights {
		for _, d := range p.net.derived {
			d.backward(accumulate)
		}
	}
}

// track moves every batch norm's running statistics towards this batch's, for the t-th time.
func (p *pass) track(t int64) {
	for _, l := range p.layers {
		l.track(t)
	}
}
