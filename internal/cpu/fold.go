package cpu

import (
	"slices"

	"dcgan/internal/gan"
)

// fold makes one layer of the generator's last two. The first of them, up, is a
// transposed convolution with a bias and no activation, the second, mix, a 1x1
// convolution. Both are linear, so their composition is a transposed convolution
// like the first, straight to the picture's few channels: with up's weights u, and
// mix's weights m and bias c,
//
//	w[o, i, tap] = sum over k of m[o, k] * u[i, k, tap]
//	bias[o]      = c[o] + sum over k of m[o, k] * b[k]
//
// for output channel o, input channel i and the inner channels k. The map of k,
// the network's largest, and its gradient are never computed. By the chain rule the
// gradients of what is trained follow from dw and dbias,
//
//	du[i, k, tap] = sum over o of m[o, k] * dw[o, i, tap]
//	dm[o, k]      = sum over i, tap of u[i, k, tap] * dw[o, i, tap]  +  b[k] * dbias[o]
//	db[k]         = sum over o of m[o, k] * dbias[o],   dc = dbias
//
// At the reference's widths this leaves a twentieth of the two layers' operations.
// w is computed anew for each forward pass, with sums in float64.
type fold struct {
	layer    *layer // that stands for both
	up, mix  trained
	machine  *machine
	watch    *stopwatch // nil without a profile
	account  account
	weigh    func(worker, block int)
	gradient func(worker, k int)
}

// foldable reports whether the last two of a network's layers can be one: nothing else may touch the map between.
func foldable(specs gan.Network) bool {
	last := len(specs) - 1
	if last < 1 || specs.Reads(last) != last-1 {
		return false
	}
	up, mix := &specs[last-1], &specs[last]
	return up.Op == gan.TransposedConvolution && up.Bias() && up.Activation == gan.Linear && up.Add == "" &&
		mix.Op == gan.Convolution && mix.Kernel == 1 && mix.Bias() && mix.Add == ""
}

// computed lists the layers that a network computes: the trained ones, the last
// two as one if that can be.
func computed(specs gan.Network) gan.Network {
	if !foldable(specs) {
		return specs
	}
	n := len(specs) - 2
	l, mix := specs[n], specs[n+1]
	l.Name += "+logits"
	l.Out, l.Activation = mix.Out, mix.Activation
	return append(slices.Clone(specs[:n]), l)
}

// newFold returns the fold of two layers into one that exists.
func newFold(up, mix *gan.Layer, l *layer, m *machine) *fold {
	f := &fold{
		layer: l, machine: m,
		up:  newTrained(up, newConv(&plan{Layer: *up, widePixel: lanes}, m)),
		mix: newTrained(mix, newConv(&plan{Layer: *mix, widePixel: lanes}, m)),
	}
	for _, p := range []*parameter{l.weight, l.bias} {
		p.w, p.g = m.memory.floats(p.len()), m.memory.floats(p.len())
	}
	f.weigh, f.gradient = f.weighBlock, f.gradientOf
	return f
}

func (f *fold) watched(w *stopwatch) { f.watch, f.account = w, account{} }

func (f *fold) taken() PassTime {
	return PassTime{Pass: "fold of the generator", Runs: f.account.runs, Time: f.account.time}
}

// mixWeights is the place of m[., k] in mix's weights: a run of 16 output channels.
func (f *fold) mixWeights(v []float32, k int) *[lanes]float32 {
	c := f.mix.weight.conv
	return (*[lanes]float32)(v[k/lanes*c.blockLen+k%lanes*lanes:])
}

// upWeights is the place of u[., k, tap] in up's weights: the 16 input channels of a block.
func (f *fold) upWeights(v []float32, block, k, tap int) *[lanes]float32 {
	c := f.up.weight.conv
	return (*[lanes]float32)(v[(block*c.wideBlocks+k/lanes)*c.blockLen+(tap*c.wideLen+k%lanes)*lanes:])
}

// foldedWeights is the place of w[o, ., tap].
func (f *fold) foldedWeights(v []float32, block, o, tap int) *[lanes]float32 {
	c := f.layer.conv
	return (*[lanes]float32)(v[block*c.blockLen+(tap*c.wideLen+o)*lanes:])
}

func (f *fold) taps() int { return f.layer.Kernel * f.layer.Kernel }

// channels is the number of k, with those that pad the last block.
func (f *fold) channels() int { return f.up.weight.conv.wideBlocks * f.up.weight.conv.wideLen }

// derive computes the layer's weights and bias.
func (f *fold) derive() {
	f.machine.pool.Run(f.layer.conv.narrowBlocks, f.weigh)
	for o := range f.layer.Out {
		sum := float64(f.mix.bias.w[o])
		for k := range f.channels() {
			sum += float64(f.mixWeights(f.mix.weight.w, k)[o]) * float64(f.up.bias.w[k])
		}
		f.layer.bias.w[o] = float32(sum)
	}
	f.watch.lap(&f.account)
}

func (f *fold) weighBlock(_, block int) {
	for tap := range f.taps() {
		for o := range f.layer.Out {
			var sum [lanes]float64
			for k := range f.channels() {
				m := float64(f.mixWeights(f.mix.weight.w, k)[o])
				for i, u := range f.upWeights(f.up.weight.w, block, k, tap) {
					sum[i] += m * float64(u)
				}
			}
			w := f.foldedWeights(f.layer.weight.w, block, o, tap)
			for i := range w {
				w[i] = float32(sum[i])
			}
		}
	}
}

// backward computes the gradients of what is trained from the layer's.
func (f *fold) backward() {
	clear(f.up.bias.g) // what pads it too
	f.machine.pool.Run(f.channels(), f.gradient)
	copy(f.mix.bias.g, f.layer.bias.g)
	f.watch.lap(&f.account)
}

// gradientOf computes all gradients that belong to channel k.
func (f *fold) gradientOf(_, k int) {
	m := f.mixWeights(f.mix.weight.w, k)
	var dm [lanes]float64
	for block := range f.layer.conv.narrowBlocks {
		for tap := range f.taps() {
			u := f.upWeights(f.up.weight.w, block, k, tap)
			var du [lanes]float32
			for o := range f.layer.Out {
				for i, dw := range f.foldedWeights(f.layer.weight.g, block, o, tap) {
					du[i] += float32(m[o] * dw)
					dm[o] += float64(u[i]) * float64(dw)
				}
			}
			*f.upWeights(f.up.weight.g, block, k, tap) = du
		}
	}
	var db float64
	for o, d := range f.layer.bias.g[:f.layer.Out] {
		dm[o] += float64(f.up.bias.w[k]) * float64(d)
		db += float64(m[o]) * float64(d)
	}
	var dmix [lanes]float32
	for o, d := range dm {
		dmix[o] = float32(d)
	}
	*f.mixWeights(f.mix.weight.g, k) = dmix
	f.up.bias.g[k] = float32(db)
}
