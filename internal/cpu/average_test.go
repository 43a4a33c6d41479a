package cpu

import (
	"math"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// After t steps the average is a weighted mean of the weights after each step, in which weights
// that are a half-life older count half. Averaging does not change the trained weights.
func TestAverage(t *testing.T) {
	const halfLife, last = 3, 5
	c := small(16, 8, 4)
	plain := newEngine(t, c)
	c.Average = halfLife
	e := newEngine(t, c)
	sums, total := map[string][]float64{}, 0.0
	for step := 1; step <= last; step++ {
		steps(t, plain, step, step)
		steps(t, e, step, step)
		share := math.Exp2(float64(step-last) / halfLife)
		total += share
		for name, x := range stateOf(t, plain).Tensors {
			if sums[name] == nil {
				sums[name] = make([]float64, len(x.Data))
			}
			for i, v := range x.Data {
				sums[name][i] += share * float64(v)
			}
		}
	}
	got, want := stateOf(t, e), stateOf(t, plain)
	for _, p := range gan.Parameters(e.model.Generator) {
		for i := range sums[p.Name] {
			sums[p.Name][i] /= total
		}
		if r := relative(got.Tensors[p.As(gan.Average).Name].Data, sums[p.Name]); r > 1e-6 {
			t.Errorf("%s: relative difference %.2g", p.Name, r)
		}
		delete(got.Tensors, p.As(gan.Average).Name)
	}
	sameState(t, "the trained weights", got, want)
}

// The pictures are those of a generator with the averages as its weights.
func TestAverageSamples(t *testing.T) {
	c := small(16, 8, 4)
	c.Average = 3
	e := newEngine(t, c)
	steps(t, e, 1, 4)
	s := stateOf(t, e)
	c.Average = 0
	other := newEngine(t, c)
	for _, p := range gan.Parameters(e.model.Generator) {
		average := p.As(gan.Average).Name
		s.Tensors[p.Name] = gan.Tensor{Kind: gan.Parameter, Tensor: s.Tensors[average].Tensor}
		delete(s.Tensors, average)
	}
	if err := other.SetState(s); err != nil {
		t.Fatal(err)
	}
	var pictures [2][]float32
	for i, e := range []*Engine{e, other} {
		if err := e.Calibrate(e.model.CalibrationZ()); err != nil {
			t.Fatal(err)
		}
		p, err := e.Generate(e.model.PictureZ(0, 8), config.StatisticsCalibrated)
		if err != nil {
			t.Fatal(err)
		}
		pictures[i] = p.Data
	}
	for i, v := range pictures[0] {
		if v != pictures[1][i] {
			t.Fatal("other pictures")
		}
	}
}
