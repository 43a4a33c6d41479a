package score

import (
	"context"
	"testing"

	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// noise is a set of pictures of random bytes, which depend on the index only.
type noise struct{}

func (noise) Batch(dst *tensor.Tensor, indices []int) error {
	for i, k := range indices {
		src := random.New(uint64(k), random.Score, 9)
		for j := range dst.Row(i) {
			dst.Row(i)[j] = src.Uniform(1)
		}
	}
	return nil
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func BenchmarkMeasure(b *testing.B) {
	e, err := Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := e.Measure(context.Background(), noise{}, upTo(128), Form{Size: 64, Channels: 3}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(128*float64(b.N)/b.Elapsed().Seconds(), "pictures/s")
}

func BenchmarkCompare(b *testing.B) {
	const n, d = 1000, 1280
	sample := func(seed uint64) *Sample {
		s := &Sample{N: n, Features: make([]float32, n*d), dim: d, Energy: 1}
		src := random.New(seed, random.Score, 9)
		for i := range s.Features {
			s.Features[i] = src.Normal()
		}
		return s
	}
	x, y := sample(1), sample(2)
	for b.Loop() {
		if _, _, err := Compare(x, y, 0); err != nil {
			b.Fatal(err)
		}
	}
}
