// The rules of the alarms. Their thresholds come from measured runs (bench/ALARMS.md);
// alarm_test.go checks them against recorded ones.

package alarm

import (
	"fmt"
	"math"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// rule says when an inactive alarm begins and when an active one ends. The two
// thresholds lie apart, so that an alarm does not flicker.
type rule struct {
	name         string
	unless       string       // another alarm: while it is active, this one does not begin
	objective    string       // the only objective that it applies to; "" for all
	losses       []gan.Figure // the losses that it reads; it applies only to steps that have them all
	begins, ends func(h *history) bool
	seen         func(h *history) string
	advice       string
	soften       func(r *config.Rates) // corrects the rates that caused the alarm; nil if going back does not help
}

// Steps before which a kind of figures decides nothing: at first the losses have not
// settled, and the pictures are still close to noise.
const (
	settled    = 200  // losses
	blurStep   = 500  // sharpness: with the article's settings, pictures that are blurred at this step stay blurred
	formedStep = 2000 // differences between pictures
)

// A training is stuck if its latest sheets look the same. Decayed rates change them
// less, which the rule allows for.
const (
	still      = 4   // sheets that are compared
	stillSteps = 150 // least number of steps from the first of them to the last
)

// newRules returns the rules in the order in which they are applied.
func newRules() []rule {
	return []rule{
		{
			name:   "blur",
			begins: func(h *history) bool { return h.look != nil && h.step >= blurStep && h.look.Sharpness < 0.06 },
			ends:   func(h *history) bool { return h.look != nil && h.look.Sharpness > 0.1 },
			seen: func(h *history) string {
				return fmt.Sprintf("the sheet's edges have %.0f %% of the data's energy", 100*h.look.Sharpness)
			},
			advice: "the learning rates are wrong, most likely too low: begin anew with others",
			soften: func(r *config.Rates) { r.LRD, r.LRG = min(1, 2*r.LRD), min(1, 2*r.LRG) },
		},
		{
			// Only the sigmoid objective has a loss on generated pictures alone.
			name: "d-wins", losses: []gan.Figure{gan.LossDOnGenerated, gan.LossG},
			begins: func(h *history) bool {
				return h.step >= settled && h.generated.value() < 0.05 && h.generator.value() > 2*h.calm
			},
			ends: func(h *history) bool { return h.generated.value() > 0.1 },
			seen: func(h *history) string {
				return fmt.Sprintf("discriminator_loss_on_generated is down to %.3f, generator_loss up to %.1f",
					h.generated.value(), h.generator.value())
			},
			advice: "halve the learning rate of D (lr_d), or give G one more update a step (gen_updates)",
			soften: func(r *config.Rates) { r.LRD /= 2 },
		},
		{
			// A discriminator that guesses has a margin of 0. Gradient penalties keep the margin small. A
			// discriminator that has memorised the pictures tells nearly every pair apart, by a large margin.
			name: "d-wins", objective: gan.Relativistic, losses: []gan.Figure{gan.Margin, gan.MarginSign},
			begins: func(h *history) bool {
				return h.step >= settled && h.sign.value() > 0.85 && h.margin.value() > 0.7
			},
			ends: func(h *history) bool { return h.sign.value() < 0.7 || h.margin.value() < 0.5 },
			seen: func(h *history) string {
				return fmt.Sprintf("D tells %.0f %% of the pairs apart, by a margin (d_margin) of %.1f",
					50*(1+h.sign.value()), h.margin.value())
			},
			advice: "train on more pictures, let D see them altered more (augment), raise gamma, " +
				"or halve the learning rate of D (lr_d)",
			soften: func(r *config.Rates) { r.LRD /= 2 },
		},
		{
			// The loss of a discriminator that guesses is log 2. A loss far above means that D is wrong by many
			// logits, because its weights change too much in a step.
			name: "unstable", objective: gan.Relativistic, losses: []gan.Figure{gan.LossD},
			begins: func(h *history) bool { return h.step >= settled && h.d.value() > 5 },
			ends:   func(h *history) bool { return h.d.value() < 1.5 },
			seen: func(h *history) string {
				return fmt.Sprintf("discriminator_loss is up to %.3g; guessing has 0.69", h.d.value())
			},
			advice: "the learning rate of D (lr_d) is far too high: begin anew with a tenth of it",
			soften: func(r *config.Rates) { r.LRD /= 10 },
		},
		{
			name: collapse, unless: noise,
			begins: func(h *history) bool {
				return h.alike() && h.look.Sharpness <= noiseSharpness || h.scores != nil && (h.modesLost() || h.apart(1.8))
			},
			ends: func(h *history) bool { return h.differ() && !h.modesLost() && !h.apart(1.4) },
			seen: func(h *history) string {
				if h.modesLost() {
					return fmt.Sprintf("%.0f %% of the samples have a twin, and they cover %.2f of the data, which was %.2f",
						100*h.latest.NearDuplicates, h.latest.Coverage, h.coverage)
				}
				if h.apart(1.8) {
					return fmt.Sprintf("swd is up from %.0f to %.0f: the patches of the samples are less like the data's",
						h.swd, h.latest.SWD)
				}
				return fmt.Sprintf("the sheet's pictures differ by %.0f %% of what the data's do", 100*h.look.Spread)
			},
			advice: "go back to a checkpoint from before and halve the learning rate of G (lr_g)",
			soften: func(r *config.Rates) { r.LRG /= 2 },
		},
		{
			name: noise, unless: collapse,
			begins: func(h *history) bool { return h.alike() && h.look.Sharpness > noiseSharpness },
			ends:   (*history).differ,
			seen: func(h *history) string {
				return fmt.Sprintf("the sheet is %.1f times as sharp as the data, "+
					"and its pictures differ by %.0f %% of what the data's do", h.look.Sharpness, 100*h.look.Spread)
			},
			advice: "go back to a checkpoint from before and halve both learning rates",
			soften: func(r *config.Rates) { r.LRD, r.LRG = r.LRD/2, r.LRG/2 },
		},
		{
			name: "stuck",
			begins: func(h *history) bool {
				return h.look != nil && h.sheets >= still && h.step-h.looks[0].step >= stillSteps &&
					h.motion() < 0.0005*h.rates
			},
			ends: func(h *history) bool { return h.look != nil && h.motion() > 0.001*h.rates },
			seen: func(h *history) string {
				return fmt.Sprintf("sharpness and spread of the sheets have moved by %.2f %% since step %d",
					100*h.motion(), h.looks[0].step)
			},
			advice: "the learning rates are too low, or the discriminator gives no gradient any more: begin anew with others",
			soften: func(r *config.Rates) { r.LRD, r.LRG = min(1, 2*r.LRD), min(1, 2*r.LRG) },
		},
		{
			name:   "copies",
			begins: func(h *history) bool { return h.scores != nil && h.scores.Copies > 0.2 },
			ends:   func(h *history) bool { return h.scores != nil && h.scores.Copies < 0.1 },
			seen: func(h *history) string {
				return fmt.Sprintf("%.0f %% of the samples are training pictures over again", 100*h.scores.Copies)
			},
			advice: "train on more pictures, or let D see them moved or mirrored (augment, mirror), " +
				"or take an earlier checkpoint",
		},
	}
}

// NonFinite is the name of the alarm for losses or weights that are NaN or infinite.
// The training loop raises it, no rule does.
const NonFinite = "non-finite"

// NotFinite returns the alarm NonFinite, with what was seen.
func NotFinite(seen string) Alarm {
	return Alarm{
		Name: NonFinite, Seen: seen,
		Advice: "go back to a checkpoint from before and halve both learning rates",
	}
}

// Soften returns the rates that would have suited a training better, by the rule of
// the alarm with that name. It returns r itself if going back does not help.
func Soften(name string, r config.Rates) config.Rates {
	if name == NonFinite {
		r.LRD, r.LRG = r.LRD/2, r.LRG/2
		return r
	}
	for _, rule := range newRules() {
		if rule.name == name && rule.soften != nil {
			rule.soften(&r)
			break
		}
	}
	return r
}

// The names of the two alarms for pictures that hardly differ: they are noise, or they
// all show the same.
const (
	noise    = "noise"
	collapse = "collapse"
)

// noiseSharpness is the sharpness above which pictures that do not differ are noise.
const noiseSharpness = 5

// alike reports whether the pictures of the step's sheet hardly differ at a coarse
// scale, although they differed before or should differ by now. The noise of an
// untrained generator has a spread of 0.2 at most.
func (h *history) alike() bool {
	if h.look == nil {
		return false
	}
	lost := h.spread > 0.3 && h.look.Spread < min(h.spread/2, 0.45)
	return lost || h.step >= formedStep && h.look.Spread < 0.25
}

// differ reports whether the pictures of the step's sheet differ again.
func (h *history) differ() bool { return h.look != nil && h.look.Spread > 0.55 }

// modesLost reports whether the latest scores show that modes of the data are lost:
// many samples have a near duplicate that is no copy of the data, or coverage has
// fallen to less than a third of its maximum. Noise does not count.
func (h *history) modesLost() bool {
	s := &h.latest
	if h.sheets > 0 && h.looks[still-1].Spread < 0.5 {
		return false
	}
	twins := s.Precision > 0.3 && s.NearDuplicates > 0.5 && s.Copies < 0.1
	return twins || h.coverage > 0.1 && s.Coverage < h.coverage/3
}

// apart reports whether swd, the distance between the patches of the samples and of the
// data, is more than the given number of times its minimum in this run.
func (h *history) apart(times float64) bool { return h.swd > 0 && h.latest.SWD > times*h.swd }

// motion measures how much the latest sheets differ from each other: the relative
// range of their sharpness or of their spread, whichever is larger.
func (h *history) motion() float64 {
	sharpness := relativeRange(h.looks[:], func(l lookAt) float64 { return l.Sharpness })
	spread := relativeRange(h.looks[:], func(l lookAt) float64 { return l.Spread })
	return max(sharpness, spread)
}

// relativeRange returns (max - min) / max of a figure, or 0 if all values are equal.
func relativeRange(looks []lookAt, figure func(lookAt) float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range looks {
		low, high = min(low, figure(l)), max(high, figure(l))
	}
	if high == low {
		return 0
	}
	return (high - low) / high
}
