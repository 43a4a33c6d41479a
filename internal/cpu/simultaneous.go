package cpu

import (
	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

// simultaneous computes G's gradient in a step with simultaneous updates, where both networks learn from their weights
// before the step. G then uses D's passes over the generated pictures. With penalties, these have computed the gradient
// of D's logits with respect to the pictures, and the gradient of G's loss is a multiple of it, picture by picture.
// Without penalties, one more backward pass through D computes it.
//
// A pair of a real and a generated picture costs 3 passes of G and 8 of D (7 without penalties). Alternating updates
// cost 4 passes of G and 11 of D (9 without penalties).
type simultaneous struct {
	slopes []float64 // slopes of G's loss, one a generated picture
	pool   *kernel.Pool

	// Of the running call.
	dst, src *featureMap
	scale    func(worker, n int)
}

func newSimultaneous(batch int, pool *kernel.Pool) *simultaneous {
	s := &simultaneous{slopes: make([]float64, batch), pool: pool}
	s.scale = s.scaleTask
	return s
}

// multiply fills dst with the pictures of src, each times its slope. dst and src may be the same map.
func (s *simultaneous) multiply(dst, src *featureMap) {
	s.dst, s.src = dst, src
	s.pool.Run(len(s.slopes), s.scale)
}

func (s *simultaneous) scaleTask(_, n int) {
	slope := float32(s.slopes[n])
	for y := range s.dst.size {
		to, from := s.dst.inside(n, 0, y), s.src.inside(n, 0, y)
		from = from[:len(to)]
		for i := range to {
			to[i] = slope * from[i]
		}
	}
}

// learnBoth is learn for the generated batch. It also computes the gradient of G's loss with respect to the pictures.
func (e *Engine) learnBoth(gamma float64) (square float64) {
	b, dpictures := e.generated, e.painted.last().dy
	e.objective.GeneratorSlopes(e.both.slopes, e.real.logits, b.logits)
	if e.penalty == nil {
		square = e.learn(b, gamma, false)
		e.drawAgain()
		e.through(e.both.slopes)
		return square
	}
	g := e.penalty.differentiate(b)
	if e.augmented != nil {
		e.drawAgain()
		e.augmented.back(dpictures, g)
		e.both.multiply(dpictures, dpictures)
	} else {
		e.both.multiply(dpictures, g)
	}
	return e.penalty.learn(b, gamma, false)
}

// drawAgain repeats the augmentation's draw for the generated pictures. The draw for the real pictures may have
// replaced it.
func (e *Engine) drawAgain() {
	if e.augmented != nil {
		e.augmented.draw(e.generated.seen.size, random.SeenD, 2*e.discriminator.updates+1)
	}
}
