package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// layer is a convolution with what follows it, over a batch:
//
//	x = conv(input)
//	y = activation((x - mean) * scale + bias)
//
// with the batch norm's mean and scale = 1/sqrt(var + epsilon), whose beta is the
// bias; without one, mean is 0 and scale 1. y takes x's memory, unless backward
// needs both: in training with a batch norm.
//
// dy holds the gradient of y and then, in the same memory, that of x. With a batch norm
// it takes y's memory: when dy comes, the layer above has used y for the gradient of
// its weights, and the sign that the activation's gradient needs follows from x.
type layer struct {
	*gan.Layer
	trained
	conv     *conv
	norm     *batchNorm // nil without one
	slope    float32    // of the activation where x < 0
	x, y, dy *featureMap
	pool     *kernel.Pool
	watch    *stopwatch // nil without a profile
	accounts [passes]account

	// What the element-wise passes share, a number a channel.
	mean, scale, shift []float32
	avgDv, avgDvXhat   []float32
	shiftBack          []float32 // of what backward finds in x: shift, or 0 where that is y

	// A task of these passes is a block of channels of a group of pictures; sums
	// over the batch add up the groups in order.
	groups   int
	moments  []moments
	sums     [][2][lanes]float64 // of dv, of dv*xhat
	summing  bool                // whether backward needs them
	take     func(worker, task int)
	activate func(worker, task int)
	gather   func(worker, task int)
	goBack   func(worker, task int)
}

// groupPixels is the least number of pixels in a task of an element-wise pass.
const groupPixels = 2048

// newLayer returns a layer that computes in the map x.
func newLayer(spec *gan.Layer, x *featureMap, m *machine) *layer {
	l := &layer{Layer: spec, pool: m.pool, conv: newConv(spec, m)}
	l.trained = newTrained(spec, l.conv)
	channels := l.bias.len()
	for _, v := range []*[]float32{&l.mean, &l.scale, &l.shift, &l.avgDv, &l.avgDvXhat, &l.shiftBack} {
		*v = make([]float32, channels)
	}
	for c := range l.scale {
		l.scale[c] = 1
	}
	switch spec.Activation {
	case gan.Linear, gan.Tanh:
		l.slope = 1
	case gan.LeakyReLU:
		l.slope = gan.LeakySlope
	}
	l.x, l.y = x, x
	if spec.BatchNorm != "" {
		l.norm = newBatchNorm(spec.BatchNorm, channels)
		l.shiftBack = l.shift
	}
	l.groups = (x.n + l.groupLen() - 1) / l.groupLen()
	l.moments = make([]moments, l.groups*l.x.blocks)
	l.sums = make([][2][lanes]float64, l.groups*l.x.blocks)
	l.take, l.activate = l.takeMoments, l.activateTask
	l.gather, l.goBack = l.gatherTask, l.goBackTask
	return l
}

// makeTrainable gives the layer what only training needs.
func (l *layer) makeTrainable() {
	l.dy = newFeatureMap(l.x.n, l.Out, l.OutSize, l.x.pixel)
	if l.norm != nil {
		l.y = l.dy
	}
}

// groupLen is the number of pictures of a group.
func (l *layer) groupLen() int { return max(1, groupPixels/(l.OutSize*l.OutSize)) }

// part is a task's block and pictures from..to-1. Pictures are outermost, as in the convolutions'
// lists, so that a thread finds most of them where it left them.
func (l *layer) part(task int) (block, from, to int) {
	block, group := task%l.x.blocks, task/l.x.blocks
	return block, group * l.groupLen(), min(l.x.n, (group+1)*l.groupLen())
}

// convolve computes x from the layer's input.
func (l *layer) convolve(input *featureMap) {
	if l.Transposed {
		l.conv.backwardData(l.x, input, l.weight.w)
	} else {
		l.conv.forward(l.x, input, l.weight.w)
	}
}

// forward computes y from the layer's input.
func (l *layer) forward(input *featureMap, by source) {
	l.convolve(input)
	l.watch.lap(&l.accounts[passForward])
	if l.norm != nil && by == ofBatch {
		l.measure()
		for b := range l.x.blocks {
			m := l.batchMoments(b)
			m.set(l.norm.mean, l.norm.variance, b)
		}
	}
	l.prepare(by)
	l.pool.Run(len(l.sums), l.activate)
	l.watch.lap(&l.accounts[passActivate])
}

// measure takes the moments of x by groups.
func (l *layer) measure() { l.pool.Run(len(l.moments), l.take) }

// batchMoments are those of a block over the whole batch.
func (l *layer) batchMoments(block int) (sum moments) {
	for g := range l.groups {
		sum.merge(&l.moments[g*l.x.blocks+block])
	}
	return sum
}

func (l *layer) takeMoments(_, task int) {
	block, from, to := l.part(task)
	l.moments[task] = momentsOf(l.x, block, from, to)
}

