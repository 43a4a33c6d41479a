package score

// Convolutional networks for forward passes only, in float32. Each thread passes a
// chunk of pictures. kernel.Tile computes the products, without im2col; the rest is
// plain Go.

import (
	"fmt"
	"math"

	"dcgan/internal/kernel"
)

// lanes is the number of channels of a block, which lie side by side in a map.
const lanes = kernel.Lanes

// blocksOf returns the number of blocks that channels fill.
func blocksOf(channels int) int { return (channels + lanes - 1) / lanes }

// featureMap holds the maps of n pictures, [picture][block of 16 channels][row]
// [column][16]. A border of zeros on every side is the padding of the convolutions
// that read it. In the last block, unused channels are zero.
type featureMap struct {
	n, height, width, channels int
	border                     int
	data                       []float32
}

func (m *featureMap) row() int   { return (m.width + 2*m.border) * lanes }
func (m *featureMap) plane() int { return (m.height + 2*m.border) * m.row() }
func (m *featureMap) image() int { return blocksOf(m.channels) * m.plane() }

// at returns the index of pixel (y, x) of block b of picture n.
func (m *featureMap) at(n, b, y, x int) int {
	return n*m.image() + b*m.plane() + (y+m.border)*m.row() + (x+m.border)*lanes
}

// pixels returns the values of row y of a block, without the border.
func (m *featureMap) pixels(n, b, y int) []float32 {
	return m.data[m.at(n, b, y, 0):][:m.width*lanes]
}

// arena allocates the maps of a forward pass. All of them are released at once.
type arena struct {
	memory []float32
	used   int // values allocated; over len(memory) in the first pass
}

// reset releases all maps, and grows the memory to what was allocated.
func (a *arena) reset() {
	if a.used > len(a.memory) {
		a.memory = make([]float32, a.used)
	}
	a.used = 0
}

// newMap returns maps with borders of zeros. The caller writes all other values.
func (a *arena) newMap(n, height, width, channels, border int) *featureMap {
	m := &featureMap{n: n, height: height, width: width, channels: channels, border: border}
	size := n * m.image()
	first := a.used
	a.used += size
	if a.used > len(a.memory) {
		m.data = make([]float32, size)
		return m
	}
	m.data = a.memory[first:a.used]
	if border > 0 {
		clear(m.data)
	}
	return m
}

// activation is the function that ends a layer.
type activation int

const (
	linear activation = iota
	relu
	relu6 // min(max(x, 0), 6)
)

// slope returns the activation's slope below 0.
func (a activation) slope() float32 {
	if a == linear {
		return 1
	}
	return 0
}

// padding is the number of zeros that a convolution adds on each side of a map.
type padding struct{ top, left, bottom, right int }

// evenly returns a padding of y at top and bottom and of x at left and right.
func evenly(y, x int) padding { return padding{y, x, y, x} }

// norm maps the sums of a convolution to x*scale + shift, by channel: a batch norm
// with recorded statistics, or a bias. Both slices have 16 entries per block.
type norm struct{ scale, shift []float32 }

// newNorm returns a batch norm as scale and shift. A nil gamma stands for 1.
func newNorm(gamma, beta, mean, variance []float32, epsilon float64) norm {
	n := norm{make([]float32, blocksOf(len(beta))*lanes), make([]float32, blocksOf(len(beta))*lanes)}
	for c := range beta {
		scale := 1 / math.Sqrt(float64(variance[c])+epsilon)
		if gamma != nil {
			scale *= float64(gamma[c])
		}
		n.scale[c] = float32(scale)
		n.shift[c] = float32(float64(beta[c]) - float64(mean[c])*scale)
	}
	return n
}

