package cpu

import "dcgan/internal/kernel"

// weightProduct computes a convolution's backward-weight pass:
//
//	dw[tap, i, j] (+)= sum over pictures and narrow pixels p of wide[stride*p + tap, i] * narrow[p, j]
//
// A row of a tile is a (tap, wide channel) pair, and a run is a row of pixels of the
// narrow map. A task owns some rows of a block of dw, so that no two threads add to
// the same sum, and each sum adds the pictures in order. The task processes the batch
// in chunks of about chunkPixels pixels. A chunk stays in the core's cache while the
// task's rows are computed.
type weightProduct struct {
	c      *conv
	rows   []int   // offset of each (tap, wide channel) in the wide map
	places []int   // offset of each (tap, wide channel) in a block of dw
	offA   []int32 // offsets of a chunk's runs in the wide map
	offB   []int32 // offsets of a chunk's runs in the narrow map
	group  int     // rows of a task
	images int     // pictures of a chunk; 0 if a chunk is a part of one picture
	tiles  []kernel.Tile
	task   func(worker, i int)

	dw           []float32
	wide, narrow *featureMap
	accumulate   bool
}

const (
	chunkPixels = 256
	// The least number of tasks of a layer, unless its shape allows fewer only.
	weightTasks = 32
)

func newWeightProduct(c *conv, tiles []kernel.Tile) weightProduct {
	w := weightProduct{c: c, tiles: tiles}
	for _, t := range c.usedTaps() {
		for i := range c.wideLen {
			w.rows = append(w.rows, c.wideShift(t.y)*c.wideRow+c.wideShift(t.x)*c.widePixel+i)
			w.places = append(w.places, (c.index(t)*c.wideLen+i)*lanes)
		}
	}
	w.chunk()
	w.group = len(w.rows)
	for w.group > kernel.TileRows && w.pairs()*c.wideBlocks*w.groups() < weightTasks {
		w.group = max(kernel.TileRows, w.group/2/kernel.TileRows*kernel.TileRows)
	}
	return w
}

// chunk decides what a chunk is: some whole pictures if the map is small, some rows of
// a picture otherwise. It fills the tables with the offsets of the first chunk. Those of
// the other chunks differ by a constant.
func (w *weightProduct) chunk() {
	c := w.c
	wideImage := c.wideBlocks * (c.wide + 2) * c.wideRow
	narrowImage := c.narrowBlocks * (c.narrow + 2) * c.narrowRow
	rows := c.narrow
	w.images = chunkPixels / (c.narrow * c.narrow)
	if w.images == 0 {
		rows = max(1, chunkPixels/c.narrow)
	}
	for n := range max(1, w.images) {
		for y := range rows {
			w.offA = append(w.offA, int32(n*wideImage+y*c.stride*c.wideRow))
			w.offB = append(w.offB, int32(n*narrowImage+(y+1)*c.narrowRow+lanes))
		}
	}
}

func (w *weightProduct) pairs() int  { return (w.c.narrowBlocks + 1) / 2 }
func (w *weightProduct) groups() int { return (len(w.rows) + w.group - 1) / w.group }

func (w *weightProduct) run(pool *kernel.Pool, dw []float32, wide, narrow *featureMap, accumulate bool) {
	w.dw, w.wide, w.narrow, w.accumulate = dw, wide, narrow, accumulate
	if w.task == nil {
		w.task = w.compute
	}
	pool.Run(w.pairs()*w.c.wideBlocks*w.groups(), w.task)
}

func (w *weightProduct) compute(worker, i int) {
	c := w.c
	group := i % w.groups()
	wideBlock := i / w.groups() % c.wideBlocks
	block := i / w.groups() / c.wideBlocks * 2

	t := &w.tiles[worker]
	*t = kernel.Tile{
		KLen: c.narrow, StepA: c.stride * c.widePixel, StepB: lanes,
		C0: w.dw[(block*c.wideBlocks+wideBlock)*c.blockLen:],
	}
	two := block+1 < c.narrowBlocks
	if two {
		t.C1 = w.dw[((block+1)*c.wideBlocks+wideBlock)*c.blockLen:]
	}
	from, to := group*w.group, min((group+1)*w.group, len(w.rows))
	accumulate := w.accumulate
	for n, y := 0, 0; n < w.wide.n; {
		runs := len(w.offA)
		if w.images > 0 {
			runs = min(runs, (w.wide.n-n)*c.narrow)
		}
		t.OffA, t.OffB = w.offA[:runs], w.offB[:runs]
		t.A = w.wide.data[n*w.wide.image+wideBlock*w.wide.plane+y*c.stride*c.wideRow:]
		b := w.narrow.data[n*w.narrow.image+block*w.narrow.plane+y*c.narrowRow:]
		t.B0 = b
		if two {
			t.B1 = b[w.narrow.plane:]
		}
		t.Accumulate = accumulate
		w.rowsOf(t, from, to)
		accumulate = true
		if w.images > 0 {
			n += w.images
		} else if y += runs; y == c.narrow {
			n, y = n+1, 0
		}
	}
}

// rowsOf runs the tile over the rows from..to-1.
func (w *weightProduct) rowsOf(t *kernel.Tile, from, to int) {
	for r := from; r < to; r += kernel.TileRows {
		t.Rows = min(kernel.TileRows, to-r)
		copy(t.RowA[:], w.rows[r:r+t.Rows])
		copy(t.RowC[:], w.places[r:r+t.Rows])
		t.Run()
	}
}
