package gan

import "math"

// Control adapts the probability p of an augmentation's transforms to how well D tells real pictures from generated
// ones (Karras et al. 2020: Training Generative Adversarial Networks with Limited Data, section 3). The paper observes
// the sign of D(x). That sign has no meaning for a loss of the margins D(x) - D(G(z)), so Control observes d, the mean
// sign of the margin over a step's pairs. With N pictures a step,
//
//	r = r + (d - r) min(1, N/256)
//	p = p + sign(r - target) N/32,000, clamped to [0, most]
//
// A D that tells all pairs apart has d = 1, and one that guesses has d = 0.
//
// most is 0 until Bound is called.
type Control struct {
	Target float64
	most   float64 // the largest p

	// The state, in the precision of checkpoints. Both are 0 at the start of a training.
	P, Sign float32 // p and r
}

const (
	// mostP bounds p. At p = 1 D never sees an unchanged picture, so G may learn to paint the effects of the
	// transforms. The paper reports that from p = 0.8 on.
	mostP = 0.8

	// signMemory is the number of pictures that r averages over. The paper uses the same: four batches of 64.
	signMemory = 256

	// wholeP is the number of pictures after which p has risen from 0 to 1 if r stays above the target: 1,000 steps
	// of 32. The paper uses 500,000, a fiftieth of its trainings. A narrow network on a few cores sees fewer in all.
	wholeP = 32_000
)

// Bound limits p to the smaller of most and 0.8 from now on.
func (c *Control) Bound(most float64) {
	c.most = min(most, mostP)
	c.P = min(c.P, float32(c.most))
}

// Observe updates r and p after a step of that many pictures, whose pairs had the mean sign d.
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
