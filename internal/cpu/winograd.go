package cpu

import "dcgan/internal/kernel"

// winograd computes the data passes of a kernel-4 stride-2 convolution, forward and
// backward alike, with 9 products in place of 16, or 25 in place of 64 (kernel/winograd.go
// and winograd4.go have the algebra; transforms.go chooses).
//
// That algebra is for filters of 2x2 taps and stride 1. These convolutions are sums of such. With the
// pixels of the wide map, and of a source, counted from the border on,
//
//	forward    narrow(v) = sum over k = 0..3 of wide(2v + k) * w(k)
//	                     = sum over p = 0, 1 of [sum over a = 0, 1 of wide_p(v + a) * w(2a + p)]
//
// where the phase wide_p(u) = wide(2u + p) is every second pixel of an axis: the result is the sum of
// four convolutions with 2x2 taps, one for each phase of the two axes. In the other direction
//
//	backward   wide(2v + p + 1) = narrow(v + p) * w(3 - p) + narrow(v + p + 1) * w(1 - p)
//
// each phase of the result is one convolution of the narrow map with 2x2 taps. So a pass has one class of
// result pixels with four sources, or four classes with one source each.
//
// A class is computed in squares s of 2x2 or 4x4 result pixels, in three stages. With c the channels of all
// sources, j those of the result, and m = 1..9 or 1..25,
//
//	spread     V_m[s, c] = a fixed linear combination of the 3x3 or 5x5 source pixels that s is made of
//	filter     F_m[c, j] = a fixed linear combination of the 2x2 taps from c to j
//	multiply   P_m[s, j] = sum over c of V_m[s, c] * F_m[c, j]
//	gather     each pixel of s is a fixed linear combination of P_1[s, j], P_2[s, j], ...
//
// A result's bits depend on its own picture alone, since the rows of a Tile do not depend on one another.
//
// A task of a large map is a strip of squares. It spreads its inputs to its own memory; all filters have been
// transformed before, to memory that the threads share. Small maps have many channels and few squares, so that
// their filters take tens of megabytes. There the inputs of a strip are spread to shared memory, and a task
// transforms the filters of some result blocks as it needs them, a few source blocks at a time, so that they
// stay in the core's cache.
//
// Filters and inputs are of floats or of pairs of bf16, two channels each.
type winograd struct {
	c                 *conv
	transforms        transforms
	backward          bool
	classes           []class
	blocks, srcBlocks int  // of 16 channels, of result and source
	channels          int  // of a source block
	terms             int  // of a run in the products: channels or pairs
	side              int  // squares in a row of squares, and rows of them in a picture
	short             bool // rows of squares: the next picture's are asked for meanwhile
	offA, offB        []int32

	strip                     int      // rows of squares in a strip
	small                     bool     // maps
	some                      int      // blocks of the result of a task of small maps
	chunk                     int      // runs that a product takes at a time
	inputs, filters, products matrices // the three kinds

	machine                           *machine
	transform, large, spreadOne, part func(worker, i int)
	dst, src                          *featureMap
	w                                 []float32
	class, inHand                     int // of small maps: the class and the strip in hand
}

// class is a set of result pixels, a lattice in the padded map, with the sources that
// it is the sum of.
type class struct {
	dst     lattice
	sources []origin
}

type origin struct {
	src lattice
	tap tap // of a square's first pixel; the next one's is two further, or nearer if backward
}

// lattice is the pixels (y + step*i, x + step*j).
type lattice struct{ y, x, step int }

// squares places the squares of row i of squares: those that start at every size-th pixel of
// the lattice.
func (l *lattice) squares(m *featureMap, size, n, block, i int) kernel.Squares {
	return kernel.Squares{
		At:   n*m.image + block*m.plane + (l.y+size*l.step*i)*m.row + l.x*lanes,
		Next: size * l.step * lanes, Row: l.step * m.row, Col: l.step * lanes,
	}
}

// winogradFits reports whether a convolution is one that winograd computes.
func (g *geometry) winogradFits() bool {
	return g.kernel == 4 && g.stride == 2 && g.pad == 1 && g.narrow%2 == 0 && g.widePixel == lanes
}