// apply maps the sums in m in place, and then the activation.
func (n *norm) apply(m *featureMap, a activation) {
	for b := range blocksOf(m.channels) {
		scale, shift := (*[lanes]float32)(n.scale[b*lanes:]), (*[lanes]float32)(n.shift[b*lanes:])
		for i := range m.n {
			for y := range m.height {
				p := m.pixels(i, b, y)
				kernel.Normalize(kernel.Row(m.width), p, p, scale, shift, a.slope())
				if a == relu6 {
					for k, v := range p {
						p[k] = min(v, 6)
					}
				}
			}
		}
	}
}

// conv is a convolution with its norm and activation. The terms of a sum are cut into
// runs: a run is one tap of the kernel times the channels of one input block.
type conv struct {
	in, out         int // channels
	height, width   int // of the kernel
	stride          int
	pad             padding
	norm            norm
	activation      activation
	weights         []float32 // [out block][run][channel of the run's block][16 out]
	runLen, runSize int       // channels of a run; its weights for one out block
}

// newConv makes a convolution of weights in the order OIHW. shape is their shape.
func newConv(weights []float32, shape [4]int, stride int, pad padding, n norm, a activation) (*conv, error) {
	c := &conv{
		out: shape[0], in: shape[1], height: shape[2], width: shape[3],
		stride: stride, pad: pad, norm: n, activation: a,
	}
	if len(weights) != c.out*c.in*c.height*c.width || len(n.shift) != blocksOf(c.out)*lanes {
		return nil, fmt.Errorf("%d weights and %d shifts for a convolution of shape %v",
			len(weights), len(n.shift), shape)
	}
	c.runLen = min(lanes, c.in)
	c.runSize = c.runLen * lanes
	c.weights = make([]float32, blocksOf(c.out)*c.runs()*c.runSize)
	taps := c.height * c.width
	for i, w := range weights {
		o, k, tap := i/(c.in*taps), i/taps%c.in, i%taps
		run := o/lanes*c.runs() + k/lanes*taps + tap
		c.weights[run*c.runSize+k%lanes*lanes+o%lanes] = w
	}
	return c, nil
}

func (c *conv) runs() int { return blocksOf(c.in) * c.height * c.width }

// maxRuns bounds the runs of one call of a tile: the call cannot be preempted, and
// its weights should fit into the nearest cache.
const maxRuns = 128

// forward returns the layer's output for x, with a border for the layers that read
// it.
func (c *conv) forward(a *arena, x *featureMap, border int) *featureMap {
	y := a.newMap(x.n,
		(x.height+c.pad.top+c.pad.bottom-c.height)/c.stride+1,
		(x.width+c.pad.left+c.pad.right-c.width)/c.stride+1, c.out, border)
	c.products(y, x)
	c.norm.apply(y, c.activation)
	return y
}

// products computes the sums, 8 pixels by 32 channels at a time.
func (c *conv) products(y, x *featureMap) {
	offA, offB := c.tables(x)
	t := kernel.Tile{A: x.data, KLen: c.runLen, StepA: 1, StepB: lanes}
	pixels := y.n * y.height * y.width
	for b := 0; b < blocksOf(c.out); b += 2 {
		length := c.runs() * c.runSize
		t.B0, t.C0 = c.weights[b*length:], y.data[b*y.plane():]
		t.B1, t.C1 = nil, nil
		if b+1 < blocksOf(c.out) {
			t.B1, t.C1 = c.weights[(b+1)*length:], y.data[(b+1)*y.plane():]
		}
		for from := 0; from < len(offA); from += maxRuns {
			to := min(from+maxRuns, len(offA))
			t.OffA, t.OffB, t.Accumulate = offA[from:to], offB[from:to], from > 0
			for pixel := 0; pixel < pixels; pixel += kernel.TileRows {
				t.Rows = min(kernel.TileRows, pixels-pixel)
				for r := range t.Rows {
					n, p := (pixel+r)/(y.height*y.width), (pixel+r)%(y.height*y.width)
					i, j := p/y.width, p%y.width
					t.RowA[r] = x.at(n, 0, i*c.stride-c.pad.top, j*c.stride-c.pad.left)
					t.RowC[r] = y.at(n, 0, i, j)
				}
				t.Run()
			}
		}
	}
}

