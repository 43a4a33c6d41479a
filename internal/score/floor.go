package score

// The floor of the scores: what real pictures score in place of samples.

import (
	"math"

	"dcgan/internal/random"
)

// Floor is what real pictures score in place of samples, N of them. NewFloor measures it on halves, For brings it to
// other numbers.
type Floor struct {
	Scores
	Uncertain bool `json:"uncertain"` // it was measured on too few pictures to rely on
}

// certainHalf is the number of pictures in a half below which a floor varies with the split: at 50 its shares
// vary by a fifth, at 150 by a tenth, and from there on fd falls as 1/n.
const certainHalf = 150

// For returns what that many real pictures would score against that many others. Two samples of one law differ by
// their size alone: fd, which grows with both covariances' errors, as 1/samples + 1/data (Chong, Forsyth:
// Effectively Unbiased FID and Inception Score; CVPR 2020), swd as the root of 1/n. kid has no bias, and shares
// hardly depend on the size.
func (f *Floor) For(samples, data int) *Floor {
	g := *f
	half := float64(f.N)
	g.FD *= half / 2 * (1/float64(samples) + 1/float64(data))
	g.SWD *= math.Sqrt(half / float64(min(samples, data)))
	g.N = samples
	return &g
}

// NewFloor compares one half of a set, drawn at random, with the other. It returns nil for a set that is too small
// to be halved.
func NewFloor(s *Sample, threads int) (*Floor, error) {
	half := s.N / 2
	if half < Least {
		return nil, nil
	}
	order := random.New(4<<32, random.Score, uint64(s.N)).Perm(s.N)
	scores, _, err := Compare(s.take(order[:half]), s.take(order[half:2*half]), threads)
	if err != nil {
		return nil, err
	}
	return &Floor{*scores, half < certainHalf}, nil
}

// take returns what was measured of the pictures at the indices. Its energy is that of all.
func (s *Sample) take(indices []int) *Sample {
	part := &Sample{N: len(indices), Features: rowsOf(s.Features, s.dim, indices), Energy: s.Energy, dim: s.dim}
	for _, level := range s.levels {
		data := rowsOf(level.data, patches*level.d, indices)
		part.levels = append(part.levels, &vectors{part.N * patches, level.d, data})
	}
	return part
}

// rowsOf returns the rows of that width at the indices, one after the other.
func rowsOf(data []float32, width int, indices []int) []float32 {
	rows := make([]float32, 0, len(indices)*width)
	for _, i := range indices {
		rows = append(rows, data[i*width:][:width]...)
	}
	return rows
}
