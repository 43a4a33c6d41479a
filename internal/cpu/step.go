package cpu

import (
	"time"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/random"
)

// Step makes one update of D and then rates.GenUpdates of G on one batch (Goodfellow et al. 2014,
// algorithm 1, with the reference's schedule), and returns its losses.
//
// Every pass is in training mode: each batch is normalised by its own statistics,
// the generated one and the real one apart.
func (e *Engine) Step(b gan.Batch, rates config.Rates) (gan.Losses, error) {
	if err := e.checkBatch(b); err != nil {
		return gan.Losses{}, err
	}
	g, d := e.generator, e.discriminator
	began := time.Now()
	e.watch.start()
	e.pictures.set(b.Real)
	e.painted.input.set(b.Z)
	e.watch.lap(&e.rest)

	if e.augmented != nil {
		e.augmented.begin(rates.AugmentP)
	}

	// (1) Update D: descend the objective's loss on real and on generated pictures.
	e.painted.forward(e.painted.input, ofBatch)
	losses := e.gradientOfD(rates)
	if e.augmented != nil {
		e.augmented.follow(&losses, e.real.logits, e.generated.logits)
	}
	d.adam(rates.LRD, e.config.Beta1, e.config.Beta2)
	updatedD := time.Now()

	// (2) Update G, a number of times: descend the objective's loss on what it paints. G has not changed
	// since its pass in (1), so the first update goes on from that one; where both networks learn at once,
	// the pictures' gradient is there too, from D as it was.
	for i := range rates.GenUpdates {
		if i > 0 {
			e.painted.forward(e.painted.input, ofBatch)
		}
		if i > 0 || e.both == nil {
			e.gradientOfPictures()
		}
		e.gradientOfG()
		g.adam(rates.LRG, e.config.Beta1, e.config.Beta2)
	}
	if e.model.Averaged {
		g.averageStep(d.updates, e.config.Average, e.config.AverageRamp)
	}
	updatedG := time.Now()

	if e.objective.Name == gan.Sigmoid {
		anew := e.evaluate(rates.LabelSmoothing)
		for figure, v := range anew.All() {
			losses.Set(figure, v)
		}
	}
	e.watch.lap(&e.rest)
	e.times = Times{
		Step: time.Since(began), UpdateD: updatedD.Sub(began),
		UpdateG: updatedG.Sub(updatedD) / time.Duration(max(1, rates.GenUpdates)),
	}
	return losses, nil
}

// gradientOfD computes the gradient of D's loss on both batches, with that of the penalties where there are any, and
// returns the losses that it found. D's running statistics move here only: twice an update, by the generated batch
// and then by the real one.
func (e *Engine) gradientOfD(rates config.Rates) gan.Losses {
	var r1, r2 float64
	smoothing := rates.LabelSmoothing
	look := 2*e.discriminator.updates + 1 // numbers the augmentation's draws
	e.judge(e.generated, e.painted.output(), random.SeenD, look)
	e.generated.track()
	if !e.objective.Paired() {
		e.objective.DiscriminatorSlopes(nil, e.generated.slopes, nil, e.generated.logits, smoothing)
		r2 = e.learnGenerated(rates.Gamma)
	}
	e.judge(e.real, e.pictures, random.SeenD, look+1)
	e.real.track()
	if e.objective.Paired() {
		e.objective.DiscriminatorSlopes(e.real.slopes, e.generated.slopes, e.real.logits, e.generated.logits, smoothing)
		r2 = e.learnGenerated(rates.Gamma)
	} else {
		e.objective.DiscriminatorSlopes(e.real.slopes, nil, e.real.logits, nil, smoothing)
	}
	r1 = e.learn(e.real, rates.Gamma, true)
	losses := e.objective.Evaluate(e.real.logits, e.generated.logits, smoothing)
	if e.penalty != nil {
		losses.Set(gan.PenaltyR1, r1)
		losses.Set(gan.PenaltyR2, r2)
	}
	return losses
}

// learnGenerated is learn of the generated batch.
func (e *Engine) learnGenerated(gamma float64) (square float64) {
	if e.both != nil {
		return e.learnBoth(gamma)
	}
	return e.learn(e.generated, gamma, false)
}

// judge shows pictures to D, augmented in the look-th way of a stream, and keeps its logits.
func (e *Engine) judge(b *batch, pictures *featureMap, stream random.Stream, look int64) {
	b.seen = pictures
	if e.augmented != nil {
		b.seen = b.input
		e.augmented.see(b.seen, pictures, stream, look)
	}
	b.forward(b.seen, ofBatch)
	b.verdicts()
}

// verdicts keeps the logits of the last forward pass.
func (b *batch) verdicts() {
	y := b.output()
	for n := range b.logits {
		b.logits[n] = float64(y.inside(n, 0, 0)[0])
	}
}

// setSlopes makes slopes the gradient of the logits.
func (b *batch) setSlopes(slopes []float64) {
	for n, s := range slopes {
		b.last().dy.inside(n, 0, 0)[0] = float32(s)
	}
}

// learn computes the gradient of D's parameters from a batch's slopes, or adds it to what is there. With penalties
// it returns the mean squared norm of D's gradient in the pictures.
func (e *Engine) learn(b *batch, gamma float64, accumulate bool) float64 {
	if e.penalty != nil {
		e.penalty.differentiate(b)
		return e.penalty.learn(b, gamma, accumulate)
	}
	b.setSlopes(b.slopes)
	b.backward(nil, b.seen, true, accumulate)
	return 0
}

// gradientOfPictures computes the gradient of G's loss in the pictures that it has painted, by D as it is.
func (e *Engine) gradientOfPictures() {
	look := e.generator.updates
	if e.objective.Paired() {
		e.judge(e.real, e.pictures, random.SeenGReal, look)
	}
	e.judge(e.generated, e.painted.output(), random.SeenG, look)
	e.objective.GeneratorSlopes(e.generated.slopes, e.real.logits, e.generated.logits)
	e.through(e.generated.slopes)
}

// through takes slopes of the generated pictures' logits back through D to the pictures. D's parameters and
// running statistics stay as they are.
func (e *Engine) through(slopes []float64) {
	e.generated.setSlopes(slopes)
	dpictures := e.painted.last().dy
	if e.augmented == nil {
		e.generated.backward(dpictures, e.generated.seen, false, false)
		return
	}
	// D's weights take no gradient here, so nobody reads what it saw again.
	e.generated.backward(e.generated.seen, e.generated.seen, false, false)
	e.augmented.back(dpictures, e.generated.seen)
}

// gradientOfG computes the gradient of G's loss from that in the pictures.
func (e *Engine) gradientOfG() {
	e.painted.track()
	e.painted.backward(nil, e.painted.input, true, false)
}

// evaluate returns the losses after the updates, on the step's batch as it is (reference: the loop). Of other
// objectives than the reference's, D's update has found them: that saves two passes of D and one of G.
func (e *Engine) evaluate(smoothing float64) gan.Losses {
	e.painted.forward(e.painted.input, ofBatch)
	e.generated.forward(e.painted.output(), ofBatch)
	e.generated.verdicts()
	e.real.forward(e.pictures, ofBatch)
	e.real.verdicts()
	return e.objective.Evaluate(e.real.logits, e.generated.logits, smoothing)
}
