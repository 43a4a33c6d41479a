package score

// Resizing of float32 pictures to the input size of a network.

import "math"

// window is the run of source positions that contribute to one target position.
type window struct {
	first   int
	weights []float32
}

// newWindows returns the windows of bilinear interpolation, with pixel centres at
// half units. When reducing with antialias, a window spans all source pixels under a
// target pixel. Without it, a window is the two nearest pixels, as in PyTorch's
// interpolate with align_corners=False. Enlarging is the same either way.
func newWindows(source, target int, antialias bool) []window {
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
			// A position outside the source stands for the pixel at the edge.
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
	rows           []float32 // [target][source]: the plane after scaling its height
}

func newResizer(source, target int, antialias bool) *resizer {
	return &resizer{source, target, newWindows(source, target, antialias), make([]float32, target*source)}
}

// put scales a plane and calls set with each pixel of the result.
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
