package cpu

import "dcgan/internal/kernel"

// transposeTask copies a layer's weights from [narrow block][wide block][tap][wide][16
// narrow] to [wide block][narrow block][tap][narrow][16 wide], as backwardData
// reads them: the channels of a tap transposed block by block.
type transposeTask struct {
	c        *conv
	task     func(worker, i int)
	dst, src []float32
	from, to int
}

func newTransposeTask(c *conv) transposeTask { return transposeTask{c: c} }

// run turns the wide blocks from..to-1.
func (t *transposeTask) run(dst, src []float32, from, to int) {
	t.dst, t.src, t.from, t.to = dst, src, from, to
	if t.task == nil {
		t.task = t.compute
	}
	t.c.machine.pool.Run(t.c.narrowBlocks*(to-from), t.task)
}

func (t *transposeTask) compute(_, i int) {
	c, blocks := t.c, t.to-t.from
	wide, narrow := i%blocks, i/blocks
	transposedLen := c.tapCount() * c.narrowLen * lanes
	src := t.src[(narrow*c.wideBlocks+t.from+wide)*c.blockLen:][:c.blockLen]
	c.transposeBlock(t.dst[(wide*c.narrowBlocks+narrow)*transposedLen:][:transposedLen], src)
}

// transposeBlock turns the channels of every tap.
func (c *conv) transposeBlock(dst, src []float32) {
	if c.wideLen == lanes && c.narrowLen == lanes {
		kernel.Transpose16(dst, src)
		return
	}
	from, to := c.wideLen*lanes, c.narrowLen*lanes
	for k := range c.tapCount() {
		c.transposeTap(dst[k*to:][:to], src[k*from:][:from])
	}
}

// transposeTap turns the channels of a tap, [wide][16 narrow], to [narrow][16 wide].
func (c *conv) transposeTap(dst, src []float32) {
	if c.wideLen == lanes && c.narrowLen == lanes {
		kernel.Transpose16(dst, src)
		return
	}
	clear(dst) // the channels past the last
	for i := range c.wideLen {
		for j := range c.narrowLen {
			dst[j*lanes+i] = src[i*lanes+j]
		}
	}
}
