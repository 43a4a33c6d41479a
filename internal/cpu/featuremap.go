package cpu

import (
	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
)

const lanes = kernel.Lanes

// featureMap is a batch of square maps in the engine's layout,
//
//	[picture][block of 16 channels][size+2][size+2][16]
//
// A pixel of a block is 16 contiguous floats: one AVX-512 register. A border of
// one pixel of zeros goes round every map, so that a kernel-4 stride-2
// convolution with padding 1 reads it without a special case. Whoever writes a
// map writes the inside only; the border and the channels past the last are
// zero from the allocation on and stay so.
type featureMap struct {
	n, channels, blocks, size int

	row   int // floats from a row to the next
	plane int // floats of a block: (size+2) rows
	image int // floats of a picture: all blocks
	data  []float32
}

func newFeatureMap(n, channels, size int) *featureMap {
	m := &featureMap{n: n, channels: channels, blocks: blocksOf(channels), size: size}
	m.row = (size + 2) * lanes
	m.plane = (size + 2) * m.row
	m.image = m.blocks * m.plane
	m.data = kernel.Floats(n * m.image)
	return m
}

// first is the map of the first n pictures, in the same memory.
func (m *featureMap) first(n int) *featureMap {
	part := *m
	part.n, part.data = n, m.data[:n*m.image]
	return &part
}

// featureMapBytes is the memory that newFeatureMap takes.
func featureMapBytes(n, channels, size int) int64 {
	return 4 * int64(n) * int64(blocksOf(channels)) * int64(size+2) * int64(size+2) * lanes
}

func blocksOf(channels int) int { return (channels + lanes - 1) / lanes }

// inside returns the pixels of row y of a block, without the border.
func (m *featureMap) inside(n, block, y int) []float32 {
	from := n*m.image + block*m.plane + (y+1)*m.row + lanes
	return m.data[from : from+m.size*lanes]
}

// set fills the map from a tensor NCHW of as many pictures.
func (m *featureMap) set(t *tensor.Tensor) {
	for n := range m.n {
		m.setImage(n, t.Row(n))
	}
}

func (m *featureMap) setImage(n int, chw []float32) {
	area := m.size * m.size
	for c := range m.channels {
		for y := range m.size {
			row := m.inside(n, c/lanes, y)[c%lanes:]
			for x, v := range chw[c*area+y*m.size:][:m.size] {
				row[x*lanes] = v
			}
		}
	}
}

// get copies picture n into chw, [channels][size][size].
func (m *featureMap) get(n int, chw []float32) {
	area := m.size * m.size
	for c := range m.channels {
		for y := range m.size {
			row := m.inside(n, c/lanes, y)[c%lanes:]
			out := chw[c*area+y*m.size:][:m.size]
			for x := range out {
				out[x] = row[x*lanes]
			}
		}
	}
}