// winogradPays reports whether a pass is faster so than directly (BenchmarkPasses). It needs whole
// blocks on either side, and two of the narrow one's. To the 2x2 map it gains a tenth of a small
// pass, which is not worth its rounding: D's last maps weigh in all gradients of G. In bf16 it is
// twice as fast there, and needs two blocks on the wide side too.
func (g *geometry) winogradPays(f form, to2x2 bool) bool {
	switch {
	case f == formDirect || !g.winogradFits():
		return false
	case f == formWinograd, f == formWinograd4:
		return true
	case f == formBF16:
		return g.wideC >= 2*lanes && g.narrowC >= 2*lanes
	}
	return g.wideC >= lanes && g.narrowC >= 2*lanes && !to2x2
}

const (
	stripSquares   = 64  // of large maps: their inputs stay near the core
	smallSquares   = 256 // of small ones: enough to be worth a reading of the weights
	smallRuns      = 8   // source blocks whose filters a task of small maps has at a time
	blocksAtOnce   = 4   // blocks of the result at a time, at most
	smallTasks     = 4   // the least number of tasks that a small map is cut into, if it can be
	transposedTaps = 4   // of a filter
)

func newWinograd(c *conv, backward bool) *winograd {
	p := &winograd{c: c, backward: backward}
	if backward {
		p.blocks, p.srcBlocks, p.channels = c.wideBlocks, c.narrowBlocks, c.narrowLen
		p.classes = backwardClasses()
	} else {
		p.blocks, p.srcBlocks, p.channels = c.narrowBlocks, c.wideBlocks, c.wideLen
		p.classes = forwardClasses()
	}
	p.transforms = c.dataTransforms(c.machine.form)
	p.side = c.narrow / p.transforms.size
	p.short = p.transforms.short(p.side)
	p.terms = p.transforms.terms(p.channels)
	runs := len(p.classes[0].sources) * p.srcBlocks
	for r := range runs {
		p.offA = append(p.offA, int32(r*kernel.TileRows*p.transforms.row))
		p.offB = append(p.offB, int32(r*p.terms*lanes))
	}
	p.small = p.side < 4
	for p.some = blocksAtOnce; p.some > 2 && p.parts() < smallTasks; {
		p.some /= 2
	}
	p.strip, p.chunk = max(1, stripSquares/p.side), min(runs, runStretch)
	p.filters = p.transforms.matrices(runs * p.terms * lanes)
	if p.small {
		p.strip, p.chunk = smallSquares/p.side, min(runs, smallRuns)
		p.filters = p.transforms.matrices(p.chunk * p.terms * lanes)
	}
	chunks := (runs + p.chunk - 1) / p.chunk
	p.inputs = p.transforms.matrices(chunks * p.chunk * p.groups() * kernel.TileRows * p.transforms.row)
	p.products = p.transforms.matrices(p.strip * p.side * lanes)
	p.transform, p.large, p.spreadOne, p.part = p.transformTask, p.largeTask, p.spreadTask, p.partTask
	return p
}

func forwardClasses() []class {
	c := class{dst: lattice{1, 1, 1}}
	for y := range 2 {
		for x := range 2 {
			c.sources = append(c.sources, origin{lattice{y, x, 2}, tap{y, x}})
		}
	}
	return []class{c}
}

func backwardClasses() (list []class) {
	for y := range 2 {
		for x := range 2 {
			list = append(list, class{
				dst:     lattice{y + 1, x + 1, 2},
				sources: []origin{{lattice{y, x, 1}, tap{3 - y, 3 - x}}},
			})
		}
	}
	return list
}

// groups is the number of tiles of 8 squares in a strip.
func (p *winograd) groups() int {
	return (p.strip*p.side + kernel.TileRows - 1) / kernel.TileRows
}

// scratch: one side of the products is what all threads read, the other one a task's own, which
// has the products too.
func (p *winograd) scratch() scratch {
	s := scratch{shared: p.filtersLen(), own: p.inputs.len()}
	if p.small {
		s = scratch{shared: p.inputs.len(), own: blocksAtOnce * p.filters.len()}
	}
	s.own += blocksAtOnce*p.products.len() + transposedTaps*lanes*lanes
	return s
}

// split cuts a thread's memory: products, one side of them, and transposed weights.
func (p *winograd) split(worker int) (products, side, transposed []float32) {
	own, n := p.machine.own[worker], blocksAtOnce*p.products.len()
	return own[:n], own[n : len(own)-transposedTaps*lanes*lanes], own[len(own)-transposedTaps*lanes*lanes:]
}

