// Package score measures how good generated pictures are, by comparing a set of them
// with a set of real ones. It compares them in the feature space of a network (Fréchet
// and kernel distance, precision, recall, density, coverage, near duplicates, the
// nearest real picture) and by their pixels (sliced Wasserstein distance, sharpness).
//
// The features come from a small network that is embedded in the program. Its Fréchet
// distance is called fd. It is not FID, which is defined by another network, and its
// values are comparable only with each other. NewInception makes an extractor of FID
// from that network's weights.
//
// Random choices are drawn from package random with fixed seeds, so the same pictures
// have the same scores, at any number of threads.
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

// Extractor is a network that turns a picture into a vector of features. It is safe
// for concurrent use.
type Extractor struct {
	Name      string  // differs for extractors of different features
	Dim       int     // the number of features
	input     int     // width and height that pictures are scaled to
	antialias bool    // whether to filter when scaling down
	low, high float32 // the range of the network's input
	forward   func(a *arena, x *featureMap) *featureMap
}

// Embedded returns the extractor that is embedded in the program.
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

// Sample is the result of measuring one set of pictures.
type Sample struct {
	N        int
	Features []float32 // [N, dim of the extractor]
	Energy   float64   // mean of the squared Laplacian of brightness

	dim    int
	levels []*vectors // the descriptors of the pyramids, by level
}

// Form is the size and number of channels of pictures, and how many threads measure
// them; 0 means one per core.
type Form struct{ Size, Channels, Threads int }

func (f Form) threads() int { return cmp.Or(f.Threads, runtime.GOMAXPROCS(0)) }

const (
	chunk      = 2  // pictures that a thread passes through the network at once
	batchFirst = 64 // pictures per thread that are read at once
)

// Measure measures the pictures of the indices. It returns ctx's error early if that
// is cancelled.
func (e *Extractor) Measure(ctx context.Context, pictures Pictures, indices []int, f Form) (*Sample, error) {
	return e.MeasureKnown(ctx, pictures, indices, f, nil)
}

// MeasureKnown is Measure with the features given, if known is not nil.
func (e *Extractor) MeasureKnown(ctx context.Context, pictures Pictures, indices []int, f Form,
	known []float32) (*Sample, error) {
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

// Features returns only the features of Measure, [len(indices), Dim].
func (e *Extractor) Features(ctx context.Context, pictures Pictures, indices []int, f Form) ([]float32, error) {
	m := newMeasuring(e, len(indices), f)
	m.measureFeatures()
	return m.features, m.pass(ctx, pictures, indices)
}

// Scores are the results of comparing samples with data. Less is better for FD, KID
// and SWD. Precision, Recall, Coverage, Realism and Closeness are at best 1; Density may
// exceed 1. A Sharpness of 1 equals the data's.
type Scores struct {
	FD             float64 `json:"fd"`              // Fréchet distance of the features
	KID            float64 `json:"kid"`             // squared kernel distance of the features
	KIDStderr      float64 `json:"kid_stderr"`      // its standard error
	Precision      float64 `json:"precision"`       // share of samples that look like data
	Recall         float64 `json:"recall"`          // share of the data that samples look like
	Density        float64 `json:"density"`         // how densely the data surround the samples
	Coverage       float64 `json:"coverage"`        // share of the data with a sample nearby
	Realism        float64 `json:"realism"`         // how near to the data the samples come, at most 1
	Closeness      float64 `json:"closeness"`       // how near to each picture of the data a sample comes, at most 1
	SWD            float64 `json:"swd"`             // sliced Wasserstein distance x 1000, mean over levels
	NearDuplicates float64 `json:"near_duplicates"` // share of samples with a near duplicate among the samples
	Copies         float64 `json:"copies"`          // share of samples that are copies of pictures of the data
	Sharpness      float64 `json:"sharpness"`       // energy of the Laplacian relative to the data's
	N              int     `json:"n"`               // the number of samples
}

// Distance returns the figure by which checkpoints of one training are ranked; less
// is better.
func (s *Scores) Distance() float64 { return Distance(s.KID, s.KIDStderr, s.SWD) }

// Distance returns the geometric mean of a kernel distance and a sliced Wasserstein
// distance, whose ranking does not depend on the unit of either. The features alone
// prefer an early blur to the first fine texture; the pyramid's patches alone do not
// see objects. Together they rank checkpoints as the eye does (bench/best.md). The
// kernel distance counts at least as much as its standard error, below which its
// unbiased estimate has no meaning.
func Distance(kid, kidStderr, swd float64) float64 {
	return math.Sqrt(max(kid, kidStderr, 0) * swd)
}

// leastEnergy bounds the data's energy from below, so that data without an edge give
// a finite sharpness.
const leastEnergy = 1e-9

// Least is the least number of pictures on each side of a comparison. The kernel
// distance needs it: it estimates its error from halves.
const Least = 4

// Compare scores samples against data, and returns for each sample the nearest
// picture of the data. Both must be measured by the same extractor, on pictures of
// one form.
func Compare(data, samples *Sample, threads int) (*Scores, []Match, error) {
	if data.dim != samples.dim || len(data.levels) != len(samples.levels) {
		return nil, nil, fmt.Errorf("compare pictures: %d features on %d levels with %d on %d",
			samples.dim, len(samples.levels), data.dim, len(data.levels))
	}
	if data.N < Least || samples.N < Least {
		return nil, nil, fmt.Errorf("compare pictures: %d samples with %d pictures of the data, want at least %d of each",
			samples.N, data.N, Least)
	}
	pool := kernel.NewPool(Form{Threads: threads}.threads())
	defer pool.Close()
	s := &Scores{N: samples.N, Sharpness: samples.Energy / max(data.Energy, leastEnergy)}
	real, made := data.featureVectors(), samples.featureVectors()
	var err error
	if s.FD, err = frechet(newNormal(real), newNormal(made)); err != nil {
		return nil, nil, err
	}
	origin := real.mean()
	x, y := newCentred(real, origin), newCentred(made, origin)
	s.KID, s.KIDStderr = kid(pool, y, x)
	once, which := distinct(real)
	realM, madeM := newManifold(pool, newCentred(once, origin)), newManifold(pool, y)
	o := newOverlap(pool, realM, madeM)
	for i, m := range o.nearest {
		o.nearest[i].Index = which[m.Index]
	}
	s.Precision, s.Recall, s.Density, s.Coverage = o.precision, o.recall, o.density, o.coverage
	realism, closeness := nearness(pool, once, made)
	s.Realism, s.Closeness = mean(realism), mean(closeness)
	s.NearDuplicates = nearDuplicates(realM, madeM)
	s.Copies = copies(realM, o.nearest)
	for i, level := range data.levels {
		s.SWD += swdScale * slicedWasserstein(pool, level, samples.levels[i], direction) / float64(len(data.levels))
	}
	return s, o.nearest, nil
}

func (s *Sample) featureVectors() *vectors { return &vectors{s.N, s.dim, s.Features} }

// Choose returns, in ascending order, the indices of the n of total pictures of the
// data that samples are compared with. The same arguments give the same choice.
func Choose(total, n int) []int {
	if n > total {
		n = total
	}
	chosen := random.New(3<<32, random.Score, uint64(total)).Perm(total)[:n]
	slices.Sort(chosen)
	return chosen
}
