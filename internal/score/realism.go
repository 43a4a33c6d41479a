package score

// Scores with a resolution where precision and coverage are 0: how near samples and data come to each other, beside
// how near the data are to each other, where those ask only whether one lies within a sphere of the other.

import (
	"errors"
	"math"
	"slices"

	"dcgan/internal/kernel"
)

// nearness measures both sides, each value in [0, 1].
//
// The realism of a sample is the quotient of the data's median distance to the nearestK-th nearest other picture and
// the sample's mean distance to its nearestK nearest pictures. It is at most 1, since a sample that is nearer than
// that is a copy, not more real. It resembles the realism score of Kynkäänniemi et al. (2019, section 5): the maximum
// over the data's pictures of their sphere's radius over the distance to the sample. Samples of a short training lie
// outside all spheres. That maximum then prefers the neighbours of isolated pictures; the mean over neighbours does
// not.
//
// The closeness of a picture of the data is the quotient of its sphere's radius and its distance to the nearest
// sample, at most 1: its share in the coverage of Naeem et al. (2020), where that is 1 or 0.
//
// Feature vectors are scaled to length 1 for it. Pale and blurred pictures have short vectors, which would be near to
// all others.
func nearness(pool *kernel.Pool, data, samples *vectors) (realism, closeness []float64) {
	real, made := unitVectors(data), unitVectors(samples)
	origin := real.mean()
	m, n := newManifold(pool, newCentred(real, origin)), newCentred(made, origin)
	typical := quantile(m.radius, 0.5)
	realism, closeness = make([]float64, made.n), make([]float64, real.n)
	eachDistance(pool, n, m.centred, func(i int, d []float32) {
		sum := 0.0
		least := smallest(d, nearestK)
		for _, v := range least {
			sum += float64(v)
		}
		realism[i] = atMostOne(typical, sum/float64(len(least)))
	})
	eachDistance(pool, m.centred, n, func(j int, d []float32) {
		closeness[j] = atMostOne(float64(m.radius[j]), float64(slices.Min(d)))
	})
	return realism, closeness
}

// atMostOne returns a/b, or 1 where b is not greater than a.
func atMostOne(a, b float64) float64 {
	if b > a {
		return a / b
	}
	return 1
}

// Realism returns a value in [0, 1] for each sample: how near its features are to the data's.
func Realism(data, samples []float32, dim, threads int) ([]float64, error) {
	real, _ := distinct(&vectors{len(data) / dim, dim, data})
	if real.n < 2 {
		return nil, errors.New("measure realism: the data have fewer than two different pictures")
	}
	pool := kernel.NewPool(Form{Threads: threads}.threads())
	defer pool.Close()
	realism, _ := nearness(pool, real, &vectors{len(samples) / dim, dim, samples})
	return realism, nil
}

// unitVectors returns the vectors scaled to length 1.
func unitVectors(of *vectors) *vectors {
	v := &vectors{of.n, of.d, slices.Clone(of.data)}
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

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
