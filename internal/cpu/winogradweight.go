package cpu

import "dcgan/internal/kernel"

// winogradWeight computes the backward-weight pass of a kernel-4 stride-2 convolution with
// 9 products in place of 16. For the taps 2a + p of a phase, in padded coordinates
// and with wide_p(u) = wide(2u + p),
//
//	dw(2a + p) = sum over v of wide_p(v + a) * narrow(v)
//
// which over two neighbouring places, v = 2i and 2i + 1, is
//
//	dw_0 = d0*g0 + d1*g1,   dw_1 = d1*g0 + d2*g1
//
// with d three pixels of wide_p and g two of narrow: once more F(2, 2), with taps for results and
// gradients for taps. So wide is transformed as forward's inputs are, narrow, which serves all
// four phases, as filters are, and nine products a phase, wide channels x squares times squares x
// narrow channels, sum over a stretch of the batch before they are made dw.
//
// A task owns the weights between one wide block and some narrow ones: it adds up the stretches in
// order, and no two threads add to one sum.
type winogradWeight struct {
	c                      *conv
	numbers                winogradNumbers
	side                   int // squares in a row of squares, and rows of them in a picture
	stretch                int // rows of squares
	inputs, grads, product nine

	machine      *machine
	spread, part func(worker, i int)
	dw           []float32
	wide, narrow *featureMap
	accumulate   bool
	first, count int // the stretch's rows of squares, counted over the batch
}

const (
	weightSquares = 256 // of a stretch, at least a row
	weightBlocks  = 8   // narrow blocks of a task
	phaseCount    = 4   // of the wide map
)

func newWinogradWeight(c *conv) *winogradWeight {
	w := &winogradWeight{c: c, side: c.narrow / 2}
	w.stretch = max(1, weightSquares/w.side)
	w.numbers = numbersOf(c.machine.form)
	squares := w.numbers.terms(w.stretch*w.side) * lanes
	w.inputs, w.grads = newNine(c.wideBlocks*squares), newNine(c.narrowBlocks*squares)
	w.product = newNine(lanes * lanes)
	w.spread, w.part = w.spreadTask, w.partTask
	return w
}

// scratch: the transforms of a stretch; products.
func (w *winogradWeight) scratch() scratch {
	return scratch{
		shared: phaseCount*w.inputs.len() + w.grads.len(),
		own:    phaseCount * weightBlocks * w.product.len(),
	}
}

func (w *winogradWeight) run(m *machine, dw []float32, wide, narrow *featureMap, accumulate bool) {
	w.machine, w.dw, w.wide, w.narrow, w.accumulate = m, dw, wide, narrow, accumulate
	rows := wide.n * w.side
	for w.first = 0; w.first < rows; w.first += w.stretch {
		w.count = min(w.stretch, rows-w.first)
		m.pool.Run(phaseCount*w.c.wideBlocks+w.c.narrowBlocks, w.spread)
		m.pool.Run(w.parts()*w.c.wideBlocks, w.part)
		w.accumulate = true
	}
}

// parts is the number of tasks of a wide block.
func (w *winogradWeight) parts() int { return (w.c.narrowBlocks + weightBlocks - 1) / weightBlocks }

// terms is the number of terms in the products of the stretch.
func (w *winogradWeight) terms() int { return w.numbers.terms(w.count * w.side) }

// inputsOf and gradsOf are the transforms of a block: matrices [square][16], or of pairs of squares.
func (w *winogradWeight) inputsOf(phase, block int) []float32 {
	return w.machine.shared[phase*w.inputs.len()+block*w.terms()*lanes:]
}

func (w *winogradWeight) gradsOf(block int) []float32 {
	return w.machine.shared[phaseCount*w.inputs.len()+block*w.terms()*lanes:]
}

// spreadTask transforms one block of the stretch: of a phase of wide, or of narrow.
func (w *winogradWeight) spreadTask(_, i int) {
	if block := i - phaseCount*w.c.wideBlocks; block >= 0 {
		w.eachRow(&lattice{1, 1, 1}, w.narrow, block, func(at int, q kernel.Squares) {
			w.numbers.filters(w.gradsOf(block)[at:], int(w.grads), w.narrow.data, &q)
		})
		return
	}
	phase, block := i%phaseCount, i/phaseCount
	w.eachRow(&lattice{phase / 2, phase % 2, 2}, w.wide, block, func(at int, q kernel.Squares) {
		w.numbers.squares(w.inputsOf(phase, block)[at:], int(w.inputs), w.wide.data, &q)
	})
}

// eachRow calls do for every row of squares of the stretch with its place in a matrix. Of maps with
// one square, all pictures make a row.
func (w *winogradWeight) eachRow(l *lattice, m *featureMap, block int, do func(at int, q kernel.Squares)) {
	if w.side == 1 {
		q := l.squares(m, w.first, block, 0)
		q.Next, q.N = m.image, w.count
		do(0, q)
		return
	}
	for row := range w.count {
		q := l.squares(m, (w.first+row)/w.side, block, (w.first+row)%w.side)
		q.N = w.side
		do(w.numbers.terms(row*w.side)*lanes, q)
	}
}

// partTask computes the weights between a wide block and some narrow ones.
func (w *winogradWeight) partTask(worker, i int) {
	c := w.c
	wide, block := i%c.wideBlocks, i/c.wideBlocks*weightBlocks
	blocks := min(weightBlocks, c.narrowBlocks-block)
	products := w.machine.own[worker]
	w.multiply(&w.machine.tiles[worker], products, wide, block, blocks)
	for b := range blocks {
		for phase := range phaseCount {
			kernel.WinogradOutput(w.dw, &kernel.Squares{
				At:  ((block+b)*c.wideBlocks+wide)*c.blockLen + c.index(tap{phase / 2, phase % 2})*c.wideLen*lanes,
				Row: c.index(tap{2, 0}) * c.wideLen * lanes, Col: c.index(tap{0, 2}) * c.wideLen * lanes,
				Next: lanes, N: c.wideLen,
			}, products[(b*phaseCount+phase)*w.product.len():], int(w.product), w.accumulate)
		}
	}
}

// multiply computes the stretch's products, [block][phase] of nine matrices [wide channel][16].
// While one block's gradients are in the core's cache, the four phases pass by.
func (w *winogradWeight) multiply(t *kernel.Tile, products []float32, wide, block, blocks int) {
	*t = kernel.Tile{
		KLen: w.terms(), StepA: lanes, StepB: lanes, OffA: oneRun[:], OffB: oneRun[:], BF16: w.numbers.bf16,
	}
	for r := range kernel.TileRows {
		t.RowA[r], t.RowC[r] = r, r*lanes
	}
	for m := range 9 {
		for phase := range phaseCount {
			a := w.inputsOf(phase, wide)[m*int(w.inputs):]
			for b := 0; b < blocks; b += 2 {
				t.B0, t.B1 = w.gradsOf(block + b)[m*int(w.grads):], nil
				if b+1 < blocks {
					t.B1 = w.gradsOf(block + b + 1)[m*int(w.grads):]
				}
				for r := 0; r < w.c.wideLen; r += kernel.TileRows {
					t.Rows = min(kernel.TileRows, w.c.wideLen-r)
					t.A = a[r:]
					at := (b*phaseCount+phase)*w.product.len() + m*int(w.product) + r*lanes
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
