package cpu

import (
	"slices"

	"dcgan/internal/kernel"
)

// penalty computes the gradient of D's loss and of the zero-centred gradient penalties together (Mescheder
// et al. 2018: R1, on real pictures, and R2, on generated ones),
//
//	L + gamma/2 * mean over the pictures n of |g_n|^2,   g_n = dD/dx_n
//
// in closed form. A discriminator of convolutions, resampling, sums, biases and (leaky) ReLUs is piecewise linear:
// near x_n it is a sum of products of matrices, and the penalty is a polynomial in them. In a chain of layers with
// outputs a_l, a_0 = x, let
//
//	delta_l   the gradient of the logit with respect to layer l's sum, from a backward pass of 1; g = dD/da_0
//	t_l       the tangent: g sent forward through the layers without biases, with the ReLU masks of x; t_0 = g
//	s_n       the slope of the loss, dL/dD(x_n)
//
// The derivative of |g|^2/2 with respect to W_l is delta_l (x) t_{l-1}, since g is linear in each W_l and t is the
// same product from the other end. One weight pass for each layer therefore computes both gradients,
//
//	dW_l = sum over n of delta_l (x) (s_n a_{l-1} + gamma/N t_{l-1}),   db_l = sum over n of s_n delta_l
//
// Where layers branch, l-1 stands for the map that layer l reads, and a layer that adds a map adds its tangent.
//
// A batch norm would couple the pictures, so a discriminator with one is refused.
type penalty struct {
	machine  *machine
	tangents maps  // tangents by map; the operands of the weight passes then replace them
	last     []int // the last layer that uses each map

	// Of the running call.
	batch  *batch
	gamma  float32          // gamma / N
	layer  int              // of mask and biases
	mixed  int              // the map of mix
	sums   [][lanes]float64 // of squares of g, one a picture
	mask   func(worker, task int)
	mix    func(worker, task int)
	biases func(worker, task int)
	square func(worker, n int)
	add    bool
}

// newPenalty returns the penalty of passes of net over n pictures.
func newPenalty(net *network, n int) *penalty {
	p := &penalty{machine: net.machine}
	p.tangents = newMaps(net.plans[:len(net.plans)-1], n, net.machine.memory)
	p.last = make([]int, len(p.tangents))
	for i := range p.tangents {
		for _, l := range slices.Concat(net.uses[i].reads, net.uses[i].adds) {
			p.last[i] = max(p.last[i], l)
		}
	}
	p.sums = make([][lanes]float64, n)
	p.mask, p.mix, p.biases, p.square = p.maskTask, p.mixTask, p.biasTask, p.squareTask
	return p
}

// differentiate returns g, the gradient of D's logits with respect to the pictures of the batch. learn reads it there.
func (p *penalty) differentiate(b *batch) *featureMap {
	for n := range b.logits {
		b.last().dy.inside(n, 0, 0)[0] = 1
	}
	b.backward(p.tangents[0], b.seen, false, false)
	return p.tangents[0]
}

// learn computes the gradient of D's parameters from g and the batch's slopes. With accumulate it adds to the gradient
// that is there. It returns the mean of |g_n|^2.
func (p *penalty) learn(b *batch, gamma float64, accumulate bool) float64 {
	p.batch, p.gamma, p.add = b, float32(gamma/float64(len(b.logits))), accumulate
	p.machine.pool.Run(len(p.sums), p.square)
	for l := range b.layers {
		if l+1 < len(p.tangents) {
			p.tangent(l)
		}
		for i, last := range p.last {
			if last == l {
				p.weights(i)
			}
		}
	}
	b.net.backwardDerived()
	return p.meanSquare()
}

// tangent computes the tangent of layer l's map.
func (p *penalty) tangent(l int) {
	p.layer = l
	a, plan, t := p.batch.layers[l], &p.batch.net.plans[l], p.tangents[l+1]
	a.compute(t, p.tangents[plan.source])
	if plan.added != noMap {
		p.machine.sum.add(t, p.tangents[plan.added])
	}
	a.watch.lap(&a.accounts[stageForward])
	if a.slope != 1 {
		p.machine.pool.Run(len(a.sums), p.mask)
	}
}

// weights computes the gradients of all layers that read map i, whose tangent no layer needs any longer.
func (p *penalty) weights(i int) {
	p.mixed = i
	mixed := false
	for _, l := range p.batch.net.uses[i].reads {
		a := p.batch.layers[l]
		if !a.Convolves() {
			continue
		}
		if p.layer = l; !mixed {
			mixed = true
			p.machine.pool.Run(p.tangents[i].n*p.tangents[i].blocks, p.mix)
		}
		p.machine.pool.Run(a.x.blocks, p.biases)
		a.watch.lap(&a.accounts[stageDeactivate])
		a.gradient(a.dy, p.tangents[i], p.add)
		a.watch.lap(&a.accounts[stageWeight])
	}
}

// maskTask multiplies a tangent by the slope that the activation had in the batch's forward pass.
func (p *penalty) maskTask(_, task int) {
	a, t := p.batch.layers[p.layer], p.tangents[p.layer+1]
	block, from, to := a.part(task)
	for n := from; n < to; n++ {
		pixels := t.pixels(n, block)
		kernel.NormGrad(t.shape(), pixels, pixels, a.y.pixels(n, block),
			&zeros16, &ones16, &zeros16, &zeros16, &zeros16, a.slope)
	}
}

// mixTask replaces a block of a picture's tangent by s*a + gamma/N*t.
func (p *penalty) mixTask(_, task int) {
	t, a := p.tangents[p.mixed], p.batch.read(p.mixed, p.batch.seen)
	n, block := task/t.blocks, task%t.blocks
	s, gamma := float32(p.batch.slopes[n]), p.gamma
	for y := range t.size {
		row, from := t.inside(n, block, y), a.inside(n, block, y)
		from = from[:len(row)]
		for i, v := range row {
			row[i] = float32(s*from[i]) + float32(gamma*v)
		}
	}
}

// biasTask computes the gradient of a block of biases.
func (p *penalty) biasTask(_, block int) {
	a := p.batch.layers[p.layer]
	var total [lanes]float64
	for n, s := range p.batch.slopes {
		var sum, squares [lanes]float64
		kernel.Moments(a.dy.shape(), a.dy.pixels(n, block), &zeros16, &sum, &squares)
		for c, v := range sum {
			total[c] += float64(float32(s)) * v
		}
	}
	g := block16(a.bias.g, block)
	for c, v := range total {
		if !p.add {
			g[c] = 0
		}
		g[c] += float32(v)
	}
}

// squareTask sums the squares of a picture's g, over the channels too.
func (p *penalty) squareTask(_, n int) {
	g := p.tangents[0]
	var sum, squares [lanes]float64
	for block := range g.blocks {
		kernel.Moments(g.shape(), g.pixels(n, block), &zeros16, &sum, &squares)
	}
	p.sums[n] = squares
}

func (p *penalty) meanSquare() (mean float64) {
	for n := range p.sums {
		for _, v := range p.sums[n] {
			mean += v / float64(len(p.sums))
		}
	}
	return mean
}

var zeros16, ones16, minusOnes16 = [lanes]float32{}, filled16(1), filled16(-1)

func filled16(v float32) (all [lanes]float32) {
	for i := range all {
		all[i] = v
	}
	return all
}
