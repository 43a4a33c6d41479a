package score

// The sliced Wasserstein distance of Karras, Aila, Laine, Lehtinen: Progressive
// Growing of GANs (ICLR 2018), section 5. It compares patches of 7x7 pixels from each
// level of a Laplacian pyramid, normalised by channel, along random directions. Here
// there are 16 patches per picture and 128 directions, instead of 128 and 512, since
// thousands of pictures are compared, not 16,384.

import (
	"math"
	"slices"

	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

const (
	patch       = 7  // width and height of a patch
	patches     = 16 // per picture and level
	directions  = 128
	lowestLevel = 16 // least width of the pyramid's last level
	swdScale    = 1000
)

// plane is one channel of a picture, of size x size values in the range of a byte.
type plane struct {
	size   int
	values []float32
}

// binomial is one dimension of the pyramid's separable 5x5 filter.
var binomial = [5]float32{1. / 16, 4. / 16, 6. / 16, 4. / 16, 1. / 16}

// mirrored returns position i reflected at the edge pixels into 0..size-1.
func mirrored(i, size int) int {
	if i < 0 {
		i = -i
	}
	if i >= size {
		i = 2*(size-1) - i
	}
	return min(max(i, 0), size-1)
}

// filtered returns the plane after the filter, times gain.
func (p plane) filtered(gain float32) plane {
	across := make([]float32, len(p.values))
	for i := range across {
		y, x := i/p.size, i%p.size
		for k, w := range binomial {
			across[i] += w * p.values[y*p.size+mirrored(x+k-2, p.size)]
		}
	}
	down := plane{p.size, make([]float32, len(p.values))}
	for i := range across {
		y, x := i/p.size, i%p.size
		for k, w := range binomial {
			down.values[i] += gain * w * across[mirrored(y+k-2, p.size)*p.size+x]
		}
	}
	return down
}

// halved returns every second pixel of the filtered plane.
func (p plane) halved() plane {
	f := p.filtered(1)
	h := plane{p.size / 2, make([]float32, p.size/2*(p.size/2))}
	for i := range h.values {
		h.values[i] = f.values[i/h.size*2*p.size+i%h.size*2]
	}
	return h
}

// doubled returns the plane at twice the size: the pixels with zeros between them,
// filtered.
func (p plane) doubled() plane {
	d := plane{2 * p.size, make([]float32, 4*len(p.values))}
	for i, v := range p.values {
		d.values[i/p.size*2*d.size+i%p.size*2] = v
	}
	return d.filtered(4)
}

// levels returns the number of levels of a pyramid of pictures of a size.
func levels(size int) int {
	n := 1
	for ; size/2 >= lowestLevel; size /= 2 {
		n++
	}
	return n
}

// pyramid returns the Laplacian pyramid of p, whose values it overwrites. A level is
// its plane less the next one doubled; the last level is its plane.
func pyramid(p plane) []plane {
	list := []plane{p}
	for range levels(p.size) - 1 {
		next := p.halved()
		for i, v := range next.doubled().values {
			p.values[i] -= v
		}
		list = append(list, next)
		p = next
	}
	return list
}

// descriptors writes the patches of one level of a picture at the given corners (y,
// x). A descriptor is a patch of every channel, one after the other.
func descriptors(dst []float32, channels []plane, corners [][2]int) {
	size := channels[0].size
	for _, at := range corners {
		for _, c := range channels {
			for y := range patch {
				copy(dst, c.values[(at[0]+y)*size+at[1]:][:patch])
				dst = dst[patch:]
			}
		}
	}
}

// drawCorners draws the corners of the patches of a picture on a level of size x size.
func drawCorners(size, index, level int) [][2]int {
	src := random.New(1<<32+uint64(level), random.Score, uint64(index))
	corners := make([][2]int, patches)
	for i := range corners {
		corners[i] = [2]int{src.IntN(size - patch + 1), src.IntN(size - patch + 1)}
	}
	return corners
}

// normalise returns descriptors scaled by channel to mean 0 and standard deviation 1.
func normalise(v *vectors) *vectors {
	const area = patch * patch
	out := &vectors{v.n, v.d, make([]float32, len(v.data))}
	for first := 0; first < v.d; first += area {
		var sum, squares float64
		for i := range v.n {
			for _, x := range v.row(i)[first:][:area] {
				sum += float64(x)
			}
		}
		mean := sum / float64(v.n*area)
		for i := range v.n {
			for _, x := range v.row(i)[first:][:area] {
				squares += (float64(x) - mean) * (float64(x) - mean)
			}
		}
		scale := 1 / math.Sqrt(squares/float64(v.n*area))
		if math.IsInf(scale, 0) { // the channel is constant
			scale = 0
		}
		for i := range v.n {
			for k, x := range v.row(i)[first:][:area] {
				out.row(i)[first+k] = float32((float64(x) - mean) * scale)
			}
		}
	}
	return out
}

// direction returns the k-th random unit vector.
func direction(d, k int) []float32 {
	src := random.New(2<<32, random.Score, uint64(k))
	v, length := make([]float32, d), 0.0
	for i := range v {
		v[i] = src.Normal()
		length += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(length))
	}
	return v
}

// slicedWasserstein returns the mean over directions of the mean distance between
// the sorted projections of the two sets. Of the larger set only as many vectors are
// used as the smaller has.
func slicedWasserstein(pool *kernel.Pool, a, b *vectors, along func(d, k int) []float32) float64 {
	n := min(a.n, b.n)
	a, b = normalise(&vectors{n, a.d, a.data}), normalise(&vectors{n, b.d, b.data})
	sums := make([]float64, directions)
	pool.Run(directions/lanes, func(_, group int) {
		block := make([]float32, a.d*lanes) // 16 directions side by side
		for j := range lanes {
			for i, v := range along(a.d, group*lanes+j) {
				block[i*lanes+j] = v
			}
		}
		pa, pb := project(a, block), project(b, block)
		for j := range lanes {
			x, y := ordered(pa, j), ordered(pb, j)
			for i := range x {
				sums[group*lanes+j] += math.Abs(float64(x[i])-float64(y[i])) / float64(n)
			}
		}
	})
	mean := 0.0
	for _, s := range sums {
		mean += s / directions
	}
	return mean
}

// project returns the products of vectors with a block of 16 directions, [n][16].
func project(v *vectors, block []float32) []float32 {
	out := make([]float32, v.n*lanes)
	t := kernel.Tile{A: v.data, B0: block, C0: out, OffA: []int32{0}, OffB: []int32{0}, KLen: v.d, StepA: 1, StepB: lanes}
	for first := 0; first < v.n; first += kernel.TileRows {
		t.Rows = min(kernel.TileRows, v.n-first)
		for r := range t.Rows {
			t.RowA[r], t.RowC[r] = (first+r)*v.d, (first+r)*lanes
		}
		t.Run()
	}
	return out
}

// ordered returns the projections on direction j of a block, in ascending order.
func ordered(projections []float32, j int) []float32 {
	p := make([]float32, len(projections)/lanes)
	for i := range p {
		p[i] = projections[i*lanes+j]
	}
	slices.Sort(p)
	return p
}