// prepare sets scale and shift such that (x - mean)*scale + bias = x*scale + shift.
func (l *layer) prepare(by source) {
	if l.norm == nil {
		copy(l.shift, l.bias.w)
		for c := l.x.pixel; c < lanes; c++ { // the other pixels of a vector of a thin map
			l.shift[c] = l.shift[c%l.x.pixel]
		}
		return
	}
	mean, variance := l.norm.statistics(by)
	for c := range mean {
		l.mean[c] = mean[c]
		l.scale[c] = invStd(variance[c])
		l.shift[c] = l.bias.w[c] - float32(mean[c]*l.scale[c])
	}
}

func (l *layer) activateTask(_, task int) {
	block, from, to := l.part(task)
	scale, shift := block16(l.scale, block), block16(l.shift, block)
	for n := from; n < to; n++ {
		kernel.Normalize(l.y.shape(), l.y.pixels(n, block), l.x.pixels(n, block), scale, shift, l.slope)
		if l.Activation == gan.Tanh {
			for row := range l.y.size {
				y := l.y.inside(n, block, row)
				kernel.Tanh(y, y)
			}
		}
	}
}

// backward turns dy from the gradient of y into that of x, and computes those of
// weight and bias unless weights is false; accumulate adds them to what is there.
// It fills dinput, if not nil, with the gradient of the input.
func (l *layer) backward(dinput, input *featureMap, weights, accumulate bool) {
	l.summing = weights || l.norm != nil
	l.pool.Run(len(l.sums), l.gather)
	l.average(weights, accumulate)
	if l.norm != nil {
		l.pool.Run(len(l.sums), l.goBack)
	}
	l.watch.lap(&l.accounts[passDeactivate])
	dx := l.dy
	if weights {
		l.gradient(dx, input, accumulate)
		l.watch.lap(&l.accounts[passWeight])
	}
	if dinput != nil {
		l.passBack(dinput, dx)
		l.watch.lap(&l.accounts[passData])
	}
}

// gradient computes the weights' gradient, or adds it to what is there.
func (l *layer) gradient(dx, input *featureMap, accumulate bool) {
	if l.Transposed {
		l.conv.backwardWeight(l.weight.g, dx, input, accumulate)
	} else {
		l.conv.backwardWeight(l.weight.g, input, dx, accumulate)
	}
}

// passBack computes the gradient of the layer's input.
func (l *layer) passBack(dinput, dx *featureMap) {
	if l.Transposed {
		l.conv.forward(dinput, dx, l.weight.w)
	} else {
		l.conv.backwardData(dinput, dx, l.weight.w)
	}
}

// gatherTask sums the gradient before the activation, dv, that of the bias, and
// dv*xhat. It leaves dy as it is, but for tanh, which it goes back through, and without a
// batch norm: there nothing waits for the sums, and dy goes on at once, while it is near.
func (l *layer) gatherTask(_, task int) {
	block, from, to := l.part(task)
	mean, scale, shift := block16(l.mean, block), block16(l.scale, block), block16(l.shiftBack, block)
	var sums [2][lanes]float64
	for n := from; n < to; n++ {
		if l.Activation == gan.Tanh {
			for row := range l.x.size {
				dy := l.dy.inside(n, block, row)
				kernel.TanhGrad(dy, dy, l.x.inside(n, block, row)) // x is y
			}
		}
		if l.summing {
			kernel.GradMoments(l.x.shape(), l.dy.pixels(n, block), l.x.pixels(n, block), mean, scale, shift, l.slope, &sums[0], &sums[1])
		}
		if l.norm == nil && l.slope != 1 {
			l.toDx(block, n, n+1)
		}
	}
	l.sums[task] = sums
}

// average adds up the groups' sums: into the bias's gradient and, for the batch
// norm, divided by the number of values of a channel.
func (l *layer) average(weights, accumulate bool) {
	count := float64(l.x.n * l.x.size * l.x.size)
	for b := range l.x.blocks {
		var total [2][lanes]float64
		for g := range l.groups {
			s := &l.sums[g*l.x.blocks+b]
			for c := range lanes {
				total[0][c] += s[0][c]
				total[1][c] += s[1][c]
			}
		}
		for c := l.x.pixel; c < lanes; c++ { // the other pixels of a vector of a thin map
			total[0][c%l.x.pixel] += total[0][c]
			total[0][c] = 0
		}
		for c := range lanes {
			i := b*lanes + c
			if weights && accumulate {
				l.bias.g[i] += float32(total[0][c])
			} else if weights {
				l.bias.g[i] = float32(total[0][c])
			}
			if l.norm != nil {
				l.avgDv[i] = float32(total[0][c] / count)
				l.avgDvXhat[i] = float32(total[1][c] / count)
			}
		}
	}
}

func (l *layer) goBackTask(_, task int) { l.toDx(l.part(task)) }

// toDx turns dy of a block of the pictures from..to-1 into the gradient of x, through
// the activation and, with a batch norm, through mean and variance.
func (l *layer) toDx(block, from, to int) {
	mean, scale, shift := block16(l.mean, block), block16(l.scale, block), block16(l.shiftBack, block)
	a, b := block16(l.avgDv, block), block16(l.avgDvXhat, block)
	for n := from; n < to; n++ {
		dy := l.dy.pixels(n, block)
		kernel.NormGrad(l.x.shape(), dy, dy, l.x.pixels(n, block), mean, scale, shift, a, b, l.slope)
	}
}
