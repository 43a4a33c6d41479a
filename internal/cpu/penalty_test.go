package cpu

import (
	"math"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/random"
)

// pairing returns an engine with the relativistic loss and both penalties at 16x16, of the model that change makes.
func pairing(t *testing.T, width, batch int, gamma float64, change func(m *gan.Model)) *Engine {
	t.Helper()
	c := vivid(16, width, batch)
	c.Gamma, c.Augment, c.NZ = gamma, config.AugmentNone, 16
	m := gan.NewModel(c)
	if change != nil {
		change(m)
	}
	e, err := build(c, m, &memory{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	setFormula(t, e)
	return e
}

// The gradient of the loss with penalties agrees with central differences, computed in float64 by the layers'
// definitions. The differences use the definitions' gradients for the penalties, and no tangents.
func TestPenaltyAgainstFiniteDifferences(t *testing.T) {
	for _, c := range []struct {
		name   string
		width  int
		change func(m *gan.Model)
	}{
		{"narrow", 3, nil},
		{"wide", 17, nil},
		{"smooth kernels", 5, func(m *gan.Model) {
			for i := range m.Discriminator {
				m.Discriminator[i].Smooth = m.Discriminator[i].Stride == 2
			}
		}},
		{"residual", 3, func(m *gan.Model) { *m = *gan.NewModel(residual(small(16, 3, 3))) }},
		{"branching", 3, func(m *gan.Model) { branching(m, 3, false) }},
		{"branching, wide", 9, func(m *gan.Model) { branching(m, 9, false) }},
	} {
		if c.width > 3 && testing.Short() {
			continue // the definition is slow under the race detector
		}
		t.Run(c.name, func(t *testing.T) { testPenalty(t, c.width, c.change) })
	}
}

func testPenalty(t *testing.T, width int, change func(m *gan.Model)) {
	const batch, gamma = 3, 0.7
	e := pairing(t, width, batch, gamma, change)
	real := filled(1, batch, 3, 16, 16)
	e.show(real, filled(2, batch, e.model.NZ))
	e.painted.forward(e.painted.input, ofBatch)
	generated := float64s(tensorOf(e.painted.output()).Data)
	losses := e.gradientOfD(e.config.Rates)

	d := define(e.model.Discriminator, batch)
	var squares [2]float64
	loss := func() (sum float64) {
		ones := make([]float64, batch)
		for i := range ones {
			ones[i] = 1
		}
		var logits [2][]float64
		for side, pictures := range [][]float64{float64s(real.Data), generated} {
			logits[side] = append([]float64{}, d.output(pictures)...)
			squares[side] = 0
			for _, g := range d.gradient(ones) {
				squares[side] += g * g / batch
			}
			sum += gamma / 2 * squares[side]
		}
		for i := range logits[0] {
			sum += math.Log1p(math.Exp(logits[1][i]-logits[0][i])) / batch
		}
		return sum
	}
	loss()
	for i, f := range []gan.Figure{gan.PenaltyR1, gan.PenaltyR2} {
		got := losses.Value(f)
		if math.Abs(got-squares[i]) > 1e-5*squares[i] {
			t.Errorf("R%d is %g, want %g", i+1, got, squares[i])
		}
	}
	src := random.New(3, random.Init, 0)
	trained := slices.DeleteFunc(slices.Clone(d.layers), func(l *definition) bool { return !l.Convolves() })
	for i, p := range e.discriminator.list {
		at, got := trained[i/2].w, p.unpack(p.g).Data
		if i%2 == 1 {
			at = trained[i/2].bias
		}
		var worst, scale float64
		for range 12 {
			j := src.IntN(len(at))
			const h = 1e-6
			x := at[j]
			at[j] = x + h
			up := loss()
			at[j] = x - h
			down := loss()
			at[j] = x
			want := (up - down) / (2 * h)
			worst, scale = max(worst, math.Abs(float64(got[j])-want)), max(scale, math.Abs(want))
		}
		if worst > 1e-4*max(scale, 1e-3) {
			t.Errorf("%s is off by %.2g of %.2g", p.Name, worst, scale)
		}
	}
}

// Penalties are refused for a discriminator with batch norm, which couples the pictures of a batch.
func TestPenaltyRefusesBatchNorm(t *testing.T) {
	c := small(16, 4, 2)
	c.Gamma = 1
	if _, err := build(c, gan.NewModel(c), &memory{counting: true}); err == nil {
		t.Error("penalties of a discriminator with batch norm are computed")
	}
}

// A step returns the losses that D's update has computed, with the weights before the step. Only the losses of
// the sigmoid objective are evaluated again after the updates (reference: the loop).
func TestLossesOfAStep(t *testing.T) {
	for _, loss := range []string{
		config.LossSigmoid, config.LossNonSaturating, config.LossHinge, config.LossRelativistic,
	} {
		c := vivid(16, 4, 3)
		c.Loss, c.LabelSmoothing, c.GenUpdates = loss, 0.25, 2
		e, other := newEngine(t, c), newEngine(t, c)
		b := gan.Batch{Real: filled(1, 3, 3, 16, 16), Z: filled(2, 3, c.NZ)}
		got, err := e.Step(b, c.RatesAt(1))
		if err != nil {
			t.Fatal(err)
		}
		other.show(b.Real, b.Z)
		other.augmented.begin(c.AugmentP)
		other.painted.forward(other.painted.input, ofBatch)
		if found := other.gradientOfD(c.Rates); (got == found) == (loss == config.LossSigmoid) {
			t.Errorf("%s: the step's losses are %v, D's update found %v", loss, got, found)
		}
		if loss == config.LossSigmoid {
			anew := e.evaluate(0.25)
			for figure, v := range anew.All() {
				if got.Value(figure) != v {
					t.Errorf("%s: %s is %g, evaluated anew %g", loss, figure, got.Value(figure), v)
				}
			}
			if !got.Has(gan.PenaltyR1) || !got.Has(gan.PenaltyR2) {
				t.Errorf("%s: the penalties are not among the losses %v", loss, got)
			}
		}
	}
}
