package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// activations holds what a layer computes for one batch: its maps, the batch's moments and, in training,
// the gradients of the maps.
//
// y shares x's memory, except in training with a batch norm, where backward needs both.
//
// dy holds the gradient of y and then, in the same memory, the gradient of x. With a batch norm it shares
// y's memory: when dy is written, the layer above has used y for the gradient of its weights, and the sign
// that the activation's gradient needs follows from x.
type activations struct {
	*layer
	x, y, dy *featureMap
	added    *featureMap // the map that the running forward adds, or nil

	// What the element-wise passes share, one number a channel.
	mean, variance   []float32 // of the batch
	centre           []float32 // the mean that forward normalised by
	scale, shift     []float32
	avgDv, avgDvXhat []float32
	shiftBack        []float32 // shift for the values that backward finds in x; 0 if these are y

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

// newActivations returns the activations of a layer that computes in the map x.
func newActivations(l *layer, x *featureMap) *activations {
	a := &activations{layer: l, x: x, y: x}
	channels := x.blocks * lanes
	for _, v := range []*[]float32{
		&a.mean, &a.variance, &a.centre, &a.scale, &a.shift, &a.avgDv, &a.avgDvXhat, &a.shiftBack,
	} {
		*v = make([]float32, channels)
	}
	for c := range a.scale {
		a.scale[c] = 1
	}
	if l.norm != nil {
		a.shiftBack = a.shift
	}
	a.groups = (x.n + a.groupLen() - 1) / a.groupLen()
	a.moments = make([]moments, a.groups*x.blocks)
	a.sums = make([][2][lanes]float64, a.groups*x.blocks)
	a.take, a.activate = a.takeMoments, a.activateTask
	a.gather, a.goBack = a.gatherTask, a.goBackTask
	return a
}

// makeTrainable allocates what only training needs. readers is the number of layers that read y.
func (a *activations) makeTrainable(readers int) {
	a.dy = newFeatureMap(a.machine.memory, a.x.n, a.Out, a.OutSize, a.x.pixel)
	switch {
	case a.norm != nil && readers > 1: // dy in y's memory would overwrite y before all readers have used it
		a.y = newFeatureMap(a.machine.memory, a.x.n, a.Out, a.OutSize, a.x.pixel)
	case a.norm != nil:
		a.y = a.dy
	}
}

// groupLen returns the number of pictures of a group.
func (a *activations) groupLen() int { return max(1, groupPixels/(a.OutSize*a.OutSize)) }

// part returns a task's block and its pictures from..to-1. Pictures are the outermost index, as
// in the tasks of convolutions, so that a thread finds most of them in its core's cache.
func (a *activations) part(task int) (block, from, to int) {
	block, group := task%a.x.blocks, task/a.x.blocks
	return block, group * a.groupLen(), min(a.x.n, (group+1)*a.groupLen())
}

// forward computes y from the layer's input and the map that it adds, or nil.
func (a *activations) forward(input, added *featureMap, by source) {
	a.compute(a.x, input)
	a.watch.lap(&a.accounts[stageForward])
	if a.norm != nil && by == ofBatch {
		a.measure()
		for b := range a.x.blocks {
			m := a.batchMoments(b)
			m.set(a.mean, a.variance, b)
		}
	}
	if a.added = added; added == nil && a.bias == nil && a.Activation == gan.Linear {
		return // y is x
	}
	a.prepare(by)
	a.machine.pool.Run(len(a.sums), a.activate)
	a.watch.lap(&a.accounts[stageActivate])
}

// measure takes the moments of x by groups.
func (a *activations) measure() { a.machine.pool.Run(len(a.moments), a.take) }

// batchMoments returns the moments of a block over the whole batch.
func (a *activations) batchMoments(block int) (sum moments) {
	for g := range a.groups {
		sum.merge(&a.moments[g*a.x.blocks+block])
	}
	return sum
}

func (a *activations) takeMoments(_, task int) {
	block, from, to := a.part(task)
	a.moments[task] = momentsOf(a.x, block, from, to)
}

// prepare sets scale and shift such that (x - mean)*scale + bias = x*scale + shift.
func (a *activations) prepare(by source) {
	if a.norm == nil {
		if a.bias != nil {
			copy(a.shift, a.bias.w)
		}
		for c := a.x.pixel; c < lanes; c++ { // the other pixels of a vector of short pixels
			a.shift[c] = a.shift[c%a.x.pixel]
		}
		return
	}
	mean, variance := a.mean, a.variance
	if by != ofBatch {
		mean, variance = a.norm.statistics(by)
	}
	for c := range mean {
		a.centre[c] = mean[c]
		a.scale[c] = invStd(variance[c])
		a.shift[c] = a.bias.w[c] - float32(mean[c]*a.scale[c])
	}
}

func (a *activations) activateTask(_, task int) {
	block, from, to := a.part(task)
	scale, shift := block16(a.scale, block), block16(a.shift, block)
	for n := from; n < to; n++ {
		if a.added != nil {
			a.x.add(a.added, n, block)
		}
		kernel.Normalize(a.y.shape(), a.y.pixels(n, block), a.x.pixels(n, block), scale, shift, a.slope)
		if a.Activation == gan.Tanh {
			for row := range a.y.size {
				y := a.y.inside(n, block, row)
				kernel.Tanh(y, y)
			}
		}
	}
}

// backward turns dy from the gradient of y into the gradient of x. If weights is true, it
// also computes the gradients of weight and bias. With accumulate it adds them to those
// that are there. It fills dinput, if not nil, with the gradient of the input.
func (a *activations) backward(dinput, input *featureMap, weights, accumulate bool) {
	a.summing = weights && a.bias != nil || a.norm != nil
	if a.summing || a.Activation != gan.Linear {
		a.machine.pool.Run(len(a.sums), a.gather)
	}
	if a.bias != nil {
		a.addUp(weights, accumulate)
	}
	if a.norm != nil {
		a.machine.pool.Run(len(a.sums), a.goBack)
	}
	a.watch.lap(&a.accounts[stageDeactivate])
	dx := a.dy
	if weights && a.weight != nil {
		a.gradient(dx, input, accumulate)
		a.watch.lap(&a.accounts[stageWeight])
	}
	if dinput != nil {
		a.inputGradient(dinput, dx)
		a.watch.lap(&a.accounts[stageData])
	}
}

// gatherTask sums dv, the gradient before the activation, which is also the bias's, and dv*xhat.
// It applies the gradient of tanh to dy. Without a batch norm it also turns dy into the gradient
// of x, which then does not depend on the sums, while dy is in the cache. Otherwise it does not
// change dy.
func (a *activations) gatherTask(_, task int) {
	block, from, to := a.part(task)
	mean, scale, shift := block16(a.centre, block), block16(a.scale, block), block16(a.shiftBack, block)
	var sums [2][lanes]float64
	for n := from; n < to; n++ {
		if a.Activation == gan.Tanh {
			for row := range a.x.size {
				dy := a.dy.inside(n, block, row)
				kernel.TanhGrad(dy, dy, a.x.inside(n, block, row)) // x is y
			}
		}
		if a.summing {
			kernel.GradMoments(a.x.shape(), a.dy.pixels(n, block), a.x.pixels(n, block),
				mean, scale, shift, a.slope, &sums[0], &sums[1])
		}
		if a.norm == nil && a.slope != 1 {
			a.toDx(block, n, n+1)
		}
	}
	a.sums[task] = sums
}

// addUp adds the groups' sums to the bias's gradient and, for a batch norm, divides them by the
// number of values of a channel.
func (a *activations) addUp(weights, accumulate bool) {
	count := float64(a.x.n * a.x.size * a.x.size)
	for b := range a.x.blocks {
		var total [2][lanes]float64
		for g := range a.groups {
			s := &a.sums[g*a.x.blocks+b]
			for c := range lanes {
				total[0][c] += s[0][c]
				total[1][c] += s[1][c]
			}
		}
		for c := a.x.pixel; c < lanes; c++ { // the other pixels of a vector of short pixels
			total[0][c%a.x.pixel] += total[0][c]
			total[0][c] = 0
		}
		for c := range lanes {
			i := b*lanes + c
			if weights && accumulate {
				a.bias.g[i] += float32(total[0][c])
			} else if weights {
				a.bias.g[i] = float32(total[0][c])
			}
			if a.norm != nil {
				a.avgDv[i] = float32(total[0][c] / count)
				a.avgDvXhat[i] = float32(total[1][c] / count)
			}
		}
	}
}

func (a *activations) goBackTask(_, task int) { a.toDx(a.part(task)) }

// toDx turns dy of a block of the pictures from..to-1 into the gradient of x, through
// the activation and, with a batch norm, through mean and variance.
func (a *activations) toDx(block, from, to int) {
	mean, scale, shift := block16(a.centre, block), block16(a.scale, block), block16(a.shiftBack, block)
	avgDv, avgDvXhat := block16(a.avgDv, block), block16(a.avgDvXhat, block)
	for n := from; n < to; n++ {
		dy := a.dy.pixels(n, block)
		kernel.NormGrad(a.x.shape(), dy, dy, a.x.pixels(n, block), mean, scale, shift, avgDv, avgDvXhat, a.slope)
	}
}

// track moves the batch norm's running statistics towards the batch's, for the t-th time.
func (a *activations) track(t int64) {
	if a.norm != nil {
		a.norm.track(a.mean, a.variance, t)
	}
}
