package cpu

// conv computes one layer's convolution by three primitives on the geometry's two
// maps, in the terms of the convolution from wide to narrow:
//
//	forward         narrow = conv(wide, w)
//	backwardData    wide   = the transpose of conv, applied to narrow
//	backwardWeight  dw     = the products of wide and narrow pixels that meet
//
// A convolution layer uses them for what they are named. For a transposed
// convolution backwardData is the forward pass, forward passes the gradient back
// to its input, and backwardWeight takes its maps the same way.
//
// All three are sums over runs of contiguous floats, which is what kernel.Tile
// takes: no im2col, no copy of a map.
//
// The weights are laid out [narrow block][wide block][tap][wide channel][16 narrow
// channels], as forward reads them: a run is the wide channels of one tap. Taps that only
// ever see zeros have no place there.
// backwardData reads the same blocks transposed; it makes that copy itself, unless the weights
// never change (network.transposeOnce).
//
// Kernel-4 stride-2 convolutions have a second form besides that sum, with fewer
// products (winograd.go). Which one computes a pass is a matter of the layer's shape
// alone.
type conv struct {
	geometry
	machine *machine

	narrowBlocks, wideBlocks int
	blockLen                 int // weights of a (narrow block, wide block): tapCount * wideLen * 16

	toNarrow, toWide product
	picture          *picturePass // instead of toWide, for maps of pictures; or nil
	weight           weightProduct
	transpose        transposeTask
	transposed       bool // the weights are as backwardData reads them: a sampler's

	// nil where the direct form computes the pass
	winoNarrow, winoWide *winograd
	winoWeight           *winogradWeight
}

// newConv returns the convolution of a layer that Supports allows.
func newConv(p *plan, m *machine) *conv {
	g := newGeometry(&p.Layer, p.widePixel)
	c := &conv{
		geometry: g, machine: m,
		narrowBlocks: blocksOf(g.narrowC), wideBlocks: blocksOf(g.wideC),
		blockLen: g.tapCount() * g.wideLen * lanes,
	}
	c.toNarrow = newProduct(c.forwardPhases(), c.narrowBlocks, c.wideLen, m.tiles)
	if c.picture = newPicturePass(c); c.picture != nil {
		c.toNarrow = newProduct(c.picturePhases(), c.narrowBlocks, c.kernel, m.tiles)
		c.toNarrow.stepA, c.toNarrow.stepB = shortPixel, c.wideLen*lanes
	} else {
		c.toWide = newProduct(c.backwardPhases(), c.wideBlocks, c.narrowLen, m.tiles)
	}
	c.weight = newWeightProduct(c, m.tiles)
	c.transpose = newTransposeTask(c)
	if c.winogradPays(m.form, c.narrow == 2) {
		c.winoNarrow = newWinograd(c, false)
	}
	if c.winogradPays(m.form, false) {
		c.winoWide, c.winoWeight = newWinograd(c, true), newWinogradWeight(c)
	}
	return c
}

// scratch is the scratch memory that the passes need.
func (c *conv) scratch() (need scratch) {
	switch {
	case c.picture != nil:
		need.include(c.picture.scratch())
	case c.winoWide == nil:
		need.shared = c.transposedLen() / c.wideBlocks * c.transposedBlocks()
	}
	for _, p := range []*winograd{c.winoNarrow, c.winoWide} {
		if p != nil {
			need.include(p.scratch())
		}
	}
	if c.winoWeight != nil {
		need.include(c.winoWeight.scratch())
	}
	return need
}

// weightLen is the number of weights in the engine's layout.
func (c *conv) weightLen() int { return c.narrowBlocks * c.wideBlocks * c.blockLen }

// transposedLen is the number of floats of all weights transposed.
func (g *geometry) transposedLen() int {
	return blocksOf(g.narrowC) * blocksOf(g.wideC) * g.tapCount() * g.narrowLen * lanes
}

// forward computes narrow from wide.
func (c *conv) forward(narrow, wide *featureMap, w []float32) {
	if c.winoNarrow != nil {
		c.winoNarrow.run(c.machine, narrow, wide, w)
		return
	}
	c.toNarrow.run(c.machine.pool, narrow, wide, w)
}

// backwardData computes wide from narrow.
func (c *conv) backwardData(wide, narrow *featureMap, w []float32) {
	if c.winoWide != nil {
		c.winoWide.run(c.machine, wide, narrow, w)
		return
	}
	if c.picture != nil {
		c.picture.run(c.machine, wide, narrow, w)
		return
	}
	// Some wide blocks at a time: transposed weights of all can be the largest scratch there is.
	one, some := c.transposedLen()/c.wideBlocks, c.transposedBlocks()
	for from := 0; from < c.wideBlocks; from += some {
		n := min(some, c.wideBlocks-from)
		transposed := c.machine.shared[:n*one]
		if c.transposed {
			transposed = w[from*one:][:n*one]
		} else {
			c.transpose.run(transposed, w, from, from+n)
		}
		c.toWide.runBlocks(c.machine.pool, wide, narrow, transposed, from, n)
	}
}

// transposedMost is the number of floats of transposed weights at a time, or what two blocks take.
const transposedMost = 4 << 20

// transposedBlocks is the number of wide blocks whose weights are transposed at a time.
func (c *conv) transposedBlocks() int {
	return min(c.wideBlocks, max(2, transposedMost*c.wideBlocks/c.transposedLen()&^1))
}

// backwardWeight computes dw, or adds to it, from the map on one side and the
// gradient on the other.
func (c *conv) backwardWeight(dw []float32, wide, narrow *featureMap, accumulate bool) {
	if c.winoWeight != nil {
		c.winoWeight.run(c.machine, dw, wide, narrow, accumulate)
		return
	}
	c.weight.run(c.machine.pool, dw, wide, narrow, accumulate)
}

// forwardPhases is one class of all narrow pixels: pixel (y, x) meets, under tap
// (ky, kx), the wide pixel stride*(y, x) + the tap's shift.
func (c *conv) forwardPhases() []phase {
	p := phase{
		grid: c.narrow,
		srcY: c.stride * c.wideRow, srcX: c.stride * c.widePixel,
		dst: c.narrowRow + lanes, dstY: c.narrowRow, dstX: lanes,
	}
	plane := (c.wide + 2) * c.wideRow
	for block := range c.wideBlocks {
		for _, t := range c.usedTaps() {
			p.add(block*plane+c.wideShift(t.y)*c.wideRow+c.wideShift(t.x)*c.widePixel,
				block*c.blockLen+c.index(t)*c.wideLen*lanes)
		}
	}
	return []phase{p}
}

// backwardPhases has a class for each of phases x phases wide pixels; class
// (py, px) at v meets the narrow pixels v + shift under the taps of its phase.
func (c *conv) backwardPhases() []phase {
	var list []phase
	plane := (c.narrow + 2) * c.narrowRow
	turnedTap := c.narrowLen * lanes
	for py := range c.phases() {
		for px := range c.phases() {
			p := phase{
				grid: c.narrow,
				srcY: c.narrowRow, srcX: lanes,
				dst:  (py+1)*c.wideRow + (px+1)*lanes,
				dstY: c.phases() * c.wideRow, dstX: c.phases() * lanes,
			}
			for block := range c.narrowBlocks {
				for _, ty := range c.phaseTaps(py) {
					for _, tx := range c.phaseTaps(px) {
						p.add(block*plane+(ty.shift+1)*c.narrowRow+(tx.shift+1)*lanes,
							(block*c.tapCount()+c.index(tap{ty.k, tx.k}))*turnedTap)
					}
				}
			}
			list = append(list, p)
		}
	}
	return list
}
