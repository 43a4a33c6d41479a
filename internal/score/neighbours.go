package score

// Scores from nearest neighbours in feature space: precision and recall
// (Kynkäänniemi et al.: Improved Precision and Recall Metric for Assessing
// Generative Models; NeurIPS 2019), density and coverage (Naeem et al.: Reliable
// Fidelity and Diversity Metrics for Generative Models; ICML 2020), the share of
// near duplicates, and the nearest picture of the data.

import (
	"encoding/binary"
	"math"
	"slices"

	"dcgan/internal/kernel"
)

// nearestK is the number of neighbours that define a vector's sphere: it reaches to
// the nearestK-th nearest other vector of its set, or to the farthest of fewer.
const nearestK = 5

// manifold is a set of vectors with the radius of each vector's sphere. The radii of a
// single vector are 0.
type manifold struct {
	*centred
	radius  []float32 // distance to the nearestK-th nearest other vector
	nearest []float32 // distance to the nearest other vector
}

func newManifold(pool *kernel.Pool, v *centred) *manifold {
	m := &manifold{v, make([]float32, v.n), make([]float32, v.n)}
	if v.n == 1 {
		return m
	}
	eachDistance(pool, v, v, func(i int, d []float32) {
		d[i] = float32(math.Inf(1))
		least := smallest(d, min(nearestK, v.n-1))
		m.radius[i], m.nearest[i] = least[len(least)-1], least[0]
	})
	return m
}

// distinct returns the vectors of v that equal no earlier one, and their indices. A
// picture that lies in the data twice would otherwise be its own nearest neighbour, at a
// distance of 0, and such distances would decide what is near.
func distinct(v *vectors) (once *vectors, which []int) {
	once = &vectors{d: v.d}
	seen := map[string]bool{}
	var key []byte
	for i := range v.n {
		key = key[:0]
		for _, x := range v.row(i) {
			key = binary.LittleEndian.AppendUint32(key, math.Float32bits(x))
		}
		if !seen[string(key)] {
			seen[string(key)] = true
			once.data, which = append(once.data, v.row(i)...), append(which, i)
		}
	}
	once.n = len(which)
	return once, which
}

// smallest returns the k smallest values, or all if there are fewer, in ascending
// order.
func smallest(values []float32, k int) []float32 {
	var least []float32
	for _, v := range values {
		if len(least) == k && v >= least[k-1] {
			continue
		}
		at, _ := slices.BinarySearch(least, v)
		least = slices.Insert(least, at, v)
		if len(least) > k {
			least = least[:k]
		}
	}
	return least
}

// Match names the picture of the data that is nearest to a sample.
type Match struct {
	Index    int     // of the data's picture
	Distance float64 // in feature space
}

// overlap says how far two sets lie in each other's spheres.
type overlap struct {
	precision float64 // share of samples within any sphere of the data
	recall    float64 // share of the data within any sphere of the samples
	density   float64 // mean number of the data's spheres around a sample, over nearestK
	coverage  float64 // share of the data's spheres that contain a sample
	nearest   []Match // by sample
}

func newOverlap(pool *kernel.Pool, data, samples *manifold) overlap {
	type found struct {
		inside  int // spheres of the data around the sample
		nearest int // the nearest picture of the data

		d float32
	}
	list := make([]found, samples.n)
	eachDistance(pool, samples.centred, data.centred, func(i int, d []float32) {
		f := found{d: float32(math.Inf(1))}
		for j, v := range d {
			if v <= data.radius[j] {
				f.inside++
			}
			if v < f.d {
				f.d, f.nearest = v, j
			}
		}
		list[i] = f
	})
	recalled, covered := make([]bool, data.n), make([]bool, data.n)
	eachDistance(pool, data.centred, samples.centred, func(j int, d []float32) {
		for i, v := range d {
			recalled[j] = recalled[j] || v <= samples.radius[i]
			covered[j] = covered[j] || v <= data.radius[j]
		}
	})
	var o overlap
	inside := 0
	for _, f := range list {
		if f.inside > 0 {
			inside++
		}
		o.density += float64(f.inside) / float64(nearestK*samples.n)
		o.nearest = append(o.nearest, Match{f.nearest, float64(f.d)})
	}
	o.precision = float64(inside) / float64(samples.n)
	o.recall, o.coverage = share(recalled), share(covered)
	return o
}

// share returns the share of the values that are true.
func share(of []bool) float64 {
	n := 0
	for _, is := range of {
		if is {
			n++
		}
	}
	return float64(n) / float64(len(of))
}

// duplicateQuantile is the quantile of the data's distances to the nearest other
// picture below which two samples count as near duplicates.
const duplicateQuantile = 0.01

// nearDuplicates returns the share of samples that have a near duplicate.
func nearDuplicates(data, samples *manifold) float64 {
	limit := quantile(data.nearest, duplicateQuantile)
	n := 0
	for _, d := range samples.nearest {
		if float64(d) < limit {
			n++
		}
	}
	return float64(n) / float64(samples.n)
}

// copyCloseness times the data's median distance to the nearest other picture is the
// distance below which a sample counts as a copy of a picture. With few pictures, all
// far apart, even noise is within 1.2 times that median.
const copyCloseness = 0.5

// copies returns the share of samples that are copies of pictures of the data.
func copies(data *manifold, nearest []Match) float64 {
	limit := copyCloseness * quantile(data.nearest, 0.5)
	n := 0
	for _, m := range nearest {
		if m.Distance < limit {
			n++
		}
	}
	return float64(n) / float64(len(nearest))
}

// quantile returns the q-quantile of values. It interpolates linearly between two of
// them, as NumPy does.
func quantile(values []float32, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	low, high := float64(sorted[i]), float64(sorted[min(i+1, len(sorted)-1)])
	return low + (high-low)*(at-float64(i))
}
