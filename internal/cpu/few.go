package cpu

import "dcgan/internal/kernel"

// few is the form of the data passes for a wide map of at most four channels, that
// is, of pictures: a pixel's 16 lanes would be mostly empty there.
//
// From narrow to wide, the wide pixels of the four phases (py, px) of a place v of
// the narrow grid together have at most 16 numbers, which make one block of columns:
//
//	out[v, (py, px, c)] = sum over shifts s, channels i of narrow[v + s, i] * b[s, i, (py, px, c)]
//
// It is a kernel-3 stride-1 convolution, whose weights are zero where a phase has no
// tap of that shift: 4 of 9 are left, of 12 of 16 columns for RGB, a third of the
// products in all, which is nearly twice what three columns of 16 are.
//
// From wide to narrow, a run of terms takes one channel along the four taps of a row
// instead of the few channels of one tap (fewPhases).
type few struct {
	c          *conv
	moves      []move
	offA, offB []int32     // the runs: a block of narrow channels under a shift
	scratch    [][]float32 // a thread's results, before they go to their pixels
	tiles      []kernel.Tile
	task       func(worker, i int)

	wide, narrow *featureMap
	b            []float32
}

// newFew returns the form for c, or nil where there is none.
func newFew(c *conv, tiles []kernel.Tile) *few {
	if c.wideC > 4 || c.wide < 4 || c.kernel != 4 || c.stride != 2 {
		return nil
	}
	f := &few{c: c, moves: c.moves(), tiles: tiles, scratch: make([][]float32, len(tiles))}
	for i := range f.scratch {
		f.scratch[i] = make([]float32, taskPixels*lanes)
	}
	plane := (c.narrow + 2) * c.narrowRow
	for block := range c.narrowBlocks {
		for s := range shifts {
			f.offA = append(f.offA, int32(block*plane+s/3*c.narrowRow+s%3*lanes))
			f.offB = append(f.offB, int32((block*shifts+s)*c.narrowLen*lanes))
		}
	}
	f.task = f.compute
	return f
}

// shifts is the number of narrow pixels, 3x3, that the phases of a place meet.
const shifts = 9

// move is the way of one tap's weights into b: for each wide channel a column.
type move struct{ tap, shift, column int }

func (c *conv) moves() (list []move) {
	for py := range 2 {
		for px := range 2 {
			for _, ty := range c.phaseTaps(py) {
				for _, tx := range c.phaseTaps(px) {
					list = append(list, move{
						tap:    c.index(tap{ty.k, tx.k}),
						shift:  (ty.shift+1)*3 + tx.shift + 1,
						column: (py*2 + px) * c.wideC,
					})
				}
			}
		}
	}
	return list
}

// weights fills b, [narrow block][shift][narrow channel][16 columns], from a
// convolution's weights, and returns what it takes of b: less than turnedLen.
func (f *few) weights(b, w []float32) []float32 {
	c := f.c
	b = b[:c.narrowBlocks*shifts*c.narrowLen*lanes]
	clear(b)
	for block := range c.narrowBlocks {
		for _, m := range f.moves {
			to := b[(block*shifts+m.shift)*c.narrowLen*lanes+m.column:]
			for ch := range c.wideC {
				from := w[block*c.blockLen+(m.tap*c.wideLen+ch)*lanes:][:c.narrowLen]
				for i, v := range from {
					to[i*lanes+ch] = v
				}
			}
		}
	}
	return b
}

// run computes wide from narrow and the weights that weights made.
func (f *few) run(wide, narrow *featureMap, b []float32) {
	f.wide, f.narrow, f.b = wide, narrow, b
	f.c.machine.pool.Run((f.pixels()+taskPixels-1)/taskPixels, f.task)
}

// pixels is the number of places of the narrow grid, over all pictures.
func (f *few) pixels() int { return f.narrow.n * f.c.narrow * f.c.narrow }

func (f *few) compute(worker, i int) {
	c, t, out := f.c, &f.tiles[worker], f.scratch[worker]
	*t = kernel.Tile{A: f.narrow.data, B0: f.b, C0: out, KLen: c.narrowLen, StepA: 1, StepB: lanes}
	from, end := i*taskPixels, min(f.pixels(), (i+1)*taskPixels)
	for first := 0; first < len(f.offA); first += runStretch {
		last := min(first+runStretch, len(f.offA))
		t.OffA, t.OffB = f.offA[first:last], f.offB[first:last]
		t.Accumulate = first > 0
		for pixel := from; pixel < end; pixel += kernel.TileRows {
			t.Rows = min(kernel.TileRows, end-pixel)
			for r := range t.Rows {
				n, y, x := f.place(pixel + r)
				t.RowA[r] = n*f.narrow.image + y*c.narrowRow + x*lanes
				t.RowC[r] = (pixel - from + r) * lanes
			}
			t.Run()
		}
	}
	for pixel := from; pixel < end; pixel++ {
		f.scatter(pixel, (*[lanes]float32)(out[(pixel-from)*lanes:]))
	}
}

func (f *few) place(pixel int) (n, y, x int) {
	area := f.c.narrow * f.c.narrow
	return pixel / area, pixel % area / f.c.narrow, pixel % f.c.narrow
}

// scatter writes a place's results to the wide pixels of its phases.
func (f *few) scatter(pixel int, columns *[lanes]float32) {
	c := f.c
	n, y, x := f.place(pixel)
	to := f.wide.data[n*f.wide.image+(2*y+1)*c.wideRow+(2*x+1)*lanes:]
	for py := range 2 {
		for px := range 2 {
			copy(to[py*c.wideRow+px*lanes:][:c.wideC], columns[(py*2+px)*c.wideC:])
		}
	}
}

// fewPhases are forwardPhases whose runs are the four taps of a row, for one channel.
func (c *conv) fewPhases() []phase {
	p := c.forwardPhases()[0]
	p.offA, p.offB = nil, nil
	for y := range c.kernel {
		for ch := range c.wideC {
			p.add(c.wideShift(y)*c.wideRow+c.wideShift(0)*lanes+ch, (c.index(tap{y, 0})*c.wideLen+ch)*lanes)
		}
	}
	return []phase{p}
}
