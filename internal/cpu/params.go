package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// parameter is one trained tensor in the engine's layout: a convolution's weights
// (conv.go) or a vector of one number a channel, padded to whole blocks. The padding is
// zero, has zero gradients and so stays zero. Weights of taps that only ever see zeros
// have zero gradients too, so that they do not change and their moments stay zero. They
// are idle, and kept separately for the files.
type parameter struct {
	gan.Named
	conv       *conv // of weights; nil for a vector
	w, m, v, g []float32
	average    []float32 // of w over the steps, or nil
	idle       []float32 // weights of taps that only see zeros, in canonical order
}

// trained is what a layer learns.
type trained struct{ weight, bias *parameter }

// newTrained returns a layer's weights, as its convolution has them, and bias, without memory.
func newTrained(spec *gan.Layer, c *conv) trained {
	p := gan.Parameters([]gan.Layer{*spec})
	return trained{
		weight: &parameter{Named: gan.Named{Name: p[0].Name, Kind: p[0].Kind, Shape: spec.KernelShape()}, conv: c},
		bias:   &parameter{Named: p[1]},
	}
}

func (p *parameter) len() int {
	if p.conv != nil {
		return p.conv.weightLen()
	}
	return blocksOf(p.Shape[0]) * lanes
}

// idleLen returns the number of weights of taps that only see zeros.
func (p *parameter) idleLen() int {
	if p.conv == nil {
		return 0
	}
	c := p.conv
	return (c.kernel*c.kernel - c.tapCount()) * c.narrowC * c.wideC
}

// pack fills dst, in the engine's layout, and the idle elements from a canonical tensor.
func (p *parameter) pack(dst, idle []float32, t *tensor.Tensor) {
	clear(dst)
	p.each(func(engine, canonical int) { dst[engine] = t.Data[canonical] },
		func(i, canonical int) { idle[i] = t.Data[canonical] })
}

// unpackTo fills dst, in canonical order, from src, in the engine's layout, and the idle
// elements, which are zeros if idle is nil.
func (p *parameter) unpackTo(dst, src, idle []float32) {
	p.each(func(engine, canonical int) { dst[canonical] = src[engine] },
		func(i, canonical int) {
			dst[canonical] = 0
			if idle != nil {
				dst[canonical] = idle[i]
			}
		})
}

// each calls move for every element in use, with its index in both layouts, and rest for
// every idle element, with its index among the idle ones.
func (p *parameter) each(move, rest func(from, canonical int)) {
	if p.conv == nil {
		for i := range p.Shape[0] {
			move(i, i)
		}
		return
	}
	c, at, idle := p.conv, 0, 0
	for n := range c.narrowC {
		for w := range c.wideC {
			block := (n/lanes*c.wideBlocks+w/lanes)*c.blockLen + w%lanes*lanes + n%lanes
			for y := range c.kernel {
				for x := range c.kernel {
					if c.used(y) && c.used(x) {
						move(block+c.index(tap{y, x})*c.wideLen*lanes, at)
					} else {
						rest(idle, at)
						idle++
					}
					at++
				}
			}
		}
	}
}

// parameters holds all parameters of a network in contiguous arrays, over which Adam makes one pass.
type parameters struct {
	list       []*parameter
	w, m, v, g []float32
	average    []float32 // of w over the steps, or nil
	updates    int64     // Adam's t

	machine *machine
	watch   *stopwatch // nil without a profile
	account account    // of Adam
	task    func(worker, i int)

	averageTask func(worker, i int)
	rate        float32
	beta1       float32
	beta2       float32
	pull        float32 // of the average towards w
}

// allocate gives every parameter its memory. Only a trainable network gets m, v and a
// gradient. D and G share the gradient's memory, since they never need it at once.
func (p *parameters) allocate(gradient []float32, trainable bool) {
	n := p.len()
	p.w = p.machine.memory.floats(n)
	if trainable {
		p.m, p.v, p.g = p.machine.memory.floats(n), p.machine.memory.floats(n), cut(gradient, 0, n)
	}
	at := 0
	for _, q := range p.list {
		q.idle = p.machine.memory.floats(q.idleLen())
		end := at + q.len()
		q.w = cut(p.w, at, end)
		if trainable {
			q.m, q.v, q.g = cut(p.m, at, end), cut(p.v, at, end), cut(p.g, at, end)
		}
		at = end
	}
}

// allocateAverage gives every parameter the place of its average.
func (p *parameters) allocateAverage() {
	p.average = p.machine.memory.floats(p.len())
	at := 0
	for _, q := range p.list {
		q.average = cut(p.average, at, at+q.len())
		at += q.len()
	}
}

func (p *parameters) len() (n int) {
	for _, q := range p.list {
		n += q.len()
	}
	return n
}

// setState sets the parameters. A network that is not trained takes the averages, if there
// are any, because it only samples.
func (p *parameters) setState(s *gan.State) {
	for _, q := range p.list {
		w, average := q.Name, q.As(gan.Average).Name
		if _, averaged := s.Tensors[average]; averaged && q.m == nil {
			w = average
		}
		if q.m != nil {
			q.pack(q.m, q.idle, s.Load(q.As(gan.FirstMoment).Name))
			q.pack(q.v, q.idle, s.Load(q.As(gan.SecondMoment).Name))
		}
		if q.average != nil {
			q.pack(q.average, q.idle, s.Load(average))
		}
		q.pack(q.w, q.idle, s.Load(w)) // last, since the idle elements are those of the weights
	}
}

// state calls add with each parameter and the function that writes its numbers.
func (p *parameters) state(add func(n gan.Named, fill func(dst []float32))) {
	for _, q := range p.list {
		add(q.Named, func(dst []float32) { q.unpackTo(dst, q.w, q.idle) })
		add(q.As(gan.FirstMoment), func(dst []float32) { q.unpackTo(dst, q.m, nil) })
		add(q.As(gan.SecondMoment), func(dst []float32) { q.unpackTo(dst, q.v, nil) })
		if q.average != nil {
			add(q.As(gan.Average), func(dst []float32) { q.unpackTo(dst, q.average, q.idle) })
		}
	}
}
