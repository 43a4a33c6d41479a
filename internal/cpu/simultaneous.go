package cpu

import (
	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

// simultaneous is G's side of a step in which both networks learn from what both are before it: D's passes over the
// generated pictures serve G too. With penalties these have D's gradient in the pictures already, of which G's loss
// needs a multiple; without, one more pass back through D finds it. A pair of pictures then costs 3 passes of G and
// 8 or 7 of D, where alternating updates cost 4 and 11 or 9.
type simultaneous struct {
	slopes []float64 // of G's loss, one a generated picture
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

// multiply fills dst with the pictures of src, each times its slope. Both may be one map.
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

// learnBoth is learn of the generated pictures. It computes the gradient of G's loss in them as well.
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

// drawAgain draws how D saw the generated pictures: it may have seen real ones since.
func (e *Engine) drawAgain() {
	if e.augmented != nil {
		e.augmented.draw(e.generated.seen.size, random.SeenD, 2*e.discriminator.updates+1)
	}
}
