package score

// What a person sees first of a picture, beside what a network makes of it: where it is light and dark, and its
// colours. The network's features are averages over the picture, which hardly tell one outline from another.

import (
	"context"
	"math"

	"dcgan/internal/tensor"
)

const (
	structureSide = 16 // brightness is taken in so many squares across, or of every pixel of a smaller picture
	colourSide    = 4  // colours are taken in so many squares across
)

// Candidates are measured samples to pick from.
type Candidates struct {
	Features  []float32 // [N, dim of the extractor]
	N         int
	features  *vectors // the same
	structure *vectors // brightness, by picture less its mean and over its standard deviation
	colours   *vectors // red, green and blue
}

// Candidates measures pictures to pick from, those at the indices.
func (e *Extractor) Candidates(ctx context.Context, pictures Pictures, indices []int, f Form) (*Candidates, error) {
	n, side := len(indices), min(structureSide, f.Size)
	c := &Candidates{
		N:         n,
		structure: &vectors{n, side * side, make([]float32, n*side*side)},
		colours:   &vectors{n, 3 * colourSide * colourSide, make([]float32, n*3*colourSide*colourSide)},
	}
	m := newMeasuring(e, n, f)
	m.measureFeatures()
	m.measures = append(m.measures, func(w *worker, batch *tensor.Tensor, from, to, first int) {
		for i := from; i < to; i++ {
			w.colours(batch.Row(i), f.Channels)
			c.look(first+i, w.rgb, f.Size)
		}
	})
	if err := m.pass(ctx, pictures, indices); err != nil {
		return nil, err
	}
	c.Features, c.features = m.features, &vectors{n, e.Dim, m.features}
	return c, nil
}

// look measures picture i, whose channels have size x size values in [-1, 1].
func (c *Candidates) look(i int, rgb [3][]float32, size int) {
	structure, side := c.structure.row(i), min(structureSide, size)
	grey := brightness(rgb)
	addSquares(structure, grey, size, side)
	var sum, squares float64
	for _, v := range structure {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(structure))
	deviation := math.Sqrt(max(squares/n-sum/n*sum/n, 1e-12)) // of a picture of one colour all values become 0
	for k, v := range structure {
		structure[k] = float32((float64(v) - sum/n) / deviation)
	}
	area := colourSide * colourSide
	for channel, plane := range rgb {
		addSquares(c.colours.row(i)[channel*area:][:area], plane, size, colourSide)
	}
}

// addSquares adds the means of the squares of a plane, side of them across.
func addSquares(dst, plane []float32, size, side int) {
	width := size / side
	for k, v := range plane {
		dst[k/size/width*side+k%size/width] += v / float32(width*width)
	}
}

// joined returns each candidate as one vector: its features at length 1, its structure and its colours, each scaled
// so that its squared distances have the mean 1 and count the same.
func (c *Candidates) joined() *vectors {
	v := &vectors{n: c.N}
	parts := []*vectors{unitVectors(c.features), c.structure, c.colours}
	var scales []float64
	for _, p := range parts {
		v.d += p.d
		scales = append(scales, 1/math.Sqrt(max(meanSquare(p), math.SmallestNonzeroFloat32)))
	}
	for i := range v.n {
		for k, p := range parts {
			for _, x := range p.row(i) {
				v.data = append(v.data, x*float32(scales[k]))
			}
		}
	}
	return v
}
