package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// layout returns the plan of a layer that stands alone: its wide map holds pictures where it can.
func layout(l *gan.Layer) *plan {
	if fitsShortPixels(l) {
		return &plan{Layer: *l, added: noMap, widePixel: shortPixel}
	}
	return &plan{Layer: *l, added: noMap, widePixel: lanes}
}

func geometryOf(l *gan.Layer) geometry { return newGeometry(l, layout(l).widePixel) }

// machineFor returns a machine with scratch memory for each of some layers.
func machineFor(threads int, f form, layers ...gan.Layer) *machine {
	var plans []plan
	for i := range layers {
		plans = append(plans, *layout(&layers[i]))
	}
	return newMachine(&memory{}, threads, f, plans)
}

// alone returns a network of some layers, ready to train, and a pass of it over n pictures.
func alone(specs gan.Network, n int, m *machine, gradient func(n int) []float32) (*network, *pass) {
	in, out := lanes, lanes
	list := computed(specs)
	if fitsShortPixels(&list[0]) {
		in = shortPixel
	}
	if fitsShortPixels(&list[len(list)-1]) {
		out = shortPixel
	}
	net := newNetwork(specs, plansOf(specs, in, out), m)
	net.allocate(gradient(net.len()), true)
	return net, newTrainingPass(net, n)
}

func zeros(n int) []float32 { return make([]float32, n) }

func newTestMap(n, channels, size, pixel int) *featureMap {
	return newFeatureMap(&memory{}, n, channels, size, pixel)
}

// foldOf returns the network's fold, or nil.
func (net *network) foldOf() *fold {
	for _, d := range net.derived {
		if f, ok := d.(*fold); ok {
			return f
		}
	}
	return nil
}

// show makes a batch the step's, as Step does.
func (e *Engine) show(real, z *tensor.Tensor) {
	e.pictures.set(real)
	e.painted.input.set(z)
}
