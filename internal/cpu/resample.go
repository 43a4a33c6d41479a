package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// resample computes Downsampling and Upsampling. With the weights far, near, near, far, which add up to 1, Downsampling
// is, along an axis,
//
//	down   narrow[v] = far wide[2v-1] + near wide[2v] + near wide[2v+1] + far wide[2v+2]
//
// with zeros outside the map, which its border holds. far is 0 for a kernel of 2. The transpose is
//
//	up   wide[2v] = far narrow[v-1] + near narrow[v],   wide[2v+1] = near narrow[v] + far narrow[v+1]
//
// Both compute a row of sums along the columns first, and then sums along that row.
type resample struct {
	machine      *machine
	near, far    float32
	factor       float32 // factor of the running call's result
	dst, src     *featureMap
	goDown, goUp func(worker, task int)
}

func newResample(kernel int, m *machine) *resample {
	weights := gan.ResamplingWeights(kernel)
	r := &resample{machine: m, near: float32(weights[len(weights)/2])}
	if len(weights) == 4 {
		r.far = float32(weights[0])
	}
	r.goDown, r.goUp = r.downTask, r.upTask
	return r
}

// resampleScratch returns the scratch memory of a plan that resamples: a row of the wide map.
func resampleScratch(p *plan) scratch {
	wide, _ := p.Sizes()
	return scratch{own: (wide + 2) * lanes}
}

// down computes factor times the narrow map dst of src.
func (r *resample) down(dst, src *featureMap, factor float32) { r.run(r.goDown, dst, src, factor) }

// up computes factor times the wide map dst of src.
func (r *resample) up(dst, src *featureMap, factor float32) { r.run(r.goUp, dst, src, factor) }

func (r *resample) run(task func(worker, task int), dst, src *featureMap, factor float32) {
	r.dst, r.src, r.factor = dst, src, factor
	r.machine.pool.Run(dst.n*dst.blocks, task)
}

// row returns row y of a block of the source with its border; -1 and the size are the rows of zeros.
func (r *resample) row(n, block, y int) []float32 {
	return r.src.data[n*r.src.image+block*r.src.plane+(y+1)*r.src.row:][:r.src.row]
}

func (r *resample) downTask(worker, task int) {
	n, block := task/r.dst.blocks, task%r.dst.blocks
	near, far := r.factor*r.near, r.factor*r.far
	sums := r.machine.own[worker][:r.src.row]
	for y := range r.dst.size {
		a, b, c, d := r.row(n, block, 2*y-1), r.row(n, block, 2*y), r.row(n, block, 2*y+1), r.row(n, block, 2*y+2)
		a, b, c, d = a[:len(sums)], b[:len(sums)], c[:len(sums)], d[:len(sums)]
		for i := range sums {
			sums[i] = float32(near*(b[i]+c[i])) + float32(far*(a[i]+d[i]))
		}
		out := r.dst.inside(n, block, y)
		for x := range r.dst.size {
			p, to := (*[4 * lanes]float32)(sums[2*x*lanes:]), (*[lanes]float32)(out[x*lanes:])
			for i := range to {
				to[i] = float32(r.near*(p[lanes+i]+p[2*lanes+i])) + float32(r.far*(p[i]+p[3*lanes+i]))
			}
		}
	}
}

func (r *resample) upTask(worker, task int) {
	n, block := task/r.dst.blocks, task%r.dst.blocks
	near, far := r.factor*r.near, r.factor*r.far
	sums := r.machine.own[worker][:r.src.row]
	for y := range r.dst.size {
		beside := y/2 - 1 + y%2*2
		a, b := r.row(n, block, y/2)[:len(sums)], r.row(n, block, beside)[:len(sums)]
		for i := range sums {
			sums[i] = float32(near*a[i]) + float32(far*b[i])
		}
		out := r.dst.inside(n, block, y)
		for x := range r.src.size {
			p, to := (*[3 * lanes]float32)(sums[x*lanes:]), (*[2 * lanes]float32)(out[2*x*lanes:])
			for i := range lanes {
				own := float32(r.near * p[lanes+i])
				to[i] = own + float32(r.far*p[i])
				to[lanes+i] = own + float32(r.far*p[2*lanes+i])
			}
		}
	}
}

// sum adds maps of one shape.
type sum struct {
	pool     *kernel.Pool
	dst, src *featureMap // of the running call
	copying  bool
	task     func(worker, task int)
}

func newSum(pool *kernel.Pool) *sum {
	s := &sum{pool: pool}
	s.task = s.block
	return s
}

// set makes dst a copy of src.
func (s *sum) set(dst, src *featureMap) { s.run(dst, src, true) }

// add adds src to dst.
func (s *sum) add(dst, src *featureMap) { s.run(dst, src, false) }

func (s *sum) run(dst, src *featureMap, copying bool) {
	s.dst, s.src, s.copying = dst, src, copying
	s.pool.Run(dst.n*dst.blocks, s.task)
}

func (s *sum) block(_, task int) {
	n, block := task/s.dst.blocks, task%s.dst.blocks
	if s.copying {
		copy(s.dst.pixels(n, block), s.src.pixels(n, block)) // the borders between the rows too: zeros
		return
	}
	s.dst.add(s.src, n, block)
}

// add adds a block of a picture of another map of the same shape. For slope 1, invstd 1 and shifts of 0,
// kernel.NormGrad computes dy - b*x; b is -1.
func (m *featureMap) add(src *featureMap, n, block int) {
	pixels := m.pixels(n, block)
	kernel.NormGrad(m.shape(), pixels, pixels, src.pixels(n, block),
		&zeros16, &ones16, &zeros16, &zeros16, &minusOnes16, 1)
}
