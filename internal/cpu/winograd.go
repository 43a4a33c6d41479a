package cpu

import "dcgan/internal/kernel"

// winograd computes the data passes of a kernel-4 stride-2 convolution, forward and
// backward alike, with 9 products in place of 16 (kernel/winograd.go has the algebra).
//
// That algebra is for filters of 2x2 taps and stride 1, and such are the parts of these
// convolutions. With the pixels of a source, and those of wide, counted from the border on,
//
//	forward    narrow(v) = sum over k = 0..3 of wide(2v + k) * w(k)
//	                     = sum over p = 0, 1 of [sum over a = 0, 1 of wide_p(v + a) * w(2a + p)]
//
// where wide_p(u) = wide(2u + p), a phase, is every second pixel: the result is the sum of
// four convolutions with 2x2 taps, one of each phase (two an axis). The other way round
//
//	backward   wide(2v + p + 1) = narrow(v + p) * w(3 - p) + narrow(v + p + 1) * w(1 - p)
//
// each phase of the result is one convolution of narrow with 2x2 taps. So a pass has
// classes of result pixels, each the sum over one or four sources.
//
// Results are computed by squares of 2x2 pixels of a class. A square is transformed from 3x3
// pixels of a source to nine numbers a channel, which meet nine filters in nine matrix
// products: squares x source channels times source channels x result channels. The sum over
// the sources is taken in there, by one long product. A result's bits depend on its own
// picture alone: rows of a Tile do not depend on one another.
//
// The filters are transformed first, to memory that all threads share. Large maps are then
// cut into strips of squares, a task each, whose inputs are transformed to the task's own
// memory. Small maps have many channels and few squares: there the inputs are transformed to
// shared memory too, a class of a stretch of the batch at a time, and a task
// computes some blocks of the result.
type winograd struct {
	c                 *conv
	backward          bool
	classes           []class
	blocks, srcBlocks int // of 16 channels, of result and source
	channels          int // of a source block
	side              int // squares in a row of squares, and rows of them in a picture
	offA, offB        []int32

	strip                     int  // rows of squares in a strip
	small                     bool // maps
	inputs, filters, products nine // the layouts of the three kinds of matrices

	machine                           *machine
	transform, whole, spreadOne, part func(worker, i int)
	dst, src                          *featureMap
	w                                 []float32
	class, first, count               int // of small maps: the class and the strips in hand
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

// squares places the squares of row i of squares: those of side pixels of the lattice
// that start at every second one.
func (l *lattice) squares(m *featureMap, n, block, i int) kernel.Squares {
	return kernel.Squares{
		At:   n*m.image + block*m.plane + (l.y+2*l.step*i)*m.row + l.x*lanes,
		Next: 2 * l.step * lanes, Row: l.step * m.row, Col: l.step * lanes,
	}
}

// nine is the layout of nine matrices of so many floats each.
type nine int

// newNine keeps the matrices off distances that are powers of two: these would put all
// nine into the same few sets of the caches.
func newNine(floats int) nine { return nine(floats + 5*lanes) }

func (n nine) len() int { return 9 * int(n) }

// winogradFits tells whether a convolution is one that winograd computes.
func (g *geometry) winogradFits() bool {
	return g.kernel == 4 && g.stride == 2 && g.pad == 1 && g.narrow%2 == 0 && g.widePixel == lanes
}

// winogradPays tells whether a pass is faster so than directly (BenchmarkPasses). It needs whole
// tiles of two blocks on either side. To the 2x2 map the direct form is as fast: one
// square a picture hardly repays the transform of its filters.
func (g *geometry) winogradPays(f form, to2x2 bool) bool {
	switch {
	case f == formDirect || !g.winogradFits():
		return false
	case f == formWinograd:
		return true
	}
	return g.wideC >= 2*lanes && g.narrowC >= 2*lanes && !to2x2
}

const (
	stripSquares  = 64  // of large maps: their inputs stay near the core
	smallSquares  = 128 // of small ones: enough to be worth a reading of the filters
	stretchStrips = 2   // strips of small maps at a time
	blocksAtOnce  = 4   // blocks of the result of a task of small maps
)

func newWinograd(c *conv, backward bool) *winograd {
	p := &winograd{c: c, backward: backward, side: c.narrow / 2}
	if backward {
		p.blocks, p.srcBlocks, p.channels = c.wideBlocks, c.narrowBlocks, c.narrowLen
		p.classes = backwardClasses()
	} else {
		p.blocks, p.srcBlocks, p.channels = c.narrowBlocks, c.wideBlocks, c.wideLen
		p.classes = forwardClasses()
	}
	runs := len(p.classes[0].sources) * p.srcBlocks
	for r := range runs {
		p.offA = append(p.offA, int32(r*kernel.TileRows*lanes))
		p.offB = append(p.offB, int32(r*p.channels*lanes))
	}
	p.small = c.narrow < 8
	p.strip = max(1, stripSquares/p.side)
	if p.small {
		p.strip = smallSquares / p.side
	}
	p.inputs = newNine(p.groups() * runs * kernel.TileRows * lanes)
	p.filters = newNine(runs * p.channels * lanes)
	p.products = newNine(p.strip * p.side * lanes)
	p.transform, p.whole, p.spreadOne, p.part = p.transformTask, p.wholeTask, p.spreadTask, p.partTask
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

// scratch: all filters, and the inputs of a stretch or of a strip; products.
func (p *winograd) scratch() scratch {
	s := scratch{shared: p.filtersLen(), own: blocksAtOnce * p.products.len()}
	if p.small {
		s.shared += stretchStrips * p.inputs.len()
	} else {
		s.own += p.inputs.len()
	}
	s.own = max(s.own, p.c.kernel*p.c.kernel*lanes*lanes)
	return s
}

func (p *winograd) filtersLen() int { return len(p.classes) * p.blocks * p.filters.len() }

// run computes dst from src, of the same number of pictures.
func (p *winograd) run(m *machine, dst, src *featureMap, w []float32) {
	p.machine, p.dst, p.src, p.w = m, dst, src, w
	m.pool.Run(p.blocks*p.srcBlocks, p.transform)
	strips := (p.dst.n*p.side + p.strip - 1) / p.strip
	if !p.small {
		m.pool.Run(strips, p.whole)
		return
	}
	for p.first = 0; p.first < strips; p.first += stretchStrips {
		p.count = min(stretchStrips, strips-p.first)
		for p.class = range p.classes {
			m.pool.Run(p.count*len(p.offA), p.spreadOne)
			m.pool.Run(p.count*p.parts(), p.part)
		}
	}
}

// parts is the number of tasks of a strip and class.
func (p *winograd) parts() int { return (p.blocks + blocksAtOnce - 1) / blocksAtOnce }

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
	g, block, b := p.c, i/p.srcBlocks, i%p.srcBlocks
	q := kernel.Squares{Next: lanes, N: p.channels, Row: 2 * g.kernel * p.channels * lanes, Col: 2 * p.channels * lanes}
	var w []float32 // [tap][channel][16]
	if p.backward {
		w = p.machine.own[worker][:g.kernel*g.kernel*p.channels*lanes]
		g.turnBlock(w, p.w[(b*g.wideBlocks+block)*g.blockLen:][:g.blockLen])
		q.Row, q.Col = -q.Row, -q.Col
	} else {
		w = p.w[(block*g.wideBlocks+b)*g.blockLen:][:g.blockLen]
	}
	for k := range p.classes {
		for s, o := range p.classes[k].sources {
			q.At = g.index(o.tap) * p.channels * lanes
			run := s*p.srcBlocks + b
			kernel.WinogradFilter(p.filtersOf(k, block)[run*p.channels*lanes:], int(p.filters), w, &q)
		}
	}
}

// wholeTask computes a strip of large maps.
func (p *winograd) wholeTask(worker, strip int) {
	own := p.machine.own[worker]
	products, inputs := own[:blocksAtOnce*p.products.len()], own[blocksAtOnce*p.products.len():]
	for class := range p.classes {
		for run := range p.offA {
			p.spread(inputs, class, run, strip)
		}
		for block := 0; block < p.blocks; block += blocksAtOnce {
			p.computeBlocks(worker, products, inputs, class, block, strip)
		}
	}
}

// spreadTask transforms one source block's inputs of a strip of small maps.
func (p *winograd) spreadTask(_, i int) {
	strip, run := i/len(p.offA), i%len(p.offA)
	p.spread(p.inputsOf(strip), p.class, run, p.first+strip)
}

// partTask computes some blocks of the result in a strip of small maps.
func (p *winograd) partTask(worker, i int) {
	strip, block := i%p.count, i/p.count*blocksAtOnce
	p.computeBlocks(worker, p.machine.own[worker], p.inputsOf(strip), p.class, block, p.first+strip)
}

// inputsOf returns the transformed inputs of a strip of the stretch.
func (p *winograd) inputsOf(strip int) []float32 {
	return p.machine.shared[p.filtersLen()+strip*p.inputs.len():]
}

// computeBlocks computes up to blocksAtOnce blocks of the result in a strip of a class.
func (p *winograd) computeBlocks(worker int, products, inputs []float32, class, block, strip int) {
	blocks := min(blocksAtOnce, p.blocks-block)
	first, rows := p.rowsOf(strip)
	p.multiply(&p.machine.tiles[worker], products, inputs, p.filtersOf(class, block), blocks, rows*p.side)
	p.gather(products, &p.classes[class], block, blocks, first, rows)
}

// spread transforms a strip's inputs from one block of a source. A matrix is laid out [group of
// 8 squares][source][block][8][16]: the rows of a Tile are one stream of memory.
func (p *winograd) spread(dst []float32, class, run, strip int) {
	const wide = kernel.TileRows
	first, rows := p.rowsOf(strip)
	l := p.classes[class].sources[run/p.srcBlocks].src
	for row := range rows {
		n, i := (first+row)/p.side, (first+row)%p.side
		q := l.squares(p.src, n, run%p.srcBlocks, i)
		for j := 0; j < p.side; j += wide {
			q.N = min(wide, p.side-j)
			square := row*p.side + j
			at := (square/wide*len(p.offA)+run)*wide + square%wide
			kernel.WinogradInput(dst[at*lanes:], int(p.inputs), p.src.data, &q)
			q.At += wide * q.Next
		}
	}
}

// multiply computes the nine products of a strip's squares for some blocks of the result.
func (p *winograd) multiply(t *kernel.Tile, products, inputs, filters []float32, blocks, squares int) {
	*t = kernel.Tile{KLen: p.channels, StepA: 1, StepB: lanes}
	for r := range kernel.TileRows {
		t.RowA[r], t.RowC[r] = r*lanes, r*lanes
	}
	for m := range 9 {
		for from := 0; from < len(p.offA); from += runStretch {
			to := min(from+runStretch, len(p.offA))
			t.OffA, t.OffB = p.offA[from:to], p.offB[from:to]
			t.Accumulate = from > 0
			for b := 0; b < blocks; b += 2 {
				t.B0, t.B1 = filters[b*p.filters.len()+m*int(p.filters):], nil
				if b+1 < blocks {
					t.B1 = filters[(b+1)*p.filters.len()+m*int(p.filters):]
				}
				c := products[b*p.products.len()+m*int(p.products):]
				for s := 0; s < squares; s += kernel.TileRows {
					t.Rows = min(kernel.TileRows, squares-s)
					t.A = inputs[m*int(p.inputs)+s*len(p.offA)*lanes:]
					t.C0 = c[s*lanes:]
					if t.B1 != nil {
						t.C1 = c[p.products.len()+s*lanes:]
					}
					t.Run()
				}
			}
		}
	}
}

// gather makes results of products: some blocks of a class in the given rows of squares.
func (p *winograd) gather(products []float32, c *class, block, blocks, first, rows int) {
	for b := range blocks {
		for row := range rows {
			n, i := (first+row)/p.side, (first+row)%p.side
			q := c.dst.squares(p.dst, n, block+b, i)
			q.N = p.side
			kernel.WinogradOutput(p.dst.data, &q, products[b*p.products.len()+row*p.side*lanes:], int(p.products), false)
		}
	}
}
