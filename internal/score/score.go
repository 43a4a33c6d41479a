// Package score tells how good generated pictures are, by comparing a set of them
// with a set of real ones: in the feature space of a network (Fréchet and kernel
// distance, precision, recall, density, coverage, near duplicates, the nearest
// real picture) and in their pixels (sliced Wasserstein distance, sharpness).
//
// The features are those of a small network that is part of the program. Its
// Fréchet distance is called fd: it is not FID, which is defined by another
// network, and its values compare only among themselves. NewInception takes that
// network's weights and gives FID.
//
// Everything drawn at random is drawn from package random with fixed seeds: the
// same pictures have the same scores at any number of threads.
package score

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// Pictures is a set of pictures, such as a *dataset.Set.
type Pictures interface {
	// Batch fills dst, [len(indices), channels, size, size], in [-1, 1].
	Batch(dst *tensor.Tensor, indices []int) error
}

// Extractor is a network that turns a picture into a vector of features. It may
// be used by several goroutines.
type Extractor struct {
	Name      string // changes whenever features do
	Dim       int
	input     int  // width and height that pictures are scaled to
	antialias bool // when scaled down
	low, high float32
	forward   func(a *arena, x *featureMap) *featureMap
}

// Embedded returns the network that is part of the program, unpacked.
func Embedded() (*Extractor, error) {
	m, err := newMobilenet(mobilenetFile)
	if err != nil {
		return nil, err
	}
	return &Extractor{
		Name: fmt.Sprintf("mobilenet-v2-block16-%d", mobilenetInput), Dim: m.blocks[len(m.blocks)-1].project.out,
		input: mobilenetInput, antialias: true, low: 0, high: 1, forward: m.forward,
	}, nil
}

// Sample is what is measured of a set of pictures on its own.
type Sample struct {
	N        int
	Features []float32 // [N, dim of the extractor]
	Energy   float64   // mean of the squared Laplacian of brightness

	dim    int
	levels []*vectors // descriptors of the pyramid, by level
}

// Form is the shape of pictures, and how many threads may look at them (0: one a
// core).
type Form struct{ Size, Channels, Threads int }

func (f Form) threads() int { return cmp.Or(f.Threads, runtime.GOMAXPROCS(0)) }

const (
	chunk      = 2  // pictures that a thread passes through the network at a time
	batchFirst = 64 // pictures asked for at a time
)

// Measure looks at the pictures of the indices. It returns early, with ctx's error,
// once that is cancelled.
func (e *Extractor) Measure(ctx context.Context, pictures Pictures, indices []int, f Form) (*Sample, error) {
	return e.MeasureKnown(ctx, pictures, indices, f, nil)
}

// MeasureKnown is Measure for pictures whose features are known, unless nil.
func (e *Extractor) MeasureKnown(ctx context.Context, pictures Pictures, indices []int, f Form, known []float32) (*Sample, error) {
	m := newMeasuring(e, len(indices), f)
	m.measurePixels()
	if m.features = known; known == nil {
		m.measureFeatures()
	}
	if err := m.pass(ctx, pictures, indices); err != nil {
		return nil, err
	}
	return m.sample(), nil
}

// Features returns the features alone, [len(indices), Dim], as Measure has them.
func (e *Extractor) Features(ctx context.Context, pictures Pictures, indices []int, f Form) ([]float32, error) {
	m := newMeasuring(e, len(indices), f)
	m.measureFeatures()
	return m.features, m.pass(ctx, pictures, indices)
}

// Scores are the measures of samples against data. Less is better of FD, KID and
// SWD; of the four shares of neighbours 1 is best, but density, which may pass
// it; a sharpness of 1 is the data's own.
type Scores struct {
	FD             float64 `json:"fd"`              // Fréchet distance of the features
	KID            float64 `json:"kid"`             // squared kernel distance of the features
	KIDStderr      float64 `json:"kid_stderr"`      // its standard error
	Precision      float64 `json:"precision"`       // share of samples that look like data
	Recall         float64 `json:"recall"`          // share of the data that samples look like
	Density        float64 `json:"density"`         // how deep in the data samples lie
	Coverage       float64 `json:"coverage"`        // share of the data that has a sample near
	SWD            float64 `json:"swd"`             // sliced Wasserstein distance x 1000, mean over levels
	NearDuplicates float64 `json:"near_duplicates"` // share of samples with a sample next to them
	Copies         float64 `json:"copies"`          // share of samples that are pictures of the data
	Sharpness      float64 `json:"sharpness"`       // energy of the Laplacian relative to the data's
	N              int     `json:"n"`               // samples
}

// Distance is the figure by which snapshots of one training are ranked, less is better.
func (s *Scores) Distance() float64 { return Distance(s.KID, s.KIDStderr, s.SWD) }

// Distance is the geometric mean of a kernel distance and a sliced Wasserstein
// distance, so that neither's unit counts. The features alone shrink from the first
// fine texture and prefer an early blur; the pyramid's patches alone know no objects.
// Together they rank snapshots as the eye does (bench/best.md). An unbiased kernel
// distance may fall below its error, where it says nothing more: that is its floor.
func Distance(kid, kidStderr, swd float64) float64 {
	return math.Sqrt(max(kid, kidStderr, 0) * swd)
}

// leastEnergy stands for the energy of data without an edge, so that a sharpness is a
// number.
const leastEnergy = 1e-9

// Least is the number of pictures that each side of a comparison has at least: the
// kernel distance estimates its error from halves.
const Least = 4

// Compare scores samples by the data. Both were measured by the same extractor, on
// pictures of one form.
func Compare(data, samples *Sample, threads int) (*Scores, []Match, error) {
	if data.dim != samples.dim || len(data.levels) != len(samples.levels) {
		return nil, nil, fmt.Errorf("compare pictures: %d features on %d levels with %d on %d",
			samples.dim, len(samples.levels), data.dim, len(data.levels))
	}
	if data.N < Least || samples.N < Least {
		return nil, nil, fmt.Errorf("compare pictures: %d samples with %d pictures of the data; at least %d of each make a distance", samples.N, data.N, Least)
	}
	pool := kernel.NewPool(Form{Threads: threads}.threads())
	defer pool.Close()
	s := &Scores{N: samples.N, Sharpness: samples.Energy / max(data.Energy, leastEnergy)}
	real, made := data.vectors(), samples.vectors()
	var err error
	if s.FD, err = frechet(newNormal(real), newNormal(made)); err != nil {
		return nil, nil, err
	}
	origin := real.mean()
	x, y := newCentred(real, origin), newCentred(made, origin)
	s.KID, s.KIDStderr = kid(pool, y, x)
	realM, madeM := newManifold(pool, x), newManifold(pool, y)
	o := newOverlap(pool, realM, madeM)
	s.Precision, s.Recall, s.Density, s.Coverage = o.precision, o.recall, o.density, o.coverage
	s.NearDuplicates = nearDuplicates(realM, madeM)
	s.Copies = copies(realM, o.nearest)
	for i, level := range data.levels {
		s.SWD += swdScale * slicedWasserstein(pool, level, samples.levels[i], direction) / float64(len(data.levels))
	}
	return s, o.nearest, nil
}

func (s *Sample) vectors() *vectors { return &vectors{s.N, s.dim, s.Features} }

// Choose returns which n of so many pictures of the data are compared with: all, or
// a draw that is the same every time, in order.
func Choose(total, n int) []int {
	if n > total {
		n = total
	}
	chosen := random.New(3<<32, random.Score, uint64(total)).Perm(total)[:n]
	slices.Sort(chosen)
	return chosen
}
