package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// A step at every size, with pictures of 1 to 4 channels and odd widths and batches, has the pictures, losses and
// gradients of the definition in float64. Widths are small to be quick. At the larger sizes the inner layers still
// have some hundred channels.
func TestEveryShape(t *testing.T) {
	for _, s := range []shape{
		{size: 8, channels: 3, ngf: 2, ndf: 2, batch: 512},
		{size: 8, channels: 1, ngf: 17, ndf: 33, batch: 5},
		{size: 8, channels: 2, ngf: 33, ndf: 17, batch: 1},
		{size: 16, channels: 4, ngf: 33, ndf: 3, batch: 2},
		{size: 16, channels: 3, ngf: 3, ndf: 33, batch: 7},
		{size: 32, channels: 2, ngf: 17, ndf: 17, batch: 3},
		{size: 64, channels: 1, ngf: 9, ndf: 5, batch: 2},
		{size: 128, channels: 4, ngf: 3, ndf: 3, batch: 2},
		{size: 256, channels: 2, ngf: 1, ndf: 2, batch: 2},
		{size: 256, channels: 3, ngf: 3, ndf: 1, batch: 1},
		{size: 512, channels: 1, ngf: 1, ndf: 1, batch: 2},
		{size: 512, channels: 3, ngf: 1, ndf: 1, batch: 1},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			if s.size > 64 && testing.Short() {
				t.Skip("the definition is slow at this size")
			}
			s.test(t)
		})
	}
}

// shapes: 2e-6 to 1e-4 of a gradient is usual, a mistake costs percents.
var shapes = tolerances{gradient: 3e-4, terms: sumTerms}

// nearKink is the distance from a ReLU's kink within which rounding decides an activation's side. There the
// definition takes the engine's side, because a single activation on the other side changes a gradient by up to a
// hundredth.
const nearKink = 1e-5

type shape struct{ size, channels, ngf, ndf, batch int }

func (s *shape) test(t *testing.T) {
	c := small(s.size, 0, s.batch)
	c.NGF, c.NDF, c.Channels = s.ngf, s.ndf, s.channels
	real, z := formula("real", s.batch, s.channels, s.size, s.size), formula("z", s.batch, c.NZ)
	for _, exact := range []bool{false, true} {
		c.Exact = exact
		e, err := New(c) // a run's settings have no pictures of 2 channels
		if err != nil {
			t.Fatal(err)
		}
		setFormula(t, e)
		e.show(real, z)
		newUpdates(e, float64s(real.Data), float64s(z.Data)).compare(t, e)
		e.Close()
	}
}

// updates are what the first updates of D and of G compute, from the definitions: in float64.
type updates struct {
	pictures  []float64
	losses    gan.Losses
	gradients map[string][]float64 // of D's parameters in its update; of G's, D as it was before that
}

// newUpdates takes the engine's side of activations at a kink.
func newUpdates(e *Engine, real, z []float64) *updates {
	n, smoothing := e.config.Batch, e.config.LabelSmoothing
	g, d := define(e.model.Generator, n), define(e.model.Discriminator, n)
	u := &updates{gradients: map[string][]float64{}}
	u.pictures = slices.Clone(g.output(z))
	e.painted.forward(e.painted.input, ofBatch)
	g.takeSides(e.painted)

	onGenerated := slices.Clone(d.output(u.pictures))
	e.generated.forward(e.painted.output(), ofBatch)
	d.takeSides(e.generated.pass)
	d.gradient(lossGradient(onGenerated, 0))
	d.addTo(u.gradients)
	g.gradient(d.gradient(lossGradient(onGenerated, 1)))
	g.addTo(u.gradients)
	onReal := d.output(real)
	e.real.forward(e.pictures, ofBatch)
	d.takeSides(e.real.pass)
	d.gradient(lossGradient(onReal, 1-smoothing/2))
	d.addTo(u.gradients)

	u.losses.Set(gan.LossDOnReal, lossOf(onReal, 1-smoothing/2))
	u.losses.Set(gan.LossDOnGenerated, lossOf(onGenerated, 0))
	u.losses.Set(gan.LossG, lossOf(onGenerated, 1))
	return u
}

func define(layers gan.Network, n int) *definitions {
	list := &definitions{Network: layers}
	for i := range layers {
		var parameters [2]*tensor.Tensor // weight and bias
		for k, p := range gan.Parameters(layers[i : i+1]) {
			parameters[k] = formula(p.Name, p.Shape...)
		}
		list.layers = append(list.layers, newDefinition(&layers[i], n, parameters[0], parameters[1]))
	}
	return list
}

// takeSides takes the values of activations that are within rounding of a kink from the engine's forward pass.
func (list *definitions) takeSides(p *pass) {
	for i, d := range list.layers {
		if d.Activation != gan.ReLU && d.Activation != gan.LeakyReLU {
			continue
		}
		for j, y := range tensorOf(p.layers[i].y).Data {
			if math.Abs(d.y[j]) < nearKink && math.Abs(float64(y)) < nearKink {
				d.y[j] = float64(y)
			}
		}
	}
}

// addTo adds the gradients of the parameters to sums, by name.
func (list *definitions) addTo(sums map[string][]float64) {
	for _, d := range list.layers {
		if !d.Convolves() {
			continue
		}
		p := gan.Parameters([]gan.Layer{*d.Layer})
		for i, g := range [][]float64{d.dw, d.dbias} {
			if sums[p[i].Name] == nil {
				sums[p[i].Name] = make([]float64, len(g))
			}
			for j, v := range g {
				sums[p[i].Name][j] += v
			}
		}
	}
}

// lossOf returns the mean sigmoid cross-entropy of the logits x against a target.
func lossOf(x []float64, target float64) (loss float64) {
	for _, v := range x {
		p := 1 / (1 + math.Exp(-v))
		loss -= (target*math.Log(p) + (1-target)*math.Log(1-p)) / float64(len(x))
	}
	return loss
}

func lossGradient(x []float64, target float64) (dx []float64) {
	for _, v := range x {
		dx = append(dx, (1/(1+math.Exp(-v))-target)/float64(len(x)))
	}
	return dx
}

// compare compares the engine's updates with u.
func (u *updates) compare(t *testing.T, e *Engine) {
	t.Helper()
	e.painted.forward(e.painted.input, ofBatch)
	if r := relative(tensorOf(e.painted.output()).Data, u.pictures); r > 1e-5 {
		t.Errorf("pictures: relative difference %.2g", r)
	}
	e.gradientOfD(e.config.Rates)
	u.compareGradients(t, e.discriminator, nil)
	e.gradientOfPictures()
	e.gradientOfG()
	u.compareGradients(t, e.generator, e.painted)
	got := e.evaluate(e.config.LabelSmoothing)
	for f, want := range u.losses.All() {
		if v := got.Value(f); math.Abs(v-want) > 1e-5*want {
			t.Errorf("%s is %.8g, want %.8g", f, v, want)
		}
	}
}

func (u *updates) compareGradients(t *testing.T, net *network, painted *pass) {
	t.Helper()
	for _, p := range net.list {
		diff, norm := difference(p.unpack(p.g).Data, u.gradients[p.Name])
		if bound := shapes.of(painted, p, norm); diff > bound {
			t.Errorf("%s: off by %.2g of %.2g, more than %.2g", p.Name, diff, norm, bound)
		}
	}
}
