package cpu

import (
	"math"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// The first updates of D and G with the relativistic objective, R1 and R2 agree with PyTorch's double backward
// (testdata/golden/README.md), for the article's networks without D's batch norms and for residual ones with smooth
// kernels.
func TestRelativisticGolden(t *testing.T) {
	c := small(16, 8, 4)
	m := gan.NewModel(c)
	for i := range m.Discriminator {
		m.Discriminator[i].BatchNorm = ""
	}
	testRelativisticGolden(t, "relativistic16", c, m)
	c = smoothed(residual(small(16, 8, 4)))
	testRelativisticGolden(t, "residual16", c, gan.NewModel(c))
}

func testRelativisticGolden(t *testing.T, name string, c *config.Config, m *gan.Model) {
	const lr, beta1, beta2, gamma = 5e-4, 0, 0.99, 10
	want := readGolden(t, name)
	c.Loss, c.Gamma, c.Beta2 = config.LossRelativistic, gamma, beta2
	e, err := build(c, m, &memory{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	setFormula(t, e)
	e.show(want.batch(e, 1))
	e.painted.forward(e.painted.input, ofBatch)

	l := e.gradientOfD(e.config.Rates)
	i := 0
	for f, v := range l.All() { // in the golden's order; the logits are about 0.05
		if w := float64(want.tensors["losses"].Data[i]); math.Abs(v-w) > 1e-6*max(math.Abs(w), 0.05) {
			t.Errorf("%s is %.8g, want %.8g", f, v, w)
		}
		i++
	}
	want.compareGradientsOf(t, "grad_d.", e.discriminator)

	e.discriminator.adam(lr, beta1, beta2)
	e.gradientOfPictures()
	e.gradientOfG()
	want.compareGradientsOf(t, "grad_g.", e.generator)
}

// compareGradientsOf bounds the relative norm of each difference. The gradient of the logit's
// bias is a sum of slopes that cancel, each at most a quarter: it is bounded by them.
func (g *golden) compareGradientsOf(t *testing.T, prefix string, net *network) {
	t.Helper()
	for _, p := range net.list {
		diff, norm := g.difference(t, prefix+p.Name, p.unpack(p.g))
		if bound := max(1e-5*norm, sumTerms/4); diff > bound {
			t.Errorf("%s%s: off by %.2g of %.2g, more than %.2g", prefix, p.Name, diff, norm, bound)
		}
	}
}
