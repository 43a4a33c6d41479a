package cpu

import "dcgan/internal/kernel"

// winogradWeight computes the backward-weight pass of a kernel-4 stride-2 convolution with
// 9 products instead of 16, or 25 instead of 64.
//
// Along one axis, in padded coordinates, phase p = 0, 1 of wide is wide_p(u) = wide(2u + p). It
// has the taps 2a + p, a = 0, 1, and
//
//	dw(2a + p) = sum over v of wide_p(v + a) * narrow(v)
//
// Two neighbouring pixels v = 2i and 2i + 1 add
//
//	dw_0 = d0*g0 + d1*g1,   dw_1 = d1*g0 + d2*g1
//
// with three pixels d of wide_p and two pixels g of narrow. This is the formula of F(2, 2), with
// taps as results and narrow's gradients as filters. Three stages compute it:
//
//  1. Wide's squares are transformed as the inputs of the forward pass are, for each of the four
//     phases of both axes. Narrow's squares are transformed as filters are, once for all phases.
//  2. Nine matrix products a phase, [wide channels x squares] * [squares x narrow channels], sum
//     over a stretch of the batch.
//  3. The products are transformed to taps and added to dw.
//
// Over four neighbouring pixels it is F(2, 4), with 25 products instead of 64
// (kernel/winograd4.go).
//
// A task owns the weights between one wide block, or some phases of it, and some narrow blocks. It
// adds the stretches in order, and no two threads add to the same sum.
type winogradWeight struct {
	c                      *conv
	transforms             transforms
	side                   int // squares along a side of a picture
	stretch                int // rows of squares in a stretch
	blocks, phases         int // narrow blocks and phases of wide in a task
	inputs, grads, product matrices

	machine      *machine
	spread, part func(worker, i int)
	dw           []float32
	wide, narrow *featureMap
	accumulate   bool
	first, count int // the stretch's rows of squares, counted over the batch
}

const (
	weightPixels = 1024 // narrow pixels of a stretch, unless a row of squares has more
	weightBlocks = 8    // the most narrow blocks of a task
	phaseCount   = 4    // phases of the wide map
	leastTasks   = 16   // a layer with fewer tasks cuts them by phases
)

func newWinogradWeight(c *conv) *winogradWeight {
	w := &winogradWeight{c: c, transforms: c.weightTransforms(c.machine.form)}
	w.side = c.narrow / w.transforms.size
	w.stretch = max(1, weightPixels/(w.transforms.size*w.transforms.size)/w.side)
	squares := w.transforms.terms(w.stretch*w.side) * lanes
	w.inputs, w.grads = w.transforms.matrices(c.wideBlocks*squares), w.transforms.matrices(c.narrowBlocks*squares)
	w.product = w.transforms.matrices(lanes * lanes)
	w.blocks, w.phases = weightBlocks, phaseCount
	for w.blocks > 2 && w.tasks() < weightTasks {
		w.blocks /= 2
	}
	for w.phases > 1 && w.tasks() < leastTasks {
		w.phases /= 2
	}
	w.spread, w.part = w.spreadTask, w.partTask
	return w
}

// scratch returns the scratch memory that a run needs: the transforms of a stretch, shared, and
// the products of a task, for each thread.
func (w *winogradWeight) scratch() scratch {
	return scratch{
		shared: phaseCount*w.inputs.len() + w.grads.len(),
		own:    phaseCount * w.blocks * w.product.len(),
	}
}

func (w *winogradWeight) run(m *machine, dw []float32, wide, narrow *featureMap, accumulate bool) {
	w.machine, w.dw, w.wide, w.narrow, w.accumulate = m, dw, wide, narrow, accumulate
	rows := wide.n * w.side
	for w.first = 0; w.first < rows; w.first += w.stretch {
		w.count = min(w.stretch, rows-w.first)
		m.pool.Run(phaseCount*w.c.wideBlocks+w.c.narrowBlocks, w.spread)
		m.pool.Run(w.tasks(), w.part)
		w.accumulate = true
	}
}

// tasks returns the number of tasks of a stretch.
func (w *winogradWeight) tasks() int {
	return (w.c.narrowBlocks + w.blocks - 1) / w.blocks * w.c.wideBlocks * phaseCount / w.phases
}

// terms returns the number of terms in the products of the stretch.
func (w *winogradWeight) terms() int { return w.transforms.terms(w.count * w.side) }

// inputsOf returns the transforms of a block of a phase of wide: matrices [square][16], or
// matrices of pairs of squares.
func (w *winogradWeight) inputsOf(phase, block int) []float32 {
	return w.machine.shared[phase*w.inputs.len()+block*w.terms()*lanes:]
}

