package cpu

import (
	"time"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// Step makes one update of D and then rates.GenUpdates of G, on one batch of pictures,
// [batch, channels, size, size] in [-1, 1], and one of z, [batch, nz]. It returns the
// losses evaluated anew after it on the same batch (Goodfellow et al. 2014, algorithm
// 1, with the reference's schedule).
//
// Every pass is in training mode: each batch is normalised by its own statistics,
// the generated one and the real one apart.
func (e *Engine) Step(real, z *tensor.Tensor, rates config.Rates) (gan.Losses, error) {
	if err := e.checkBatch(real, z); err != nil {
		return gan.Losses{}, err
	}
	g, d := e.generator, e.discriminator
	began := time.Now()
	e.watch.start()
	e.real.set(real)
	g.input.set(z)
	e.watch.lap(&e.rest)

	// (1) Update D: descend -log D(x) - log(1 - D(G(z))).
	g.forward(g.input, ofBatch)
	e.gradientOfD(g.output(), targetGenerated, false)
	e.gradientOfD(e.real, targetReal(rates.LabelSmoothing), true)
	d.adam(rates.LRD, e.config.Beta1)
	updatedD := time.Now()

	// (2) Update G, a number of times: descend -log D(G(z)). G has not changed since
	// its pass in (1), so the first update goes on from that one.
	for i := range rates.GenUpdates {
		if i > 0 {
			g.forward(g.input, ofBatch)
		}
		e.gradientOfG()
		g.adam(rates.LRG, e.config.Beta1)
	}
	if e.model.Averaged {
		g.averageStep(d.updates, e.config.Average)
	}
	updatedG := time.Now()

	losses := e.evaluate(rates.LabelSmoothing)
	e.times = Times{
		Step: time.Since(began), UpdateD: updatedD.Sub(began),
		UpdateG: updatedG.Sub(updatedD) / time.Duration(max(1, rates.GenUpdates)),
	}
	return losses, nil
}

// gradientOfD computes the gradient of D's loss on a batch of pictures with that
// target, or adds it to what is there. D's running statistics move here only.
func (e *Engine) gradientOfD(pictures *featureMap, target float64, accumulate bool) {
	d := e.discriminator
	t := 2*d.updates + 1
	if accumulate {
		t++
	}
	if e.augmented != nil {
		pictures = e.augmented.see(pictures, random.SeenD, t)
	}
	d.forward(pictures, ofBatch)
	d.track(t)
	crossEntropyGrad(d.last().dy, d.output(), target)
	d.backward(nil, pictures, true, accumulate)
}

// gradientOfG computes the gradient of G's loss from its last forward pass, through
// D, whose parameters and running statistics stay as they are.
func (e *Engine) gradientOfG() {
	g, d := e.generator, e.discriminator
	g.track(g.updates + 1)
	pictures, dpictures := g.output(), g.last().dy
	if e.augmented != nil {
		pictures = e.augmented.see(pictures, random.SeenG, g.updates)
		dpictures = pictures // D's weights take no gradient here, so nobody reads its pictures again
	}
	d.forward(pictures, ofBatch)
	crossEntropyGrad(d.last().dy, d.output(), targetFooled)
	d.backward(dpictures, pictures, false, false)
	if e.augmented != nil {
		e.augmented.back(g.last().dy)
	}
	g.backward(nil, g.input, true, false)
}

// evaluate computes the four losses on the step's batch with the weights of now and
// that label smoothing.
func (e *Engine) evaluate(smoothing float64) (l gan.Losses) {
	g, d := e.generator, e.discriminator
	g.forward(g.input, ofBatch)
	d.forward(g.output(), ofBatch)
	l.DiscriminatorOnGenerated, l.DGZ = crossEntropy(d.output(), targetGenerated)
	l.Generator, _ = crossEntropy(d.output(), targetFooled)
	d.forward(e.real, ofBatch)
	l.DiscriminatorOnReal, l.DX = crossEntropy(d.output(), targetReal(smoothing))
	l.Discriminator = l.DiscriminatorOnReal + l.DiscriminatorOnGenerated
	e.watch.lap(&e.rest)
	return l
}
