// Package alarm says what goes wrong in a training. Its rules read the history of a
// run: the losses of its steps, how its sheets of samples look, its scores. An alarm
// begins at a step and ends when its condition no longer holds.
//
// Nothing but the history decides, no clock and no random number. The same run
// therefore has the same alarms, and a resumed run rebuilds their state from its
// metrics.jsonl.
package alarm

import (
	"fmt"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/score"
)

// Alarm is the begin or the end of an alarm, as a line of metrics.jsonl holds it.
type Alarm struct {
	Name   string `json:"name"`
	Ends   bool   `json:"ends,omitempty"`
	Seen   string `json:"seen,omitempty"`   // what the rule saw when the alarm began
	Advice string `json:"advice,omitempty"` // what helps
}

// Line describes the alarm of a step in one line for people.
func (a Alarm) Line(step int) string {
	if a.Ends {
		return fmt.Sprintf("alarm %s ends at step %d", a.Name, step)
	}
	return fmt.Sprintf("alarm %s at step %d: %s: %s", a.Name, step, a.Seen, a.Advice)
}

// Episode is an alarm from its begin to its end.
type Episode struct {
	Name   string `json:"name"`
	From   int    `json:"from"`
	To     int    `json:"to,omitempty"` // the step at which it ended; 0 while it lasts
	Seen   string `json:"seen"`
	Advice string `json:"advice"`
}

// Pair adds the alarms of a step to a list of episodes, which is in the order in
// which they began, and returns the longer list.
func Pair(list []Episode, step int, alarms []Alarm) []Episode {
	for _, a := range alarms {
		if !a.Ends {
			list = append(list, Episode{Name: a.Name, From: step, Seen: a.Seen, Advice: a.Advice})
			continue
		}
		for i := range list {
			if list[i].Name == a.Name && list[i].To == 0 {
				list[i].To = step
			}
		}
	}
	return list
}

// Figures are what the rules read of one step.
type Figures struct {
	Step   int
	Losses gan.Losses
	Look   *score.Look   // of the step's sheet, relative to the data; nil without a sheet
	Scores *score.Scores // nil between scores
}

// history is what the rules know of a training up to a step. Its size does not grow
// with the number of steps.
type history struct {
	step      int
	rates     float64    // the learning rates as a share of the first ones: 1 unless they decay
	losses    gan.Losses // of the current step
	generated average    // of the discriminator's loss on generated pictures
	generator average    // of the generator's loss
	d         average    // of the discriminator's loss
	margin    average    // of D(x) - D(G(z))
	sign      average    // of its sign
	calm      float64    // the lowest generator.value() after the first LossMemory steps

	look     *score.Look   // of the current step's sheet; nil without a sheet
	looks    [still]lookAt // of the latest sheets, the newest last
	sheets   int           // number of sheets so far
	spread   float64       // the largest of all sheets
	scores   *score.Scores // of the current step; nil between scores
	latest   score.Scores  // the newest scores; zero before the first
	coverage float64       // the largest of all scores
	swd      float64       // the smallest of all scores from formedStep on; 0 before
}

// lookAt is the look of the sheet of a step.
type lookAt struct {
	step int
	score.Look
}

// average is an exponential moving average over about LossMemory steps. The sum of
// the weights divides it, so that it has no bias towards 0.
type average struct{ sum, weight float64 }

// LossMemory is the number of steps over which the rules average losses: an alarm
// may follow its cause by as many.
const LossMemory = 50

func (a *average) add(x float64) {
	const keep = 1 - 1.0/LossMemory
	a.sum, a.weight = keep*a.sum+(1-keep)*x, keep*a.weight+(1-keep)
}

func (a *average) value() float64 { return a.sum / a.weight }

// add updates the history with the figures of the next step.
func (h *history) add(f *Figures) {
	h.step, h.losses, h.look, h.scores = f.Step, f.Losses, f.Look, f.Scores
	h.generated.add(f.Losses.Value(gan.LossDOnGenerated))
	h.generator.add(f.Losses.Value(gan.LossG))
	h.d.add(f.Losses.Value(gan.LossD))
	h.margin.add(f.Losses.Value(gan.Margin))
	h.sign.add(f.Losses.Value(gan.MarginSign))
	if v := h.generator.value(); f.Step <= LossMemory || v < h.calm {
		h.calm = v
	}
	if f.Look != nil {
		copy(h.looks[:], h.looks[1:])
		h.looks[still-1] = lookAt{f.Step, *f.Look}
		h.sheets++
		h.spread = max(h.spread, f.Look.Spread)
	}
	if f.Scores != nil {
		if swd := f.Scores.SWD; f.Step >= formedStep && (h.swd == 0 || swd < h.swd) {
			h.swd = swd
		}
		h.latest, h.coverage = *f.Scores, max(h.coverage, f.Scores.Coverage)
	}
}

// holds reports whether a rule applies to the current step: the training has the rule's
// objective, and the step has the losses that the rule reads.
func (m *Monitor) holds(r *rule) bool {
	if r.objective != "" && r.objective != m.settings.Loss {
		return false
	}
	for _, f := range r.losses {
		if !m.history.losses.Has(f) {
			return false
		}
	}
	return true
}

// Monitor applies the rules to a training, step by step.
type Monitor struct {
	history
	settings *config.Config
	rules    []rule
	active   []bool // by rule
}

// NewMonitor returns a monitor of a training that has not begun.
func NewMonitor(c *config.Config) *Monitor {
	rules := newRules()
	return &Monitor{settings: c, rules: rules, active: make([]bool, len(rules))}
}

// Observe takes the figures of the next step and returns the alarms that begin or end
// there.
func (m *Monitor) Observe(f Figures) []Alarm {
	m.rates = m.settings.Decay(f.Step)
	m.add(&f)
	var changed []Alarm
	for i := range m.rules {
		r := &m.rules[i]
		switch {
		case !m.active[i] && m.holds(r) && r.begins(&m.history) && !m.isActive(r.unless):
			m.active[i] = true
			changed = append(changed, Alarm{Name: r.name, Seen: r.seen(&m.history), Advice: r.advice})
		case m.active[i] && r.ends(&m.history):
			m.active[i] = false
			changed = append(changed, Alarm{Name: r.name, Ends: true})
		}
	}
	return changed
}

// Step returns the last step that was observed, 0 before the first.
func (m *Monitor) Step() int { return m.step }

// isActive reports whether the alarm with that name has begun and not ended.
func (m *Monitor) isActive(name string) bool {
	for i := range m.rules {
		if m.rules[i].name == name {
			return m.active[i]
		}
	}
	return false
}
