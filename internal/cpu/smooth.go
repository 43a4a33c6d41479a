package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// smooth derives a layer's 4x4 kernels w from trained 3x3 kernels t (gan/smooth.go). It adds neighbouring taps along y
// and then along x,
//
//	r[y][x] = t[y][x] + t[y-1][x],   w[y][x] = s (r[y][x] + r[y][x-1])
//
// Backward applies the transposed sums to the gradients,
//
//	dr[y][x] = s (dw[y][x] + dw[y][x+1]),   dt[y][x] = dr[y][x] + dr[y+1][x]
//
// Taps outside a kernel are 0. Each t[y][x], r[y][x] and w[y][x] is a run: the weights of one tap between two blocks of
// channels.
type smooth struct {
	name    string
	derived *parameter // 4x4
	trained *parameter // 3x3
	machine *machine
	watch   *stopwatch // nil without a profile
	account account

	scale          float32 // s
	spread, gather func(worker, block int)
}

// smoothRun is the largest length of a run.
const smoothRun = lanes * lanes

// smoothScratch returns the scratch memory that derive and backward need: 12 runs a thread, for r or dr.
func smoothScratch() scratch { return scratch{own: 12 * smoothRun} }

// newSmooth returns the smooth kernels of a layer. It allocates the derived weights and their gradient.
func newSmooth(spec *gan.Layer, derived *parameter, m *machine) *smooth {
	three := *spec
	three.Kernel, three.Smooth = 3, false
	s := &smooth{
		name: spec.Name, derived: derived, machine: m,
		trained: &parameter{
			Named: gan.Parameters([]gan.Layer{*spec})[0],
			conv:  newConv(&plan{Layer: three, widePixel: lanes}, m),
		},
		scale: float32(spec.SmoothScale()),
	}
	derived.w, derived.g = m.memory.floats(derived.len()), m.memory.floats(derived.len())
	s.spread, s.gather = s.deriveBlock, s.backwardBlock
	return s
}

func (s *smooth) watched(w *stopwatch) { s.watch, s.account = w, account{} }

func (s *smooth) taken() PassTime {
	return PassTime{Layer: s.name, Pass: "smooth kernels", Runs: s.account.runs, Time: s.account.time}
}

// blocks returns the number of pairs of a narrow and a wide block.
func (s *smooth) blocks() int { return s.derived.conv.narrowBlocks * s.derived.conv.wideBlocks }

func (s *smooth) derive() {
	s.machine.pool.Run(s.blocks(), s.spread)
	s.watch.lap(&s.account)
}

func (s *smooth) backward() {
	s.machine.pool.Run(s.blocks(), s.gather)
	s.watch.lap(&s.account)
}

// taps is the weights between two blocks of channels, by tap.
type taps struct {
	data       []float32
	rows, cols int
	run        int // floats of a tap
}

// at returns the run of a tap, or nil outside the kernel.
func (t taps) at(y, x int) []float32 {
	if y < 0 || y >= t.rows || x < 0 || x >= t.cols {
		return nil
	}
	return t.data[(y*t.cols+x)*t.run:][:t.run]
}

// tapsOf returns a block of a parameter's weights or gradients.
func tapsOf(p *parameter, v []float32, block int) taps {
	c := p.conv
	return taps{v[block*c.blockLen:], c.kernel, c.kernel, c.wideLen * lanes}
}

func (s *smooth) deriveBlock(worker, block int) {
	t, w := tapsOf(s.trained, s.trained.w, block), tapsOf(s.derived, s.derived.w, block)
	r := taps{s.machine.own[worker], 4, 3, t.run}
	for y := range 4 {
		for x := range 3 {
			add(r.at(y, x), t.at(y, x), t.at(y-1, x), 1)
		}
		for x := range 4 {
			add(w.at(y, x), r.at(y, x), r.at(y, x-1), s.scale)
		}
	}
}

func (s *smooth) backwardBlock(worker, block int) {
	dt, dw := tapsOf(s.trained, s.trained.g, block), tapsOf(s.derived, s.derived.g, block)
	dr := taps{s.machine.own[worker], 4, 3, dt.run}
	for y := range 4 {
		for x := range 3 {
			add(dr.at(y, x), dw.at(y, x), dw.at(y, x+1), s.scale)
		}
	}
	for y := range 3 {
		for x := range 3 {
			add(dt.at(y, x), dr.at(y, x), dr.at(y+1, x), 1)
		}
	}
}

// add computes dst = scale * (a + b). One of a and b may be nil, which stands for zeros. scale is a power of two, so
// that scale * (a - scale*b*(-1/scale)), which kernel.NormGrad computes, has the same bits.
func add(dst, a, b []float32, scale float32) {
	factor, minusInverse := filled16(scale), filled16(-1/scale)
	row := kernel.Row(len(dst) / lanes)
	switch {
	case a == nil:
		kernel.Normalize(row, dst, b, &factor, &zeros16, 1)
	case b == nil:
		kernel.Normalize(row, dst, a, &factor, &zeros16, 1)
	default:
		kernel.NormGrad(row, dst, a, b, &zeros16, &factor, &zeros16, &zeros16, &minusInverse, 1)
	}
}