// gradsOf returns the transforms of a block of narrow, in the same layout.
func (w *winogradWeight) gradsOf(block int) []float32 {
	return w.machine.shared[phaseCount*w.inputs.len()+block*w.terms()*lanes:]
}

// spreadTask transforms one block of the stretch, either of a phase of wide or of narrow.
func (w *winogradWeight) spreadTask(_, i int) {
	if block := i - phaseCount*w.c.wideBlocks; block >= 0 {
		w.eachRow(&lattice{1, 1, 1}, w.narrow, block, func(at int, q kernel.Squares) {
			w.transforms.gradients(w.gradsOf(block)[at:], w.grads.each, w.narrow.data, &q)
		})
		return
	}
	phase, block := i%phaseCount, i/phaseCount
	w.eachRow(&lattice{phase / 2, phase % 2, 2}, w.wide, block, func(at int, q kernel.Squares) {
		w.transforms.squares(w.inputsOf(phase, block)[at:], w.inputs.each, w.wide.data, &q)
	})
}

// eachRow calls do for every row of squares of the stretch, with the row's offset in a matrix. If a
// map has a single square, the squares of all pictures form one row.
func (w *winogradWeight) eachRow(l *lattice, m *featureMap, block int, do func(at int, q kernel.Squares)) {
	if w.side == 1 {
		q := l.squares(m, w.transforms.size, w.first, block, 0)
		q.Next, q.N = m.image, w.count
		do(0, q)
		return
	}
	for row := range w.count {
		q := l.squares(m, w.transforms.size, (w.first+row)/w.side, block, (w.first+row)%w.side)
		q.N = w.side
		if w.transforms.short(w.side) {
			q.Prefetch4(m.data, m.image)
		}
		do(w.transforms.terms(row*w.side)*lanes, q)
	}
}

// partTask adds the stretch to the weights between some phases of a wide block and some narrow
// blocks.
func (w *winogradWeight) partTask(worker, i int) {
	c := w.c
	first := i * w.phases % phaseCount
	i = i * w.phases / phaseCount
	wide, block := i%c.wideBlocks, i/c.wideBlocks*w.blocks
	blocks := min(w.blocks, c.narrowBlocks-block)
	products := w.machine.own[worker]
	w.multiply(&w.machine.tiles[worker], products, first, wide, block, blocks)
	for b := range blocks {
		for phase := first; phase < first+w.phases; phase++ {
			w.transforms.taps(w.dw, &kernel.Squares{
				At:  ((block+b)*c.wideBlocks+wide)*c.blockLen + c.index(tap{phase / 2, phase % 2})*c.wideLen*lanes,
				Row: c.index(tap{2, 0}) * c.wideLen * lanes, Col: c.index(tap{0, 2}) * c.wideLen * lanes,
				Next: lanes, N: c.wideLen,
			}, products[(b*phaseCount+phase)*w.product.len():], w.product.each, w.accumulate)
		}
	}
}

// multiply computes the stretch's products, [block][phase] of matrices [wide channel][16]. The
// phases are outside the blocks, so that the gradients of the blocks stay in the core's cache.
func (w *winogradWeight) multiply(t *kernel.Tile, products []float32, first, wide, block, blocks int) {
	*t = kernel.Tile{
		KLen: w.terms(), StepA: lanes, StepB: lanes, OffA: oneRun[:], OffB: oneRun[:], BF16: w.transforms.bf16,
	}
	for r := range kernel.TileRows {
		t.RowA[r], t.RowC[r] = r, r*lanes
	}
	for m := range w.product.count {
		for phase := first; phase < first+w.phases; phase++ {
			a := w.inputsOf(phase, wide)[m*w.inputs.each:]
			for b := 0; b < blocks; b += 2 {
				t.B0, t.B1 = w.gradsOf(block + b)[m*w.grads.each:], nil
				if b+1 < blocks {
					t.B1 = w.gradsOf(block + b + 1)[m*w.grads.each:]
				}
				for r := 0; r < w.c.wideLen; r += kernel.TileRows {
					t.Rows = min(kernel.TileRows, w.c.wideLen-r)
					t.A = a[r:]
					at := (b*phaseCount+phase)*w.product.len() + m*w.product.each + r*lanes
					t.C0 = products[at:]
					if t.B1 != nil {
						t.C1 = products[at+phaseCount*w.product.len():]
					}
					t.Run()
				}
			}
		}
	}
}

// oneRun is the table of a product with a single run of terms.
var oneRun = [1]int32{0}
