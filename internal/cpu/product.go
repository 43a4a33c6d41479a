package cpu

import "dcgan/internal/kernel"

// product computes the data passes of a convolution, forward and backward alike.
// A destination pixel is the sum of the weighted source channels over the taps that
// join it to a source pixel. Two blocks of 16 destination channels are computed at
// a time.
//
//	dst[n, block, pixel, j] = sum over runs r, k of src[n, pixel + offA[r] + k] * w[block, offB[r] + k*16 + j]
//
// The shapes alone determine the tasks. A task is a pair of destination blocks for a
// group of tiles of 8 pixels. It cuts the sum into stretches of at most runStretch*16
// terms and visits all its tiles once for each stretch, so that the stretch's weights
// stay in the core's cache. A pixel's sum has the same terms in the same order
// whatever the picture's index in the batch.
type product struct {
	phases       []phase
	blocks       int // all destination blocks
	terms        int // terms of a run: the source channels of a block
	stepA, stepB int // floats from term to term, in the source and in the weights
	tiles        []kernel.Tile
	task         func(worker, i int)

	dst, src  *featureMap
	first, n  int // destination blocks of this run
	w         []float32
	weightLen int // weights of a destination block
}

// phase is a class of destination pixels that all sum over the same runs. They form
// a grid of grid x grid pixels a picture.
type phase struct {
	grid            int
	srcY, srcX      int // floats from a grid row or column to the next, in the source
	dst, dstY, dstX int // offset of the first pixel in the destination, and the same steps there
	offA, offB      []int32
}

func (p *phase) add(offA, offB int) {
	p.offA = append(p.offA, int32(offA))
	p.offB = append(p.offB, int32(offB))
}

const (
	runStretch = 128 // runs of 16 terms by 32 columns: 256 KB of weights
	taskPixels = 512 // destination pixels of a task
)

func newProduct(phases []phase, blocks, terms int, tiles []kernel.Tile) product {
	return product{phases: phases, blocks: blocks, terms: terms, stepA: 1, stepB: lanes, tiles: tiles}
}

// run computes dst from src, of the same number of pictures.
func (p *product) run(pool *kernel.Pool, dst, src *featureMap, w []float32) {
	p.runBlocks(pool, dst, src, w, 0, p.blocks)
}

// runBlocks computes n blocks of dst from block first on. w has the weights of those blocks only.
func (p *product) runBlocks(pool *kernel.Pool, dst, src *featureMap, w []float32, first, n int) {
	p.dst, p.src, p.w, p.first, p.n = dst, src, w, first, n
	p.weightLen = len(w) / n
	if p.task == nil {
		p.task = p.compute
	}
	pool.Run(len(p.phases)*p.groups()*p.pairs(), p.task)
}

func (p *product) pairs() int { return (p.n + 1) / 2 }

// pixels returns the number of destination pixels of a phase.
func (p *product) pixels() int { return p.dst.n * p.phases[0].grid * p.phases[0].grid }

func (p *product) groups() int { return (p.pixels() + taskPixels - 1) / taskPixels }

// compute does task i. The pair of blocks is the outermost index, so that consecutive
// tasks share their weights.
func (p *product) compute(worker, i int) {
	group := i % p.groups()
	phase := &p.phases[i/p.groups()%len(p.phases)]
	block := i / p.groups() / len(p.phases) * 2

	t := &p.tiles[worker]
	*t = kernel.Tile{
		A: p.src.data, B0: p.w[block*p.weightLen:], C0: p.dst.data[(p.first+block)*p.dst.plane:],
		KLen: p.terms, StepA: p.stepA, StepB: p.stepB,
	}
	if block+1 < p.n {
		t.B1, t.C1 = p.w[(block+1)*p.weightLen:], p.dst.data[(p.first+block+1)*p.dst.plane:]
	}
	end := min(p.pixels(), (group+1)*taskPixels)
	for from := 0; from < len(phase.offA); from += runStretch {
		to := min(from+runStretch, len(phase.offA))
		t.OffA, t.OffB = phase.offA[from:to], phase.offB[from:to]
		t.Accumulate = from > 0
		for pixel := group * taskPixels; pixel < end; pixel += kernel.TileRows {
			t.Rows = min(kernel.TileRows, end-pixel)
			p.place(t, phase, pixel)
			t.Run()
		}
	}
}

// place sets the tile's rows to consecutive pixels from the index pixel on. Indices
// count over pictures, then rows, then columns of the phase's grid.
func (p *product) place(t *kernel.Tile, ph *phase, pixel int) {
	row := pixel / ph.grid // over all pictures
	n, y, x := row/ph.grid, row%ph.grid, pixel%ph.grid
	for r := range t.Rows {
		t.RowA[r] = n*p.src.image + y*ph.srcY + x*ph.srcX
		t.RowC[r] = n*p.dst.image + ph.dst + y*ph.dstY + x*ph.dstX
		if x++; x == ph.grid {
			x, y = 0, y+1
		}
		if y == ph.grid {
			y, n = 0, n+1
		}
	}
}
