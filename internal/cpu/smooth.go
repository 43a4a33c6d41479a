package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// smooth derives a layer's kernels of 4x4 from trained ones of 3x3 (gan/smooth.go). With runs of one tap's weights
// between two blocks of channels, t[y][x] trained and w[y][x] derived, it adds along the rows and then the columns,
//
//	r[y][x] = t[y][x] + t[y-1][x],   w[y][x] = s (r[y][x] + r[y][x-1])
//
// and the gradients go back through the same sums,
//
//	dr[y][x] = s (dw[y][x] + dw[y][x+1]),   dt[y][x] = dr[y][x] + dr[y+1][x]
//
// where what lies beyond a kernel is 0.
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

// smoothRun is the most weights of a tap between two blocks.
const smoothRun = lanes * lanes

// smoothScratch is the scratch memory that derive and backward need: 12 runs.
func smoothScratch() scratch { return scratch{own: 12 * smoothRun} }

// newSmooth returns the smooth kernels of a layer whose derived weights it gives memory.
func newSmooth(spec *gan.Layer, derived *parameter, m *machine) *smooth {
	three := *spec
	three.Kernel, three.Smooth = 3, false
	s := &smooth{
		name: spec.Name, derived: derived, machine: m,
		trained: &parameter{Named: gan.Parameters([]gan.Layer{*spec})[0], conv: newConv(&plan{Layer: three,
			widePixel: lanes}, m)},
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

// blocks is the number of pairs of blocks.
func (s *smooth) blocks() int { return s.derived.conv.narrowBlocks * s.derived.conv.wideBlocks }

func (s *smooth) derive() {
	s.machine.pool.Run(s.blocks(), s.spread)
	s.watch.lap(&s.account)
}

func (s *smooth) backward() {
	s.machine.pool.Run(s.blocks(), s.gather)
	s.watch.lap(&s.account)
}

// taps is a block of weights by tap.
type taps struct {
	data       []float32
	rows, cols int
	run        int // floats of a tap
}

// at returns a tap's weights, nil beyond the kernel.
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

// add computes dst = scale * (a + b), where one of a and b may be nil for zeros, and scale a power of two. With b's
// factor -1/scale and no shifts kernel.NormGrad computes scale * (a + scale b / scale).
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
