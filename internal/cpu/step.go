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
// Every pass is in training mode: batch norms normalise each batch by its own statistics,
// the generated and the real batch separately.
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

	// (2) Update G one or more times: descend the objective's loss on G's pictures. G has not changed since
	// its pass in (1), so the first update reuses that pass. With simultaneous updates, the gradient of the
	// pictures is there too, computed by D before its update.
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

// gradientOfD computes the gradient of D's loss and penalties on both batches, and returns the losses. It updates D's
// running statistics by the generated batch and then by the real one. Nothing else updates them.
func (e *Engine) gradientOfD(rates config.Rates) gan.Losses {
	var r1, r2 float64
	smoothing := rates.LabelSmoothing
	look := 2*e.discriminator.updates + 1 // the number of the augmentation's draw
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

// learnGenerated is learn for the generated batch. With simultaneous updates it serves G too.
func (e *Engine) learnGenerated(gamma float64) (square float64) {
	if e.both != nil {
		return e.learnBoth(gamma)
	}
	return e.learn(e.generated, gamma, false)
}

// judge makes D's forward pass over pictures and stores its logits in b. If there is an augmentation, D sees the
// pictures by draw number look of a stream.
func (e *Engine) judge(b *batch, pictures *featureMap, stream random.Stream, look int64) {
	b.seen = pictures
	if e.augmented != nil {
		b.seen = b.input
		e.augmented.see(b.seen, pictures, stream, look)
	}
	b.forward(b.seen, ofBatch)
	b.verdicts()
}

// verdicts stores the logits of the last forward pass in b.
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

// learn computes the gradient of D's parameters from the slopes of a batch. With accumulate it adds to the gradient
// that is there. With penalties it returns the mean squared norm of the gradient of D's logit with respect to a
// picture, and 0 otherwise.
func (e *Engine) learn(b *batch, gamma float64, accumulate bool) float64 {
	if e.penalty != nil {
		e.penalty.differentiate(b)
		return e.penalty.learn(b, gamma, accumulate)
	}
	b.setSlopes(b.slopes)
	b.backward(nil, b.seen, true, accumulate)
	return 0
}

// gradientOfPictures computes the gradient of G's loss with respect to its pictures, with D's current weights.
func (e *Engine) gradientOfPictures() {
	look := e.generator.updates
	if e.objective.Paired() {
		e.judge(e.real, e.pictures, random.SeenGReal, look)
	}
	e.judge(e.generated, e.painted.output(), random.SeenG, look)
	e.objective.GeneratorSlopes(e.generated.slopes, e.real.logits, e.generated.logits)
	e.through(e.generated.slopes)
}

// through computes the gradient of the generated pictures from the slopes of their logits, by a backward pass through
// D. D's parameters and running statistics do not change.
func (e *Engine) through(slopes []float64) {
	e.generated.setSlopes(slopes)
	dpictures := e.painted.last().dy
	if e.augmented == nil {
		e.generated.backward(dpictures, e.generated.seen, false, false)
		return
	}
	// Only the gradient of D's weights would read its input again, so the gradient of the input may overwrite it.
	e.generated.backward(e.generated.seen, e.generated.seen, false, false)
	e.augmented.back(dpictures, e.generated.seen)
}

// gradientOfG computes the gradient of G's parameters from the gradient of its pictures.
func (e *Engine) gradientOfG() {
	e.painted.track()
	e.painted.backward(nil, e.painted.input, true, false)
}

// evaluate returns the losses after the updates, on the step's batch without augmentation (reference: the loop). Only
// the reference's objective is evaluated so. For the others, Step returns the losses that D's update has computed,
// which saves two passes of D and one of G.
func (e *Engine) evaluate(smoothing float64) gan.Losses {
	e.painted.forward(e.painted.input, ofBatch)
	e.generated.forward(e.painted.output(), ofBatch)
	e.generated.verdicts()
	e.real.forward(e.pictures, ofBatch)
	e.real.verdicts()
	return e.objective.Evaluate(e.real.logits, e.generated.logits, smoothing)
}