// tables returns, for each run, its offset in x from an output pixel's first input
// pixel, and its offset in the weights of an output block.
func (c *conv) tables(x *featureMap) (offA, offB []int32) {
	for b := range blocksOf(c.in) {
		for ky := range c.height {
			for kx := range c.width {
				offA = append(offA, int32(b*x.plane()+ky*x.row()+kx*lanes))
				offB = append(offB, int32(len(offB)*c.runSize))
			}
		}
	}
	return offA, offB
}

// depthwise is a 3x3 convolution of each channel with its own kernel, ended by ReLU6.
type depthwise struct {
	channels, stride int
	pad              padding
	norm             norm      // its scale is multiplied into the weights
	weights          []float32 // [block][tap][16]
}

// newDepthwise makes a depthwise convolution of weights [3][3][channels].
func newDepthwise(weights []float32, channels, stride int, pad padding, n norm) *depthwise {
	d := &depthwise{channels: channels, stride: stride, pad: pad, norm: n}
	d.weights = make([]float32, blocksOf(channels)*9*lanes)
	for i, w := range weights {
		tap, c := i/channels, i%channels
		d.weights[(c/lanes*9+tap)*lanes+c%lanes] = w * n.scale[c]
	}
	return d
}

// forward returns the layer's output for x, without a border.
func (d *depthwise) forward(a *arena, x *featureMap) *featureMap {
	y := a.newMap(x.n,
		(x.height+d.pad.top+d.pad.bottom-3)/d.stride+1,
		(x.width+d.pad.left+d.pad.right-3)/d.stride+1, d.channels, 0)
	for n := range y.n {
		for b := range blocksOf(d.channels) {
			w := (*[9 * lanes]float32)(d.weights[b*9*lanes:])
			shift := (*[lanes]float32)(d.norm.shift[b*lanes:])
			for i := range y.height {
				out := y.pixels(n, b, i)
				for j := range y.width {
					first := x.at(n, b, i*d.stride-d.pad.top, j*d.stride-d.pad.left)
					stencil((*[lanes]float32)(out[j*lanes:]), x.data[first:], x.row(), w, shift)
				}
			}
		}
	}
	return y
}

// stencil computes one output pixel of 16 channels from the 3x3 pixels whose first is
// x[0].
func stencil(out *[lanes]float32, x []float32, row int, w *[9 * lanes]float32, shift *[lanes]float32) {
	a, b, c := (*[3 * lanes]float32)(x), (*[3 * lanes]float32)(x[row:]), (*[3 * lanes]float32)(x[2*row:])
	for k := range lanes {
		v := shift[k] +
			a[k]*w[k] + a[k+16]*w[k+16] + a[k+32]*w[k+32] +
			b[k]*w[k+48] + b[k+16]*w[k+64] + b[k+32]*w[k+80] +
			c[k]*w[k+96] + c[k+16]*w[k+112] + c[k+32]*w[k+128]
		out[k] = min(max(v, 0), 6)
	}
}

// add adds x to y. Both have the same shape.
func add(y, x *featureMap) {
	for n := range y.n {
		for b := range blocksOf(y.channels) {
			for i := range y.height {
				out, in := y.pixels(n, b, i), x.pixels(n, b, i)
				for k, v := range in {
					out[k] += v
				}
			}
		}
	}
}

// average writes the mean of each channel of picture n to dst.
func average(dst []float32, m *featureMap, n int) {
	for b := range blocksOf(m.channels) {
		var sum [lanes]float64
		for y := range m.height {
			p := m.pixels(n, b, y)
			for x := range m.width {
				for k, v := range (*[lanes]float32)(p[x*lanes:]) {
					sum[k] += float64(v)
				}
			}
		}
		for k := range min(lanes, m.channels-b*lanes) {
			dst[b*lanes+k] = float32(sum[k] / float64(m.height*m.width))
		}
	}
}

// inputBorder is the border of the maps of a network's input.
const inputBorder = 1