func (p *winograd) filtersLen() int { return len(p.classes) * p.blocks * p.filters.len() }

// run computes dst from src, of the same number of pictures.
func (p *winograd) run(m *machine, dst, src *featureMap, w []float32) {
	p.machine, p.dst, p.src, p.w = m, dst, src, w
	strips := (p.dst.n*p.side + p.strip - 1) / p.strip
	if !p.small {
		m.pool.Run(p.blocks*p.srcBlocks, p.transform)
		m.pool.Run(strips, p.large)
		return
	}
	for p.inHand = range strips {
		for p.class = range p.classes {
			m.pool.Run(len(p.offA), p.spreadOne)
			m.pool.Run(p.parts(), p.part)
		}
	}
}

// rowsOf returns the rows of squares of a strip, counted over the batch.
func (p *winograd) rowsOf(strip int) (first, rows int) {
	first = strip * p.strip
	return first, min(p.strip, p.dst.n*p.side-first)
}

// filtersOf returns the transformed filters from those of a class and block on.
func (p *winograd) filtersOf(class, block int) []float32 {
	return p.machine.shared[(class*p.blocks+block)*p.filters.len():]
}

// transformTask transforms the filters between a block of the result and one of the source.
// A matrix is laid out [source][block][channel][16].
func (p *winograd) transformTask(worker, i int) {
	_, _, transposed := p.split(worker)
	block, b := i/p.srcBlocks, i%p.srcBlocks
	for class := range p.classes {
		for s := range p.classes[class].sources {
			run := s*p.srcBlocks + b
			p.filter(p.filtersOf(class, block)[run*p.terms*lanes:], transposed, class, block, run)
		}
	}
}

// filter transforms the filters between a block of a class and a run's source block.
func (p *winograd) filter(dst, transposed []float32, class, block, run int) {
	g, b, first := p.c, run%p.srcBlocks, p.classes[class].sources[run/p.srcBlocks].tap
	if !p.backward {
		tapLen := p.channels * lanes
		p.transforms.filters(dst, p.filters.each, p.w[(block*g.wideBlocks+b)*g.blockLen:], &kernel.Squares{
			At: g.index(first) * tapLen, Row: 2 * g.kernel * tapLen, Col: 2 * tapLen, Next: lanes, N: p.channels,
		})
		return
	}
	if g.transposed {
		tapLen := p.channels * lanes
		p.transforms.filters(dst, p.filters.each, p.w[(block*g.narrowBlocks+b)*g.tapCount()*tapLen:], &kernel.Squares{
			At: g.index(first) * tapLen, Row: -2 * g.kernel * tapLen, Col: -2 * tapLen, Next: lanes, N: p.channels,
		})
		return
	}
	w := p.w[(b*g.wideBlocks+block)*g.blockLen:]
	for i := range transposedTaps {
		t := tap{first.y - i/2*2, first.x - i%2*2}
		g.transposeTap(transposed[i*lanes*lanes:][:g.narrowLen*lanes], w[g.index(t)*g.wideLen*lanes:][:g.wideLen*lanes])
	}
	p.transforms.filters(dst, p.filters.each, transposed, &kernel.Squares{
		Row: 2 * lanes * lanes, Col: lanes * lanes, Next: lanes, N: p.channels,
	})
}

// largeTask computes a strip of large maps.
func (p *winograd) largeTask(worker, strip int) {
	products, inputs, _ := p.split(worker)
	for class := range p.classes {
		for run := range p.offA {
			p.spread(inputs, class, run, strip)
		}
		for block := 0; block < p.blocks; block += blocksAtOnce {
			blocks := min(blocksAtOnce, p.blocks-block)
			for from := 0; from < len(p.offA); from += p.chunk {
				to := min(from+p.chunk, len(p.offA))
				p.multiply(worker, products, inputs, p.filtersOf(class, block)[from*p.terms*lanes:], blocks, from, to, strip)
			}
			p.gather(products, class, block, blocks, strip)
		}
	}
}

// spreadTask transforms one source block's inputs of the strip of small maps.
func (p *winograd) spreadTask(_, run int) {
	p.spread(p.machine.shared, p.class, run, p.inHand)
}

// parts is the number of tasks of a class of small maps.
func (p *winograd) parts() int { return (p.blocks + p.some - 1) / p.some }

