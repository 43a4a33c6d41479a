package gan

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// The names of the objectives. In the formulas x is D's logit of a real picture and g its
// logit of a generated one; softplus(v) = log(1 + exp(v)), in nats.
const (
	// Sigmoid is the reference's. D descends the cross-entropy of x against 1 - s/2, with the
	// label smoothing s, plus that of g against 0. G descends the cross-entropy of g against 1.
	Sigmoid = "sigmoid"
	// NonSaturating is Sigmoid without smoothing (Goodfellow et al. 2014, section 3):
	// D descends softplus(-x) + softplus(g), G descends softplus(-g).
	NonSaturating = "non-saturating"
	// Hinge (Lim, Ye 2017): D descends max(0, 1-x) + max(0, 1+g), G descends -g.
	Hinge = "hinge"
	// Relativistic pairs each real picture with a generated one (Jolicoeur-Martineau 2018,
	// RpGAN): D descends softplus(g - x), G descends softplus(x - g).
	Relativistic = "relativistic"
)

// Objective defines the losses that D and G descend. It turns the logits of a real and of a
// generated batch into losses, each a mean over its batch, and into slopes, the derivatives of
// the losses with respect to the logits. It computes in float64 and allocates nothing.
type Objective struct {
	Name string

	// Of an unpaired objective: the loss of one logit and its slope.
	onReal      func(x, smoothing float64) (loss, slope float64) // D's on a real picture
	onGenerated func(g float64) (loss, slope float64)            // D's on a generated picture
	fooled      func(g float64) (loss, slope float64)            // G's on a generated picture

	// Of a paired objective: the loss of a margin x - g and its slope.
	discriminator, generator func(margin float64) (loss, slope float64)
}

var objectives = []Objective{
	{
		Name:        Sigmoid,
		onReal:      func(x, smoothing float64) (loss, slope float64) { return crossEntropy(x, 1-smoothing/2) },
		onGenerated: func(g float64) (loss, slope float64) { return crossEntropy(g, 0) },
		fooled:      func(g float64) (loss, slope float64) { return crossEntropy(g, 1) },
	},
	{
		Name:          Relativistic,
		discriminator: falling,
		generator:     func(margin float64) (loss, slope float64) { return softplus(margin), sigmoid(margin) },
	},
	{
		Name:        NonSaturating,
		onReal:      func(x, _ float64) (loss, slope float64) { return falling(x) },
		onGenerated: func(g float64) (loss, slope float64) { return softplus(g), sigmoid(g) },
		fooled:      falling,
	},
	{
		Name: Hinge,
		onReal: func(x, _ float64) (loss, slope float64) {
			loss, slope = hinge(-x)
			return loss, -slope
		},
		onGenerated: hinge,
		fooled:      func(g float64) (loss, slope float64) { return -g, -1 },
	},
}

// NewObjective returns the objective with that name. The error lists the names there are.
func NewObjective(name string) (Objective, error) {
	var names []string
	for _, o := range objectives {
		if o.Name == name {
			return o, nil
		}
		names = append(names, o.Name)
	}
	return Objective{}, fmt.Errorf("objective %q is none of %s", name, strings.Join(names, ", "))
}

// Paired reports whether the objective pairs each real logit with a generated one. The slopes
// of one batch then depend on the logits of the other, and both batches have the same length.
func (o *Objective) Paired() bool { return o.discriminator != nil }

// DiscriminatorSlopes fills dreal and dgenerated with the slopes of D's loss, one a logit.
// Unless the objective is paired, the logits and slopes of one batch may be nil.
func (o *Objective) DiscriminatorSlopes(dreal, dgenerated, real, generated []float64, smoothing float64) {
	if o.Paired() {
		for i, x := range real {
			_, slope := o.discriminator(x - generated[i])
			slope /= float64(len(real))
			dreal[i], dgenerated[i] = slope, -slope
		}
		return
	}
	for i, x := range real {
		_, slope := o.onReal(x, smoothing)
		dreal[i] = slope / float64(len(real))
	}
	for i, g := range generated {
		_, slope := o.onGenerated(g)
		dgenerated[i] = slope / float64(len(generated))
	}
}

