package score

// Resizing of float32 pictures to the input size of a network.

import "math"

// window is the run of source positions that a target position is made of.
type window struct {
	first   int
	weights []float32
}

// windows returns those of bilinear interpolation, pixel centres at half units.
// With antialias a smaller target averages over all the pixels that fall on one
// of its own; without it, each takes the two nearest, as PyTorch's interpolate
// does with align_corners=False. Enlarging is the same either way.
func windows(source, target int, antialias bool) []window {
	scale := float64(source) / float64(target)
	reach := 1.0
	if antialias {
		reach = max(scale, 1)
	}
	list := make([]window, target)
	for t := range list {
		center := (float64(t)+0.5)*scale - 0.5
		first := int(math.Floor(center - reach + 1))
		last := int(math.Ceil(center + reach - 1))
		low, high := max(first, 0), min(last, source-1)
		w := window{low, make([]float32, high-low+1)}
		sum := 0.0
		tent := make([]float64, len(w.weights))
		for k := first; k <= last; k++ {
			// A position past the edge counts for the edge's pixel.
			v := max(1-math.Abs(float64(k)-center)/reach, 0)
			tent[min(max(k, low), high)-low] += v
			sum += v
		}
		for k, v := range tent {
			w.weights[k] = float32(v / sum)
		}
		list[t] = w
	}
	return list
}

// resizer scales planes of one size to another.
type resizer struct {
	source, target int
	windows        []window
	rows           []float32 // [target][source] transposed halfway: the plane scaled down
}

func newResizer(source, target int, antialias bool) *resizer {
	return &resizer{source, target, windows(source, target, antialias), make([]float32, target*source)}
}

// put scales a plane and hands each pixel of the result over.
func (r *resizer) put(plane []float32, set func(y, x int, v float32)) {
	for y, w := range r.windows {
		row := r.rows[y*r.source:][:r.source]
		clear(row)
		for k, weight := range w.weights {
			for x, v := range plane[(w.first+k)*r.source:][:r.source] {
				row[x] += weight * v
			}
		}
	}
	for y := range r.target {
		row := r.rows[y*r.source:][:r.source]
		for x, w := range r.windows {
			var sum float32
			for k, weight := range w.weights {
				sum += weight * row[w.first+k]
			}
			set(y, x, sum)
		}
	}
}
