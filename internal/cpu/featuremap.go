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
// A pixel of a block is 16 contiguous floats: one AVX-512 register. Every map has a
// border of zeros, one pixel wide, so that a kernel-4 stride-2 convolution with
// padding 1 reads it without a special case. The border and the channels past the
// last are zero from the allocation on. Code that writes a map keeps them so.
//
// Maps of pictures have at most four channels and short pixels, of four floats. The
// element-wise kernels process four such pixels as one of 16 channels. The size of
// such a map is a multiple of four.
type featureMap struct {
	n, channels, blocks, size int

	pixel int // floats of a pixel of a block: 16 or 4
	row   int // floats from a row to the next
	plane int // floats of a block: (size+2) rows
	image int // floats of a picture: all blocks
	data  []float32
}

// shortPixel is the number of floats of a short pixel.
const shortPixel = 4

// newFeatureMap returns a map of zeros, with that number of floats a pixel and block.
func newFeatureMap(memory *memory, n, channels, size, pixel int) *featureMap {
	m := &featureMap{n: n, channels: channels, blocks: blocksOf(channels), size: size, pixel: pixel}
	m.row = (size + 2) * pixel
	m.plane = (size + 2) * m.row
	m.image = m.blocks * m.plane
	m.data = memory.floats(n * m.image)
	return m
}

// first returns the map of the first n pictures, in the same memory.
func (m *featureMap) first(n int) *featureMap {
	part := *m
	part.n, part.data = n, cut(m.data, 0, n*m.image)
	return &part
}

// blocksOf returns the number of blocks of 16 channels.
func blocksOf(channels int) int { return (channels + lanes - 1) / lanes }

// inside returns the pixels of row y of a block, without the border.
func (m *featureMap) inside(n, block, y int) []float32 {
	from := n*m.image + block*m.plane + (y+1)*m.row + m.pixel
	return m.data[from : from+m.size*m.pixel]
}

// pixels returns the pixels inside a block's border, in rows as shape has them.
func (m *featureMap) pixels(n, block int) []float32 {
	from := n*m.image + block*m.plane + m.row + m.pixel
	return m.data[from : from+(m.size-1)*m.row+m.size*m.pixel]
}

// shape returns the shape of what pixels returns, for the element-wise kernels.
func (m *featureMap) shape() kernel.Plane {
	return kernel.Plane{Pixels: m.size * m.pixel / lanes, Rows: m.size, Step: m.row}
}

// set fills the map from a tensor, NCHW, of the same number of pictures.
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
				row[x*m.pixel] = v
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
				out[x] = row[x*m.pixel]
			}
		}
	}
}
