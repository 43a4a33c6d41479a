package gan

import "math"

// Control moves the probability p of an augmentation's transforms by how far D is ahead (Karras et al. 2020:
// Training Generative Adversarial Networks with Limited Data, section 3). That paper watches the sign of D(x); where
// the loss sees nothing but margins, that sign means nothing, so what is watched is d, the mean sign of D(x) - D(G(z))
// over a step's pairs. With N pictures a step,
//
//	r = r + (d - r) min(1, N/256)
//	p = p + sign(r - target) N/32,000, kept from 0 to most
//
// A D that tells all pairs apart has d = 1; one that guesses has 0.
//
// Nothing moves before Bound has said what most is.
type Control struct {
	Target float64
	most   float64 // that p may be

	// The state, in the precision of checkpoints. A training begins with zeros.
	P, Sign float32 // p and r
}

const (
	// mostP bounds p. At 1 the untouched picture is never seen, so that G may learn to paint what transforms do; the
	// paper sees that from 0.8 on.
	mostP = 0.8

	// signMemory is how many pictures r remembers. The paper averages over as many, four batches of 64.
	signMemory = 256

	// wholeP is how many pictures it takes from p = 0 to 1, if r stays above its target: 1,000 steps of 32. The paper
	// has 500,000, a fiftieth of its trainings; a narrow network on a few cores sees less than that in all.
	wholeP = 32_000
)

// Bound keeps p from 0 to most, or to 0.8 if that is less, from here on.
func (c *Control) Bound(most float64) {
	c.most = min(most, mostP)
	c.P = min(c.P, float32(c.most))
}

// Observe moves p after a step of that many pictures, whose pairs had the mean sign d.
func (c *Control) Observe(d float64, pictures int) {
	n, r, p := float64(pictures), float64(c.Sign), float64(c.P)
	r += float64((d - r) * min(1, n/signMemory))
	switch {
	case r > c.Target:
		p += n / wholeP
	case r < c.Target:
		p -= n / wholeP
	}
	c.Sign, c.P = float32(r), float32(math.Max(0, math.Min(p, c.most)))
}
