package score

// Measures of a sheet of pictures that need no network.

import (
	"math"

	"dcgan/internal/tensor"
)

// Look holds the measures of a sheet's pixels.
type Look struct {
	Sharpness float64 `json:"sheet_sharpness"` // mean of the squared Laplacian of brightness
	Spread    float64 `json:"sheet_spread"`    // standard deviation between the pictures, at low resolution
}

// spreadSquare is the side in pixels of the squares whose means Spread compares. It
// is so large that noise, which differs from pixel to pixel, averages out.
const spreadSquare = 8

// NewLook measures pictures, [n, channels, size, size] in [-1, 1]; size is a power of
// two.
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

// shrunk returns the means of the squares of each channel.
func shrunk(rgb [3][]float32, size int) []float64 {
	square := min(spreadSquare, size)
	side := size / square
	small := make([]float64, 3*side*side)
	for c, plane := range rgb {
		for i, v := range plane {
			small[(c*side+i/size/square)*side+i%size/square] += float64(v) / float64(square*square)
		}
	}
	return small
}

// deviation returns the standard deviation between vectors: the root of the mean
// variance of their components.
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

// Over returns the look relative to the data's look: equal looks give 1 and 1. It
// returns nil if a quotient is not finite, as with data that have no edge or that
// are all alike.
func (l Look) Over(data Look) *Look {
	r := Look{l.Sharpness / data.Sharpness, l.Spread / data.Spread}
	if sum := r.Sharpness + r.Spread; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
	}
	return &r
}
