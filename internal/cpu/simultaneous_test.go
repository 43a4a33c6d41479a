package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/random"
)

// simultaneously returns the settings with both networks learning at once.
func simultaneously(c *config.Config) *config.Config {
	c.Updates = config.UpdatesSimultaneous
	return c
}

// The gradient that G takes from D's passes agrees with the definition in float64: the chain rule through D with its
// weights before the update.
func TestSimultaneousAgainstDefinition(t *testing.T) {
	const size, batch = 16, 3
	for _, gamma := range []float64{0, 0.7} {
		c := simultaneously(vivid(size, 5, batch))
		c.Gamma, c.Augment, c.NZ = gamma, config.AugmentNone, 16
		e := newEngine(t, c)
		setFormula(t, e)
		real, z := formula("real", batch, 3, size, size), formula("z", batch, c.NZ)
		e.show(real, z)
		e.painted.forward(e.painted.input, ofBatch)

		g, d := define(e.model.Generator, batch), define(e.model.Discriminator, batch)
		onReal := slices.Clone(d.output(float64s(real.Data)))
		pictures := slices.Clone(g.output(float64s(z.Data)))
		g.takeSides(e.painted)
		e.gradientOfD(c.Rates)
		e.gradientOfG()
		onGenerated := d.output(pictures)
		d.takeSides(e.generated.pass)
		slopes := make([]float64, batch)
		for n := range slopes { // of softplus(x - g), the mean over the batch
			slopes[n] = -1 / (1 + math.Exp(onGenerated[n]-onReal[n])) / batch
		}
		want := map[string][]float64{}
		g.gradient(d.gradient(slopes))
		g.addTo(want)
		for _, p := range e.generator.list {
			diff, norm := difference(p.unpack(p.g).Data, want[p.Name])
			if bound := shapes.of(e.painted, p, norm); diff > bound {
				t.Errorf("gamma %g: %s: off by %.2g of %.2g, more than %.2g", gamma, p.Name, diff, norm, bound)
			}
		}
	}
}

// Whatever the loss, the penalties and the augmentation, D is updated to the same bits as with alternating updates. G's
// gradient is the one that another pass of D over the same augmented pictures gives.
func TestSimultaneousIsOneMoreLook(t *testing.T) {
	for _, loss := range []string{config.LossSigmoid, config.LossHinge, config.LossRelativistic} {
		for _, augment := range []string{config.AugmentNone, config.AugmentDiff} {
			for _, gamma := range []float64{0, 1} {
				t.Run(fmt.Sprintf("%s %s %g", loss, augment, gamma), func(t *testing.T) {
					c := vivid(16, 8, 4)
					c.Loss, c.Augment, c.Gamma = loss, augment, gamma
					turn := newEngine(t, c)
					both := newEngine(t, simultaneously(c))
					for _, e := range []*Engine{turn, both} {
						e.show(filled(1, 4, 3, 16, 16), filled(2, 4, c.NZ))
						e.painted.forward(e.painted.input, ofBatch)
						e.gradientOfD(c.Rates)
					}
					if !slices.Equal(turn.discriminator.g, both.discriminator.g) {
						t.Error("D has another gradient")
					}
					look := 2*turn.discriminator.updates + 1
					turn.judge(turn.generated, turn.painted.output(), random.SeenD, look)
					generated := slices.Clone(turn.generated.logits)
					turn.judge(turn.real, turn.pictures, random.SeenD, look+1)
					real := slices.Clone(turn.real.logits)
					turn.judge(turn.generated, turn.painted.output(), random.SeenD, look)
					turn.objective.GeneratorSlopes(turn.generated.slopes, real, generated)
					turn.through(turn.generated.slopes)
					turn.gradientOfG()
					both.gradientOfG()
					diff, norm := difference(both.generator.g, float64s(turn.generator.g))
					if norm == 0 || diff > 1e-5*norm {
						t.Errorf("G's gradient is off by %.2g of %.2g", diff, norm)
					}
				})
			}
		}
	}
}
