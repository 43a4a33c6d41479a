package score

// One pass over a set of pictures, which measures their features, the descriptors of
// their pyramids and their sharpness.

import (
	"context"
	"errors"
	"fmt"

	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
)

// measuring is the state of a pass. Every picture has its own places in the results,
// so threads write to different memory.
type measuring struct {
	e        *Extractor
	form     Form
	n        int
	measures []measure
	features []float32  // [n, e.Dim]
	levels   []*vectors // by level: patches descriptors per picture
	energy   []float64  // by picture
	workers  []worker
}

// measure measures pictures from..to of a batch whose first picture is picture first
// of the set.
type measure func(w *worker, batch *tensor.Tensor, from, to, first int)

// worker is a thread's scratch memory.
type worker struct {
	arena   arena
	resizer *resizer
	rgb     [3][]float32
}

func newMeasuring(e *Extractor, n int, f Form) *measuring {
	m := &measuring{e: e, form: f, n: n, workers: make([]worker, f.threads())}
	for i := range m.workers {
		m.workers[i].resizer = newResizer(f.Size, e.input, e.antialias)
		for c := range 3 {
			m.workers[i].rgb[c] = make([]float32, f.Size*f.Size)
		}
	}
	return m
}

// measurePixels makes the pass measure sharpness and patches.
func (m *measuring) measurePixels() {
	m.energy = make([]float64, m.n)
	for range levels(m.form.Size) {
		d := 3 * patch * patch
		m.levels = append(m.levels, &vectors{m.n * patches, d, make([]float32, m.n*patches*d)})
	}
	m.measures = append(m.measures, m.pixels)
}

// measureFeatures makes the pass compute the network's features.
func (m *measuring) measureFeatures() {
	m.features = make([]float32, m.n*m.e.Dim)
	m.measures = append(m.measures, m.networkFeatures)
}

// pass measures all pictures, a batch at a time.
func (m *measuring) pass(ctx context.Context, pictures Pictures, indices []int) error {
	if len(indices) == 0 {
		return errors.New("measure pictures: there are none")
	}
	pool := kernel.NewPool(len(m.workers))
	defer pool.Close()
	f := m.form
	batch := tensor.New(min(batchFirst*pool.Threads(), len(indices)), f.Channels, f.Size, f.Size)
	for first := 0; first < len(indices); first += batch.Shape[0] {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(batch.Shape[0], len(indices)-first)
		part := &tensor.Tensor{Shape: []int{n, f.Channels, f.Size, f.Size}, Data: batch.Data[:n*len(batch.Row(0))]}
		if err := pictures.Batch(part, indices[first:first+n]); err != nil {
			return fmt.Errorf("measure pictures: %w", err)
		}
		pool.Run((n+chunk-1)/chunk, func(worker, i int) {
			for _, run := range m.measures {
				run(&m.workers[worker], part, i*chunk, min(n, (i+1)*chunk), first)
			}
		})
	}
	return nil
}

// pixels is the measure of sharpness and patches.
func (m *measuring) pixels(w *worker, batch *tensor.Tensor, from, to, first int) {
	for i := from; i < to; i++ {
		w.colours(batch.Row(i), m.form.Channels)
		m.energy[first+i] = laplacianEnergy(w.rgb, m.form.Size)
		m.describe(w, first+i)
	}
}

// networkFeatures is the measure that passes pictures through the network.
func (m *measuring) networkFeatures(w *worker, batch *tensor.Tensor, from, to, first int) {
	w.arena.reset()
	input := w.arena.newMap(to-from, m.e.input, m.e.input, 3, inputBorder)
	for i := from; i < to; i++ {
		w.colours(batch.Row(i), m.form.Channels)
		for c, p := range w.rgb {
			w.resizer.put(p, func(y, x int, v float32) {
				input.data[input.at(i-from, 0, y, x)+c] = m.e.low + (v+1)/2*(m.e.high-m.e.low)
			})
		}
	}
	y := m.e.forward(&w.arena, input)
	for i := from; i < to; i++ {
		average(m.features[(first+i)*m.e.Dim:][:m.e.Dim], y, i-from)
	}
}

// colours writes a picture to w.rgb. Grey fills all three channels, and alpha is
// composed on white.
func (w *worker) colours(p []float32, channels int) {
	area := len(w.rgb[0])
	for c := range 3 {
		copy(w.rgb[c], p[min(c, channels-1)*area:][:area])
		if channels == 4 {
			for k, a := range p[3*area:] {
				w.rgb[c][k] = 1 + (w.rgb[c][k]-1)*(a+1)/2
			}
		}
	}
}

// describe writes the descriptors of the picture in w.rgb on all levels.
func (m *measuring) describe(w *worker, index int) {
	var channels [3][]plane
	for c, p := range w.rgb {
		bytes := plane{m.form.Size, make([]float32, len(p))}
		for i, v := range p {
			bytes.values[i] = (v + 1) * 127.5
		}
		channels[c] = pyramid(bytes)
	}
	for l, v := range m.levels {
		at := []plane{channels[0][l], channels[1][l], channels[2][l]}
		descriptors(v.data[index*patches*v.d:], at, drawCorners(at[0].size, index, l))
	}
}

// brightness returns the luma of a picture (ITU-R BT.601).
func brightness(rgb [3][]float32) []float32 {
	grey := make([]float32, len(rgb[0]))
	for i := range grey {
		grey[i] = 0.299*rgb[0][i] + 0.587*rgb[1][i] + 0.114*rgb[2][i]
	}
	return grey
}

// laplacianEnergy returns the mean over the inner pixels of the squared Laplacian
// (weight 4 at the pixel, -1 at its four neighbours) of brightness.
func laplacianEnergy(rgb [3][]float32, size int) float64 {
	grey := brightness(rgb)
	sum := 0.0
	for y := 1; y < size-1; y++ {
		for x := 1; x < size-1; x++ {
			i := y*size + x
			d := float64(4*grey[i] - grey[i-1] - grey[i+1] - grey[i-size] - grey[i+size])
			sum += d * d
		}
	}
	return sum / float64((size-2)*(size-2))
}

// sample returns the results of the pass.
func (m *measuring) sample() *Sample {
	s := &Sample{N: m.n, Features: m.features, dim: m.e.Dim, levels: m.levels}
	for _, e := range m.energy {
		s.Energy += e / float64(m.n)
	}
	return s
}
