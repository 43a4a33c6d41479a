package dataset

// Whether pictures may be mirrored: a set of faces is the same set mirrored, one of shoes that all point to the left,
// or of letters, is not.

import (
	"fmt"
	"math"
)

// Symmetry says whether a set looks as likely mirrored left to right as not.
type Symmetry struct {
	Pictures  int     `json:"pictures"` // that were compared
	Score     float64 `json:"score"`    // about 0 for a symmetric set; more the less symmetric it is
	Symmetric bool    `json:"symmetric"`
}

const (
	symmetryGrid     = 8    // cells across that a picture is averaged over
	symmetryPictures = 1000 // compared at most, spread evenly over the set
	symmetryLeast    = 10   // of fewer no set is called symmetric

	// symmetryLimit is the score up to which a set is called symmetric. One set in a hundred that is symmetric
	// exceeds it by chance, at most. The embedded heads have -0.2, 2,000 emoji 11, pictures of clothes 200.
	symmetryLimit = 4
)

// Symmetry compares pictures with each other and with each other's mirror images. With m(y) the mirror image of y,
//
//	k(x, y) = |x - m(y)| - |x - y|
//
// has the mean 0 over pairs of a symmetric set and a positive one over those of any other: half of it is the energy
// distance between the set and the mirrored set (Szekely, Rizzo 2013). To mirror one picture of a pair changes the sign
// of k. In a symmetric set any picture might as well be its mirror image, so that there the sum over the pairs is
// one of equally likely signs, and
//
//	score = sum of k / sqrt(sum of k squared)
//
// has the mean 0 and the variance 1. Equal files count once. Distances are between colours averaged over 8 x 8 cells.
func (s *Set) Symmetry() (Symmetry, error) {
	groups := s.exactGroups()
	n := min(len(groups), symmetryPictures)
	cells := make([][]float64, n)
	buf := make([]byte, s.form.Bytes())
	for i := range cells {
		packed, err := s.packed(groups[i*len(groups)/n][0], buf)
		if err != nil {
			return Symmetry{}, err
		}
		cells[i] = s.cells(packed)
	}
	score := symmetryScore(cells)
	return Symmetry{n, score, n >= symmetryLeast && score <= symmetryLimit}, nil
}

// symmetryScore returns the score of pictures, each as the means of its cells.
func symmetryScore(pictures [][]float64) float64 {
	var sum, squares float64
	for i, x := range pictures {
		for _, y := range pictures[:i] {
			k := mirrorDistance(x, y)
			sum += k
			squares += k * k
		}
	}
	if squares == 0 { // each picture is its own mirror image
		return 0
	}
	return sum / math.Sqrt(squares)
}

// String says what was found, as people read it.
func (s Symmetry) String() string {
	switch {
	case s.Symmetric:
		return fmt.Sprintf("the pictures look as likely mirrored as not (score %.1f of %d)", s.Score, symmetryLimit)
	case s.Pictures < symmetryLeast:
		return fmt.Sprintf("%d different pictures are too few to tell whether they may be mirrored", s.Pictures)
	}
	return fmt.Sprintf("the pictures look different mirrored (score %.1f, over %d)", s.Score, symmetryLimit)
}

// cells averages a packed picture over the grid.
func (s *Set) cells(packed []byte) []float64 {
	area := s.form.Size * s.form.Size
	var cells []float64
	for c := range s.form.Channels {
		for i := range symmetryGrid * symmetryGrid {
			x, y := i%symmetryGrid, i/symmetryGrid
			cells = append(cells, float64(cellMean(packed[c*area:], s.form.Size, x, y, symmetryGrid, symmetryGrid)))
		}
	}
	return cells
}

// mirrorDistance returns how much farther x is from y's mirror image than from y.
func mirrorDistance(x, y []float64) float64 {
	var straight, across float64
	for row := 0; row < len(x); row += symmetryGrid {
		for i := range symmetryGrid {
			d, m := x[row+i]-y[row+i], x[row+i]-y[row+symmetryGrid-1-i]
			straight += d * d
			across += m * m
		}
	}
	return math.Sqrt(across) - math.Sqrt(straight)
}
