package score

import (
	"math"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// vectorsOf draws n vectors of d values and length 1.
func vectorsOf(seed uint64, n, d int) *vectors {
	v := &vectors{n, d, make([]float32, n*d)}
	src := random.New(seed, random.Score, 0)
	for i := range v.data {
		v.data[i] = src.Normal() + 0.5
	}
	return unitVectors(v)
}

func distance(a, b []float32) float64 {
	sum := 0.0
	for k, v := range a {
		sum += sq(float64(v) - float64(b[k]))
	}
	return math.Sqrt(sum)
}

// distances returns the distances from a vector to all of a set, sorted, without zeros.
func distances(from []float32, to *vectors) (list []float64) {
	for j := range to.n {
		if d := distance(from, to.row(j)); d > 0 {
			list = append(list, d)
		}
	}
	slices.Sort(list)
	return list
}

// Realism equals its definition, vector by vector, and is at most 1.
func TestRealism(t *testing.T) {
	data, samples := vectorsOf(1, 41, 6), vectorsOf(2, 30, 6)
	for i := range samples.data[:15*6] { // farther ones
		samples.data[i] = -samples.data[i]
	}
	copy(samples.row(29), data.row(7)) // a copy has a distance of 0 too
	var radii []float64
	for j := range data.n {
		radii = append(radii, distances(data.row(j), data)[nearestK-1])
	}
	slices.Sort(radii)
	got, err := Realism(data.data, samples.data, 6, 2)
	if err != nil {
		t.Fatal(err)
	}
	capped := 0
	for i := range samples.n {
		mean := 0.0
		list := distances(samples.row(i), data)
		if i == 29 {
			list = append([]float64{0}, list...)
		}
		for _, d := range list[:nearestK] {
			mean += d / nearestK
		}
		want := radii[20] / mean
		if want >= 1 {
			want = 1
			capped++
		}
		near(t, "the realism", got[i], want, 1e-5)
	}
	if capped == 0 || capped > 15 {
		t.Errorf("%d of 30 are as real as the data", capped)
	}
	if _, err := Realism(data.row(0), samples.data, 6, 1); err == nil {
		t.Error("one picture is data enough")
	}
}

// Closeness equals its definition, vector by vector, and is at most 1.
func TestCloseness(t *testing.T) {
	data, samples := vectorsOf(1, 41, 6), vectorsOf(2, 12, 6)
	pool := kernel.NewPool(2)
	defer pool.Close()
	_, got := nearness(pool, data, samples)
	capped := 0
	for j := range data.n {
		want := distances(data.row(j), data)[nearestK-1] / distances(data.row(j), samples)[0]
		if want >= 1 {
			want = 1
			capped++
		}
		near(t, "the closeness", got[j], want, 1e-5)
	}
	if capped == 0 || capped > 30 {
		t.Errorf("%d of 41 have a sample in their sphere", capped)
	}
}

// determinant returns the determinant of a positive definite matrix, by Gaussian
// elimination.
func determinant(m [][]float64) float64 {
	det := 1.0
	for k := range m {
		det *= m[k][k]
		for i := k + 1; i < len(m); i++ {
			f := m[i][k] / m[k][k]
			for j := k; j < len(m); j++ {
				m[i][j] -= f * m[k][j]
			}
		}
	}
	return det
}

// Each pick maximises the determinant of the point process's matrix of all picks so far
// and the new one, which the test computes anew.
func TestPickIsGreedy(t *testing.T) {
	v := vectorsOf(3, 25, 4)
	realism := make([]float64, v.n)
	pairs := 0.0
	for i := range v.n {
		realism[i] = 0.4 + 0.2*random.New(uint64(i), random.Score, 1).Float64()
		for j := range i {
			pairs += sq(distance(v.row(i), v.row(j)))
		}
	}
	spread := pairs / float64(v.n*(v.n-1)/2)
	z := standardised(realism)
	value := func(picked []int) float64 {
		m := make([][]float64, len(picked))
		for a, i := range picked {
			for _, j := range picked {
				m[a] = append(m[a], math.Exp((realismWeight*(z[i]+z[j])-sq(distance(v.row(i), v.row(j)))/spread)/2))
			}
		}
		return determinant(m)
	}
	pick := func(n int) []int {
		p := newPicking(v, realism)
		for range min(n, v.n) {
			p.take(p.best())
		}
		return p.picked
	}
	got := pick(8)
	for k := range got {
		best, most := -1, 0.0
		for i := range v.n {
			if !slices.Contains(got[:k], i) {
				if d := value(append(slices.Clone(got[:k]), i)); d > most {
					best, most = i, d
				}
			}
		}
		if got[k] != best {
			t.Fatalf("picked %v; behind %v comes %d", got, got[:k], best)
		}
	}
	all := pick(99)
	if len(all) != v.n || len(slices.Compact(slices.Sorted(slices.Values(all)))) != v.n {
		t.Errorf("of all %d there are %v", v.n, all)
	}
}

// From undamaged, noisy and blurred pictures, some of which occur many times, Pick
// takes undamaged ones, each once. They are more realistic than the rest, and differ
// as much as undamaged ones drawn at random.
func TestPickOfPictures(t *testing.T) {
	const data, kinds, of, copies, n = 200, 3, 90, 20, 12
	set, err := dataset.Demo(dataset.Options{
		Size: ladderSize, Channels: 3, Fit: config.FitCover, Filter: config.FilterAntialias,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	which := upTo(data + of)
	which = append(which, slices.Repeat(which[data:data+1], copies)...)
	whole := tensor.New(len(which), 3, ladderSize, ladderSize)
	if err := set.Batch(whole, which); err != nil {
		t.Fatal(err)
	}
	part := func(from, to int) *tensor.Tensor {
		row := len(whole.Row(0))
		return &tensor.Tensor{Shape: []int{to - from, 3, ladderSize, ladderSize}, Data: whole.Data[from*row : to*row]}
	}
	real, made := part(0, data), part(data, len(which))
	for i := range of {
		switch i % kinds {
		case 1:
			addNoise(made.Row(i), i, 40)
		case 2:
			blur(made.Row(i), 1.5)
		}
	}
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := e.Candidates(t.Context(), memory{made}, upTo(of+copies), Form{Size: ladderSize, Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	realism, err := Realism(measureAll(t, e, real).Features, samples.Features, e.Dim, 0)
	if err != nil {
		t.Fatal(err)
	}
	picked := Pick(samples, realism, n)
	v := samples.joined()
	first := 0
	for _, i := range picked {
		if i < of && i%kinds != 0 {
			t.Errorf("picture %d is damaged", i)
		}
		if i == 0 || i >= of {
			first++
		}
	}
	if first > 1 {
		t.Errorf("one picture is picked %d times", first)
	}
	var drawn []int
	for i := 0; i < of; i += kinds {
		drawn = append(drawn, i)
	}
	if a, b := meanOf(realism, picked), meanOf(realism, upTo(v.n)); a <= b {
		t.Errorf("realism %.3f, of all %.3f", a, b)
	}
	if a, b := spread(v, picked), spread(v, drawn); a < b {
		t.Errorf("spread %.2f, of whole pictures %.2f", a, b)
	}
}

func meanOf(x []float64, which []int) (mean float64) {
	for _, i := range which {
		mean += x[i] / float64(len(which))
	}
	return mean
}

// spread returns the mean distance of all pairs of the vectors at the indices.
func spread(v *vectors, which []int) (mean float64) {
	n := len(which)
	for a, i := range which {
		for _, j := range which[:a] {
			mean += distance(v.row(i), v.row(j)) / float64(n*(n-1)/2)
		}
	}
	return mean
}