// partTask computes some blocks of the result in the strip of small maps.
func (p *winograd) partTask(worker, i int) {
	products, filters, transposed := p.split(worker)
	block := i * p.some
	blocks := min(p.some, p.blocks-block)
	for from := 0; from < len(p.offA); from += p.chunk {
		to := min(from+p.chunk, len(p.offA))
		for b := range blocks {
			for run := from; run < to; run++ {
				p.filter(filters[b*p.filters.len()+(run-from)*p.terms*lanes:], transposed, p.class, block+b, run)
			}
		}
		p.multiply(worker, products, p.machine.shared, filters, blocks, from, to, p.inHand)
	}
	p.gather(products, p.class, block, blocks, p.inHand)
}

// place is where a matrix of inputs has a square's 16 numbers of a run. It is laid out [chunk of
// runs][group of 8 squares][run][8][16]: what a product reads of it is one stream of memory.
func (p *winograd) place(square, run int) int {
	const wide = kernel.TileRows
	group := run/p.chunk*p.groups() + square/wide
	return ((group*p.chunk+run%p.chunk)*wide + square%wide) * p.transforms.row
}

// spread transforms a strip's inputs from one block of a source.
func (p *winograd) spread(dst []float32, class, run, strip int) {
	const wide = kernel.TileRows
	first, rows := p.rowsOf(strip)
	l := p.classes[class].sources[run/p.srcBlocks].src
	rowLen, rows := p.joined(rows)
	for row := range rows {
		q := p.squares(&l, p.src, run%p.srcBlocks, first+row)
		for j := 0; j < rowLen; j += wide {
			q.N = min(wide, rowLen-j)
			if p.short {
				q.Prefetch4(p.src.data, p.src.image)
			}
			p.transforms.inputs(dst[p.place(row*rowLen+j, run):], p.inputs.each, p.src.data, &q)
			q.At += wide * q.Next
		}
	}
}

// joined makes one row of the squares of maps with one square, of all pictures of a strip.
func (p *winograd) joined(rows int) (rowLen, count int) {
	if p.side == 1 {
		return rows, 1
	}
	return p.side, rows
}

// squares places a row of squares, counted over the batch.
func (p *winograd) squares(l *lattice, m *featureMap, block, row int) kernel.Squares {
	q := l.squares(m, p.transforms.size, row/p.side, block, row%p.side)
	if p.side == 1 {
		q.Next = m.image
	}
	return q
}

// multiply computes the products of a strip's squares for some blocks of the result, over
// the runs from..to-1, whose filters are given: it adds to the products of those before.
func (p *winograd) multiply(worker int, products, inputs, filters []float32, blocks, from, to, strip int) {
	t := &p.machine.tiles[worker]
	*t = kernel.Tile{
		KLen: p.terms, StepA: 1, StepB: lanes, BF16: p.transforms.bf16,
		OffA: p.offA[:to-from], OffB: p.offB[:to-from], Accumulate: from > 0,
	}
	for r := range kernel.TileRows {
		t.RowA[r], t.RowC[r] = r*p.transforms.row, r*lanes
	}
	_, rows := p.rowsOf(strip)
	for m := range p.products.count {
		for b := 0; b < blocks; b += 2 {
			t.B0, t.B1 = filters[b*p.filters.len()+m*p.filters.each:], nil
			if b+1 < blocks {
				t.B1 = filters[(b+1)*p.filters.len()+m*p.filters.each:]
			}
			c := products[b*p.products.len()+m*p.products.each:]
			for s := 0; s < rows*p.side; s += kernel.TileRows {
				t.Rows = min(kernel.TileRows, rows*p.side-s)
				t.A = inputs[m*p.inputs.each+p.place(s, from):]
				t.C0 = c[s*lanes:]
				if t.B1 != nil {
					t.C1 = c[p.products.len()+s*lanes:]
				}
				t.Run()
			}
		}
	}
}

// gather makes results of products: some blocks of a class in a strip.
func (p *winograd) gather(products []float32, class, block, blocks, strip int) {
	first, rows := p.rowsOf(strip)
	rowLen, rows := p.joined(rows)
	for b := range blocks {
		for row := range rows {
			q := p.squares(&p.classes[class].dst, p.dst, block+b, first+row)
			q.N = rowLen
			if p.short {
				q.Prefetch4(p.dst.data, p.dst.image)
			}
			p.transforms.outputs(p.dst.data, &q, products[b*p.products.len()+row*rowLen*lanes:], p.products.each)
		}
	}
}
