package cpu

import "dcgan/internal/kernel"

// picturePass is the form of the data passes for a wide map of at most four channels, that
// is, of pictures, whose pixels are short: four floats.
//
// From narrow to wide, a narrow pixel gives to 16 taps of at most four channels: 64
// columns of a product, without a term that is zero but for the fourth channel.
//
//	products[v, (tap, c)] = sum over channels i of narrow[v, i] * b[i, (tap, c)]
//
// Every wide pixel is then the sum of four narrow pixels' products (kernel.Overlap). The
// taps are in the order that it wants.
//
// From wide to narrow, a run of terms takes one channel along the four taps of a row
// instead of the few channels of one tap (picturePhases).
type picturePass struct {
	c          *conv
	taps       [kernel.OverlapLen / shortPixel]int // the tap of each group of columns
	offA, offB []int32                             // the runs: blocks of narrow channels
	task       func(worker, i int)

	wide, narrow *featureMap
	b            []float32
}

// pictureRows is the number of narrow rows of a task, at most. Those beside them are multiplied too.
const pictureRows = 32

// newPicturePass returns the form for c, or nil where there is none.
func newPicturePass(c *conv) *picturePass {
	if c.widePixel != shortPixel {
		return nil
	}
	f := &picturePass{c: c}
	for i := range f.taps {
		a, b, p, q := i>>3, i>>2&1, i>>1&1, i&1
		f.taps[i] = c.index(tap{pictureTap(p, a), pictureTap(q, b)})
	}
	plane := (c.narrow + 2) * c.narrowRow
	for block := range c.narrowBlocks {
		f.offA = append(f.offA, int32(block*plane))
		f.offB = append(f.offB, int32(block*c.narrowLen*lanes))
	}
	f.task = f.compute
	return f
}

// pictureTap is the tap of an axis under which a wide pixel of phase p meets the narrow pixel
// of its own place (a = 0) or the one beside it (a = 1): pixel 2v+p is 2(v+s)-1 plus the
// tap, with s = 0 or 2p-1.
func pictureTap(p, a int) int { return 1 + p - 2*a*(2*p-1) }

// rowLen is the number of floats of a narrow row's products, with those of its border.
func (f *picturePass) rowLen() int { return (f.c.narrow + 2) * kernel.OverlapLen }

func (f *picturePass) columns() int { return len(f.offA) * f.c.narrowLen * lanes } // weights of 16 columns

// scratch: the weights; products of three rows, and a row of zeros.
func (f *picturePass) scratch() scratch {
	return scratch{shared: kernel.OverlapLen / lanes * f.columns(), own: 4 * f.rowLen()}
}

// weights fills b, [4 (a, b)][narrow block][narrow channel][16 columns], from a convolution's
// weights.
func (f *picturePass) weights(b, w []float32) {
	c := f.c
	clear(b)
	for i, tap := range f.taps {
		for block := range c.narrowBlocks {
			to := b[i/4*f.columns()+block*c.narrowLen*lanes+i%4*shortPixel:]
			for ch := range c.wideC {
				for j, v := range w[block*c.blockLen+(tap*c.wideLen+ch)*lanes:][:c.narrowLen] {
					to[j*lanes+ch] = v
				}
			}
		}
	}
}

// run computes wide from narrow.
func (f *picturePass) run(m *machine, wide, narrow *featureMap, w []float32) {
	f.wide, f.narrow, f.b = wide, narrow, m.shared[:f.scratch().shared]
	f.weights(f.b, w)
	m.pool.Run(narrow.n*f.strips(), f.task)
}

// strips is the number of tasks of a picture.
func (f *picturePass) strips() int { return (f.c.narrow + pictureRows - 1) / pictureRows }

// compute goes down a strip with the products of three rows.
func (f *picturePass) compute(worker, i int) {
	n, from := i/f.strips(), i%f.strips()*pictureRows
	to := min(f.c.narrow, from+pictureRows)
	own := f.c.machine.own[worker][:f.scratch().own]
	clear(own)
	row := func(y int) []float32 { // the fourth is that beyond the map
		at := 3
		if y >= 0 && y < f.c.narrow {
			at = y % 3
		}
		return own[at*f.rowLen():][:f.rowLen()]
	}
	for y := max(0, from-1); y < min(f.c.narrow, to+1); y++ {
		f.multiply(worker, row(y), n, y)
		if y > from {
			f.add(n, y-1, row)
		}
	}
	if to == f.c.narrow {
		f.add(n, to-1, row)
	}
}

// add computes the wide rows of narrow row y.
func (f *picturePass) add(n, y int, row func(y int) []float32) {
	kernel.Overlap(f.wide.inside(n, 0, 2*y), f.wide.inside(n, 0, 2*y+1), row(y-1), row(y), row(y+1))
}

// multiply computes the products of a narrow row.
func (f *picturePass) multiply(worker int, products []float32, n, y int) {
	c, t := f.c, &f.c.machine.tiles[worker]
	*t = kernel.Tile{KLen: c.narrowLen, StepA: 1, StepB: lanes}
	for r := range kernel.TileRows {
		t.RowA[r], t.RowC[r] = r*lanes, r*kernel.OverlapLen
	}
	for first := 0; first < len(f.offA); first += runStretch {
		last := min(first+runStretch, len(f.offA))
		t.OffA, t.OffB = f.offA[first:last], f.offB[first:last]
		t.Accumulate = first > 0
		for columns := 0; columns < kernel.OverlapLen; columns += 2 * lanes {
			t.B0 = f.b[columns/lanes*f.columns():]
			t.B1 = t.B0[f.columns():]
			for x := 0; x < c.narrow; x += kernel.TileRows {
				t.Rows = min(kernel.TileRows, c.narrow-x)
				t.A = f.narrow.data[n*f.narrow.image+(y+1)*f.narrow.row+(x+1)*lanes:]
				t.C0 = products[(1+x)*kernel.OverlapLen+columns:]
				t.C1 = t.C0[lanes:]
				t.Run()
			}
		}
	}
}

// picturePhases are forwardPhases whose runs are the four taps of a row, for one channel.
func (c *conv) picturePhases() []phase {
	p := c.forwardPhases()[0]
	p.offA, p.offB = nil, nil
	for y := range c.kernel {
		for ch := range c.wideC {
			p.add(c.wideShift(y)*c.wideRow+c.wideShift(0)*shortPixel+ch, (c.index(tap{y, 0})*c.wideLen+ch)*lanes)
		}
	}
	return []phase{p}
}
