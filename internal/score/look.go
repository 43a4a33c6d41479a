package score

// What a glance at a sheet of pictures tells, without a network.

import (
	"math"

	"dcgan/internal/tensor"
)

// Look is measured of the pictures of a sheet in their pixels alone.
type Look struct {
	Sharpness float64 `json:"sheet_sharpness"` // mean of the squared Laplacian of brightness
	Spread    float64 `json:"sheet_spread"`    // how much pictures differ, seen from afar
}

// glance is the side of the squares whose averages Spread compares, in pixels: so large
// that noise, which differs from pixel to pixel, averages out.
const glance = 8

// NewLook looks at pictures, [n, channels, size, size] in [-1, 1], size a power of two.
func NewLook(pictures *tensor.Tensor) Look {
	n, channels, size := pictures.Shape[0], pictures.Shape[1], pictures.Shape[2]
	w := worker{}
	for c := range w.rgb {
		w.rgb[c] = make([]float32, size*size)
	}
	var l Look
	var small [][]float64
	for i := range n {
		w.colours(pictures.Row(i), channels)
		l.Sharpness += laplacianEnergy(w.rgb, size) / float64(n)
		small = append(small, shrunk(w.rgb, size))
	}
	l.Spread = deviation(small)
	return l
}

// shrunk averages the squares of each channel.
func shrunk(rgb [3][]float32, size int) []float64 {
	square := min(glance, size)
	side := size / square
	small := make([]float64, 3*side*side)
	for c, plane := range rgb {
		for i, v := range plane {
			small[(c*side+i/size/square)*side+i%size/square] += float64(v) / float64(square*square)
		}
	}
	return small
}

// deviation is the standard deviation between vectors, the root of the mean over
// their components of the variance.
func deviation(vectors [][]float64) float64 {
	n, sum := float64(len(vectors)), 0.0
	for k := range vectors[0] {
		var mean, square float64
		for _, v := range vectors {
			mean += v[k] / n
			square += v[k] * v[k] / n
		}
		sum += max(0, square-mean*mean)
	}
	return math.Sqrt(sum / float64(len(vectors[0])))
}

// Over is the look relative to another, which makes 1 of both for the data's own; nil
// where that is no number, as over data without an edge or of pictures all alike.
func (l Look) Over(data Look) *Look {
	r := Look{l.Sharpness / data.Sharpness, l.Spread / data.Spread}
	if sum := r.Sharpness + r.Spread; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
	}
	return &r
}
