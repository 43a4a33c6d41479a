package score

// The best of many samples: real, and unlike each other.

import (
	"errors"
	"math"
	"slices"

	"dcgan/internal/kernel"
)

// Realism tells for each sample, by its features, how near it is to the data: the
// median distance from a picture of the data to its k-th nearest, over the sample's
// mean distance to its k nearest. 1 is the most: as near as the data is to itself. A
// nearer one would be a copy, not more real.
//
// It is in the way of the realism score of Kynkäänniemi et al. (2019, section 5), which
// takes the most of the data's radii, each over the distance to its picture. Samples
// of a short training lie outside all the spheres, and that maximum then prefers the
// neighbours of lonely pictures. The mean over k neighbours asks for no sphere.
//
// Distances are those of the features' directions, here and in Pick: pale and blurred
// pictures have features of little length, which lie in the midst of all others.
func Realism(data, samples []float32, dim, threads int) ([]float64, error) {
	real, made := unitVectors(data, dim), unitVectors(samples, dim)
	if real.n < 2 {
		return nil, errors.New("tell how real samples are: two pictures of the data at least are needed")
	}
	pool := kernel.NewPool(Form{Threads: threads}.threads())
	defer pool.Close()
	origin := real.mean()
	m := newManifold(pool, newCentred(real, origin))
	radius := quantile(m.radius, 0.5)
	realism := make([]float64, made.n)
	eachDistance(pool, newCentred(made, origin), m.centred, func(i int, d []float32) {
		sum := 0.0
		least := smallest(d, nearestK)
		for _, v := range least {
			sum += float64(v)
		}
		realism[i] = 1
		if mean := sum / float64(len(least)); mean > radius {
			realism[i] = radius / mean
		}
	})
	return realism, nil
}

// unitVectors are feature vectors brought to the length 1.
func unitVectors(features []float32, dim int) *vectors {
	v := &vectors{len(features) / dim, dim, slices.Clone(features)}
	for i := range v.n {
		square := 0.0
		for _, x := range v.row(i) {
			square += float64(x) * float64(x)
		}
		for k := range v.row(i) {
			v.row(i)[k] /= float32(math.Sqrt(max(square, math.SmallestNonzeroFloat32)))
		}
	}
	return v
}

// Pick returns n of the samples, the most real first, that are real and unlike each
// other: by their features, [samples, dim], and their realism.
//
// Each next one has the largest sum of its realism, in standard deviations, and of the
// logarithm of its variance: what is left of it, once those picked before are known,
// in a Gaussian process with the kernel exp(-|x-y|^2 / 2s^2), where s^2 is the mean of
// |x-y|^2. That is the greedy maximum of the probability under a determinantal point
// process (Kulesza, Taskar: Determinantal Point Processes for Machine Learning, 2012),
// computed by the rows of a Cholesky decomposition (Chen, Zhang, Zhou: Fast Greedy MAP
// Inference, NeurIPS 2018). Realism with half the weight lets odd ones in; from three
// quarters to one and a half the picks are nearly the same; with twice it and more
// the same head comes again.
func Pick(samples []float32, dim int, realism []float64, n int) []int {
	p := newPicking(unitVectors(samples, dim), realism)
	for range min(n, p.n) {
		p.take(p.best())
	}
	return p.picked
}

// picking is a choice that is under way.
type picking struct {
	*vectors
	scale  float64     // 1 / 2s^2 of the kernel
	merit  []float64   // of each sample's realism
	left   []float64   // variance of each sample
	rows   [][]float64 // of the decomposition, one a picked sample
	picked []int
	taken  []bool
}

func newPicking(v *vectors, realism []float64) *picking {
	p := &picking{vectors: v, merit: standardised(realism), left: make([]float64, v.n), taken: make([]bool, v.n)}
	for i := range p.left {
		p.left[i] = 1
	}
	if spread := meanSquare(v); spread > 0 {
		p.scale = 1 / (2 * spread)
	}
	return p
}

// meanSquare is the mean of |x-y|^2 over all pairs of vectors: twice the sum of the
// variances of their values.
func meanSquare(v *vectors) float64 {
	sum, mean := 0.0, v.mean()
	for i := range v.n {
		for k, x := range v.row(i) {
			d := float64(x) - mean[k]
			sum += d * d
		}
	}
	return 2 * sum / float64(max(v.n-1, 1))
}

// standardised is x less its mean, over its standard deviation.
func standardised(x []float64) []float64 {
	mean, square := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	z := make([]float64, len(x))
	for i, v := range x {
		if square > 0 {
			z[i] = (v - mean) / math.Sqrt(square)
		}
	}
	return z
}

// leastVariance stands for what rounding leaves of a variance of 0: of a sample that is
// the same as one that is picked.
const leastVariance = 1e-12

// best is the sample to take next.
func (p *picking) best() int {
	best, most := 0, math.Inf(-1)
	for i, v := range p.left {
		if value := p.merit[i] + math.Log(max(v, leastVariance)); !p.taken[i] && value > most {
			best, most = i, value
		}
	}
	return best
}

// take picks sample j and takes what is known by it from the variance of all.
func (p *picking) take(j int) {
	p.picked, p.taken[j] = append(p.picked, j), true
	root := math.Sqrt(max(p.left[j], leastVariance))
	row := make([]float64, p.n)
	for i := range row {
		row[i] = p.kernel(i, j)
	}
	for _, r := range p.rows {
		for i := range row {
			row[i] -= r[i] * r[j]
		}
	}
	for i := range row {
		row[i] /= root
		p.left[i] -= row[i] * row[i]
	}
	p.rows = append(p.rows, row)
}

func (p *picking) kernel(i, j int) float64 {
	square := 0.0
	y := p.row(j)
	for k, x := range p.row(i) {
		d := float64(x) - float64(y[k])
		square += d * d
	}
	return math.Exp(-square * p.scale)
}
