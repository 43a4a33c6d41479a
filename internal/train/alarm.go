// What goes wrong in a training, told from its history: the losses of its steps, the
// looks at its sheets, its scores. An alarm begins at a step and ends when its
// condition is over. The history is all that decides, without a clock or anything
// drawn at random: the same run rings the same alarms, and one that resumes reads
// them out of its metrics.jsonl.

package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"dcgan/internal/config"
	"dcgan/internal/score"
)

// Alarm is an alarm that begins or ends, as metrics.jsonl has it.
type Alarm struct {
	Name   string `json:"name"`
	Ends   bool   `json:"ends,omitempty"`
	Seen   string `json:"seen,omitempty"`   // what its rule saw when it began
	Advice string `json:"advice,omitempty"` // what helps
}

// Line is the alarm in one line for a person.
func (a Alarm) Line(step int) string {
	if a.Ends {
		return fmt.Sprintf("alarm %s ends at step %d", a.Name, step)
	}
	return fmt.Sprintf("alarm %s at step %d: %s: %s", a.Name, step, a.Seen, a.Advice)
}

// history is what the rules see of a training up to a step. It is of one size
// however long the training is.
type history struct {
	step      int
	rates     float64 // what is left of the learning rates, 1 unless they sink
	generated average // of discriminator_loss_on_generated
	generator average // of generator_loss
	calm      float64 // the lowest generator.value(), once there are steps enough for one

	look     *score.Look   // of this step; nil without a sheet
	looks    [still]lookAt // the latest sheets, the newest last
	sheets   int           // that there have been
	spread   float64       // the greatest of any sheet
	scores   *score.Scores // of this step; nil between scores
	latest   score.Scores  // all 0 before the first
	coverage float64       // the greatest of any scores
	swd      float64       // the least of any scores from formedStep on; 0 before
}

// lookAt is a look with its step.
type lookAt struct {
	step int
	score.Look
}

// average is an exponential average over about lossMemory steps, without a bias to 0.
type average struct{ sum, weight float64 }

const lossMemory = 50

func (a *average) add(x float64) {
	const keep = 1 - 1.0/lossMemory
	a.sum, a.weight = keep*a.sum+(1-keep)*x, keep*a.weight+(1-keep)
}

func (a *average) value() float64 { return a.sum / a.weight }

// add takes in the figures of a step.
func (h *history) add(m *Metrics) {
	h.step, h.look, h.scores = m.Step, m.Look, m.Scores
	h.generated.add(m.DiscriminatorOnGenerated)
	h.generator.add(m.GeneratorLoss)
	if v := h.generator.value(); m.Step <= lossMemory || v < h.calm {
		h.calm = v
	}
	if m.Look != nil {
		copy(h.looks[:], h.looks[1:])
		h.looks[still-1] = lookAt{m.Step, *m.Look}
		h.sheets++
		h.spread = max(h.spread, m.Look.Spread)
	}
	if m.Scores != nil {
		if swd := m.Scores.SWD; m.Step >= formedStep && (h.swd == 0 || swd < h.swd) {
			h.swd = swd
		}
		h.latest, h.coverage = *m.Scores, max(h.coverage, m.Scores.Coverage)
	}
}

// watch holds the rules against a training's history.
type watch struct {
	history
	settings *config.Config
	rules    []rule
	rings    []bool // by rule
}

func newWatch(c *config.Config) *watch {
	rules := alarmRules()
	return &watch{settings: c, rules: rules, rings: make([]bool, len(rules))}
}

// take takes in the figures of a step and returns the alarms that it begins or ends.
func (w *watch) take(m *Metrics) []Alarm {
	w.rates = w.settings.Decay(m.Step)
	w.add(m)
	var changed []Alarm
	for i := range w.rules {
		r := &w.rules[i]
		switch {
		case !w.rings[i] && r.begins(&w.history) && !w.ring(r.unless):
			w.rings[i] = true
			changed = append(changed, Alarm{Name: r.name, Seen: r.seen(&w.history), Advice: r.advice})
		case w.rings[i] && r.ends(&w.history):
			w.rings[i] = false
			changed = append(changed, Alarm{Name: r.name, Ends: true})
		}
	}
	return changed
}

// ring tells whether the rule of that name rings.
func (w *watch) ring(name string) bool {
	for i := range w.rules {
		if w.rules[i].name == name {
			return w.rings[i]
		}
	}
	return false
}

// AlarmError is that of a training that an alarm has ended, by its settings.
type AlarmError struct {
	Step  int
	Alarm Alarm
	err   error // what the training would end with anyway
}

func (e *AlarmError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("alarm %s at step %d: %s", e.Alarm.Name, e.Step, e.Alarm.Seen)
}

func (e *AlarmError) Unwrap() error { return e.err }

// ended is the error of a training that an alarm of the step ends; nil if none does.
func (s *session) ended(m *Metrics) *AlarmError {
	if s.Config.OnAlarm == config.AlarmWarn {
		return nil
	}
	for _, a := range m.Alarms {
		if !a.Ends {
			return &AlarmError{Step: m.Step, Alarm: a}
		}
	}
	return nil
}

// diverged rings that a training cannot go on, and returns what it ends with: err.
func (s *session) diverged(step int, what string, err error) error {
	a := Alarm{Name: nonFinite, Seen: what, Advice: nonFiniteAdvice}
	if logErr := s.log.Alarm(step, s.elapsed(), a); logErr != nil {
		return errors.Join(err, logErr)
	}
	if s.Config.OnAlarm == config.AlarmWarn {
		return err
	}
	return &AlarmError{Step: step, Alarm: a, err: err}
}

// watchUntil is the watch over the run in dir, of these settings, as it stands after a step.
func watchUntil(dir string, c *config.Config, step int) (*watch, error) {
	w := newWatch(c)
	err := eachMetrics(dir, "", func(m *Metrics) {
		if m.Step <= step && m.Step > w.history.step {
			w.take(m)
		}
	})
	return w, err
}

// eachMetrics reads the lines of a run's metrics.jsonl that hold a text, if there are any.
func eachMetrics(dir, text string, do func(*Metrics)) error {
	lines, err := os.ReadFile(metricsFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for line := range bytes.Lines(lines) {
		var m Metrics
		if bytes.Contains(line, []byte(text)) && json.Unmarshal(line, &m) == nil {
			do(&m)
		}
	}
	return err
}

// Rung is an alarm that a run has had.
type Rung struct {
	Name   string `json:"name"`
	From   int    `json:"from"`
	To     int    `json:"to,omitempty"` // the step at which it ended; 0 while it lasts
	Seen   string `json:"seen"`
	Advice string `json:"advice"`
}

// Alarms lists the alarms of a run from its metrics.jsonl, in the order in which they
// began.
func Alarms(dir string) ([]Rung, error) {
	var list []Rung
	err := eachMetrics(dir, `"alarms":`, func(m *Metrics) {
		for _, a := range m.Alarms {
			if !a.Ends {
				list = append(list, Rung{Name: a.Name, From: m.Step, Seen: a.Seen, Advice: a.Advice})
				continue
			}
			for i := range list {
				if list[i].Name == a.Name && list[i].To == 0 {
					list[i].To = m.Step
				}
			}
		}
	})
	return list, err
}