// GeneratorSlopes fills dgenerated with the slopes of G's loss, one a logit. Unless the
// objective is paired, real may be nil.
func (o *Objective) GeneratorSlopes(dgenerated, real, generated []float64) {
	for i, g := range generated {
		var slope float64
		if o.Paired() {
			_, slope = o.generator(real[i] - g)
			slope = -slope
		} else {
			_, slope = o.fooled(g)
		}
		dgenerated[i] = slope / float64(len(generated))
	}
}

// Evaluate returns the figures of a step from the logits of both batches, which have the same
// length: the losses and, for Sigmoid, the parts of D's loss and D's mean verdicts, for the
// other objectives the margins.
func (o *Objective) Evaluate(real, generated []float64, smoothing float64) (l Losses) {
	if o.Paired() {
		o.evaluatePairs(&l, real, generated)
	} else {
		o.evaluateApart(&l, real, generated, smoothing)
	}
	if o.Name != Sigmoid {
		setMargins(&l, real, generated)
	}
	return l
}

func (o *Objective) evaluatePairs(l *Losses, real, generated []float64) {
	var d, g float64
	for i, x := range real {
		loss, _ := o.discriminator(x - generated[i])
		d += loss
		loss, _ = o.generator(x - generated[i])
		g += loss
	}
	l.Set(LossD, d/float64(len(real)))
	l.Set(LossG, g/float64(len(real)))
}

func (o *Objective) evaluateApart(l *Losses, real, generated []float64, smoothing float64) {
	var onReal, onGenerated, fooled, verdictReal, verdictGenerated float64 // sums, then means
	for _, x := range real {
		loss, _ := o.onReal(x, smoothing)
		onReal += loss
		verdictReal += sigmoid(x)
	}
	for _, g := range generated {
		loss, _ := o.onGenerated(g)
		onGenerated += loss
		loss, _ = o.fooled(g)
		fooled += loss
		verdictGenerated += sigmoid(g)
	}
	onReal /= float64(len(real))
	onGenerated /= float64(len(generated))
	l.Set(LossD, onReal+onGenerated)
	l.Set(LossG, fooled/float64(len(generated)))
	if o.Name == Sigmoid {
		l.Set(LossDOnReal, onReal)
		l.Set(LossDOnGenerated, onGenerated)
		l.Set(VerdictReal, verdictReal/float64(len(real)))
		l.Set(VerdictGenerated, verdictGenerated/float64(len(generated)))
	}
}

// setMargins sets the figures Margin and MarginSign.
func setMargins(l *Losses, real, generated []float64) {
	var sum float64
	for i, x := range real {
		sum += x - generated[i]
	}
	l.Set(Margin, sum/float64(len(real)))
	l.Set(MarginSign, MeanSign(real, generated))
}

// MeanSign returns the mean of the sign of x - g over pairs of logits, from -1 to 1.
func MeanSign(real, generated []float64) float64 {
	signs := 0
	for i, x := range real {
		signs += cmp.Compare(x, generated[i])
	}
	return float64(signs) / float64(len(real))
}

// crossEntropy returns the cross-entropy of sigmoid(x) against a target in [0, 1], and its slope:
//
//	loss  = -target*log(sigmoid(x)) - (1-target)*log(1 - sigmoid(x))
//	slope = sigmoid(x) - target
func crossEntropy(x, target float64) (loss, slope float64) {
	// max(x, 0) - x*target + log(1 + exp(-|x|)) is the same loss without overflow.
	return max(x, 0) - x*target + math.Log1p(math.Exp(-math.Abs(x))), sigmoid(x) - target
}

// falling returns softplus(-x), the cross-entropy against 1, and its slope. It computes the
// slope as -sigmoid(-x), which stays accurate where sigmoid(x) - 1 rounds to 0.
func falling(x float64) (loss, slope float64) { return softplus(-x), -sigmoid(-x) }

// hinge returns max(0, 1+x) and its slope, which it takes as 0 at the kink.
func hinge(x float64) (loss, slope float64) {
	if x <= -1 {
		return 0, 0
	}
	return 1 + x, 1
}

// softplus returns log(1 + exp(x)), without overflow and accurate in both tails.
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
