// The rules of the alarms. Their thresholds come from measured runs (bench/ALARMS.md);
// alarm_test.go holds them against recorded ones.

package train

import (
	"fmt"
	"math"

	"dcgan/internal/config"
)

// rule says when an alarm begins, given that it does not ring, and when it ends, given
// that it does. The two thresholds lie apart, so that it does not flicker.
type rule struct {
	name         string
	unless       string // another rule: while that one rings, this one does not begin
	begins, ends func(h *history) bool
	seen         func(h *history) string
	advice       string
	soften       func(r *config.Rates) // what it blames; nil where going back does not help
}

// Steps before which a training is judged by nothing: the losses have not settled,
// the first pictures come out of noise.
const (
	settled    = 200  // steps for losses
	blurStep   = 500  // of the article: pictures that are a blur then stay one
	formedStep = 2000 // steps until pictures differ
)

// A training is stuck whose latest sheets look the same, more than sinking rates make them.
const (
	still      = 4   // sheets
	stillSteps = 150 // from the first of them to the last, at least
)

func alarmRules() []rule {
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
			name: "d-wins",
			begins: func(h *history) bool {
				return h.step >= settled && h.generated.value() < 0.05 && h.generator.value() > 2*h.calm
			},
			ends: func(h *history) bool { return h.generated.value() > 0.1 },
			seen: func(h *history) string {
				return fmt.Sprintf("discriminator_loss_on_generated is down to %.3f, generator_loss up to %.1f",
					h.generated.value(), h.generator.value())
			},
			advice: "halve --lr-d, or give the generator one more update: --gen-updates",
			soften: func(r *config.Rates) { r.LRD /= 2 },
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
					return fmt.Sprintf("swd is up from %.0f to %.0f: the patches of the samples are less like the data's", h.swd, h.latest.SWD)
				}
				return fmt.Sprintf("the sheet's pictures differ by %.0f %% of what the data's do", 100*h.look.Spread)
			},
			advice: "go back to a checkpoint from before and halve --lr-g",
			soften: func(r *config.Rates) { r.LRG /= 2 },
		},
		{
			name: noise, unless: collapse,
			begins: func(h *history) bool { return h.alike() && h.look.Sharpness > noiseSharpness },
			ends:   (*history).differ,
			seen: func(h *history) string {
				return fmt.Sprintf("the sheet is %.1f times as sharp as the data, and its pictures differ by %.0f %% of what the data's do",
					h.look.Sharpness, 100*h.look.Spread)
			},
			advice: "go back to a checkpoint from before and halve both learning rates",
			soften: func(r *config.Rates) { r.LRD, r.LRG = r.LRD/2, r.LRG/2 },
		},
		{
			name: "stuck",
			begins: func(h *history) bool {
				return h.look != nil && h.step-h.looks[0].step >= stillSteps && h.sheets >= still && h.motion() < 0.005*h.rates
			},
			ends: func(h *history) bool { return h.look != nil && h.motion() > 0.01*h.rates },
			seen: func(h *history) string {
				return fmt.Sprintf("sharpness and spread of the sheets have moved by %.2f %% since step %d", 100*h.motion(), h.looks[0].step)
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
			advice: "train on more pictures, or --augment translation or --mirror, or take an earlier checkpoint",
		},
	}
}

// The alarm of losses or weights that are no numbers any more; the engine tells of
// them, no rule.
const (
	nonFinite       = "non-finite"
	nonFiniteAdvice = "go back to a checkpoint from before and halve both learning rates"
)

// Pictures that hardly differ are noise or one picture.
const (
	noise    = "noise"
	collapse = "collapse"
)

// noiseSharpness is the sharpness above which pictures that do not differ are noise.
const noiseSharpness = 5

// alike tells whether the step's sheet shows pictures that hardly differ, seen from
// afar, where the run's had differed before or should by now. Noise that nothing has
// been learnt from yet has a spread of 0.2 at most.
func (h *history) alike() bool {
	if h.look == nil {
		return false
	}
	lost := h.spread > 0.3 && h.look.Spread < min(h.spread/2, 0.45)
	return lost || h.step >= formedStep && h.look.Spread < 0.25
}

// differ tells whether they differ again.
func (h *history) differ() bool { return h.look != nil && h.look.Spread > 0.55 }

// modesLost tells whether the latest scores are of pictures that are too few, though no
// noise: many have a twin that is no picture of the data, or the data that had been
// covered is not.
func (h *history) modesLost() bool {
	s := &h.latest
	if h.sheets > 0 && h.looks[still-1].Spread < 0.5 {
		return false
	}
	twins := s.Precision > 0.3 && s.NearDuplicates > 0.5 && s.Copies < 0.1
	return twins || h.coverage > 0.1 && s.Coverage < h.coverage/3
}

// apart tells whether the latest samples' patches are so many times as far from the data's
// as those of the run's best scores.
func (h *history) apart(times float64) bool { return h.swd > 0 && h.latest.SWD > times*h.swd }

// motion is how much the latest sheets differ among themselves: the larger relative
// range of their sharpness and their spread.
func (h *history) motion() float64 {
	sharp, spread := rangeOf(h.looks[:], func(l lookAt) float64 { return l.Sharpness }), rangeOf(h.looks[:], func(l lookAt) float64 { return l.Spread })
	return max(sharp, spread)
}

func rangeOf(looks []lookAt, figure func(lookAt) float64) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range looks {
		low, high = min(low, figure(l)), max(high, figure(l))
	}
	if high == low {
		return 0
	}
	return (high - low) / high
}
