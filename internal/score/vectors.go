package score

// Sets of feature vectors, and the products and distances of all pairs of two sets.

import (
	"math"

	"dcgan/internal/kernel"
)

// vectors is a set of n vectors of d values, one after the other.
type vectors struct {
	n, d int
	data []float32
}

func (v *vectors) row(i int) []float32 { return v.data[i*v.d : (i+1)*v.d] }

func (v *vectors) mean() []float64 {
	mean := make([]float64, v.d)
	for i := range v.n {
		for k, x := range v.row(i) {
			mean[k] += float64(x)
		}
	}
	for k := range mean {
		mean[k] /= float64(v.n)
	}
	return mean
}

// centred is a set of vectors less a common origin. That makes the values small, so
// that float32 suffices for their products.
type centred struct {
	vectors
	squares []float64 // |v|^2
	along   []float64 // v . origin
	origin  []float64
	blocks  []float32 // the vectors again, 16 side by side: [block of 16][d][16]
}

func newCentred(v *vectors, origin []float64) *centred {
	c := &centred{
		vectors: vectors{v.n, v.d, make([]float32, len(v.data))}, origin: origin,
		squares: make([]float64, v.n), along: make([]float64, v.n),
		blocks: make([]float32, blocksOf(v.n)*v.d*lanes),
	}
	for i := range v.n {
		row := c.row(i)
		for k, x := range v.row(i) {
			row[k] = float32(float64(x) - origin[k])
			c.squares[i] += float64(row[k]) * float64(row[k])
			c.along[i] += float64(row[k]) * origin[k]
			c.blocks[(i/lanes*v.d+k)*lanes+i%lanes] = row[k]
		}
	}
	return c
}

// maxTerms bounds the terms of one call of a tile, which cannot be preempted.
const maxTerms = 4096

// eachRow calls use with the products of vector i of x with all vectors of y, for
// each i. It calls use on all threads of the pool at once, so use may only write to
// memory that belongs to i.
func eachRow(pool *kernel.Pool, x, y *centred, use func(i int, products []float32)) {
	width := blocksOf(y.n) * lanes
	rows := make([]float32, pool.Threads()*kernel.TileRows*width)
	pool.Run((x.n+kernel.TileRows-1)/kernel.TileRows, func(worker, group int) {
		out := rows[worker*kernel.TileRows*width:][:kernel.TileRows*width]
		first := group * kernel.TileRows
		t := kernel.Tile{A: x.data, StepA: 1, StepB: lanes, Rows: min(kernel.TileRows, x.n-first)}
		for r := range t.Rows {
			t.RowA[r], t.RowC[r] = (first+r)*x.d, r*width
		}
		for from := 0; from < x.d; from += maxTerms {
			t.OffA, t.OffB = []int32{int32(from)}, []int32{int32(from * lanes)}
			t.KLen, t.Accumulate = min(maxTerms, x.d-from), from > 0
			for b := 0; b < blocksOf(y.n); b += 2 {
				t.B0, t.C0, t.B1, t.C1 = y.blocks[b*y.d*lanes:], out[b*lanes:], nil, nil
				if b+1 < blocksOf(y.n) {
					t.B1, t.C1 = y.blocks[(b+1)*y.d*lanes:], out[(b+1)*lanes:]
				}
				t.Run()
			}
		}
		for r := range t.Rows {
			use(first+r, out[r*width:][:y.n])
		}
	})
}

// eachDistance calls use with the distances of vector i of x to all vectors of y,
// under the same rule as eachRow.
func eachDistance(pool *kernel.Pool, x, y *centred, use func(i int, distances []float32)) {
	eachRow(pool, x, y, func(i int, p []float32) {
		for j, dot := range p {
			p[j] = float32(math.Sqrt(max(x.squares[i]+y.squares[j]-2*float64(dot), 0)))
		}
		use(i, p)
	})
}
