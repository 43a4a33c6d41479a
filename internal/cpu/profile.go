package cpu

import "time"

// Measuring where a step's time goes. The parts of a step follow each other on one
// goroutine, so that a single stopwatch measures all of them. Each lap adds the time
// since the previous lap to an account.

// Times holds the durations of the last step.
type Times struct {
	Step    time.Duration // the whole step, with the evaluation of the losses
	UpdateD time.Duration
	UpdateG time.Duration // mean of the updates of G
}

// PassTime is the time that one pass of a layer has taken in the steps since Profile.
type PassTime struct {
	Layer string // "" if the time belongs to no layer
	Pass  string
	Runs  int
	Time  time.Duration
	Flop  int64 // operations of all runs, counted as gan.Layer.Multiplies does; 0 unless the pass is a convolution's
}

// stage is a part of a layer's work.
type stage int

const (
	stageForward stage = iota
	stageActivate
	stageDeactivate
	stageWeight
	stageData
	stages
)

// String returns the name of a pass of the operation, or of the element-wise work
// after it: batch norm, sum and activation.
func (p stage) String() string {
	return [stages]string{"forward", "elementwise", "elementwise back", "backward-weight", "backward-data"}[p]
}

// convolves reports whether the stage is a pass of the convolution.
func (p stage) convolves() bool { return p == stageForward || p == stageWeight || p == stageData }

// account is the time that a part of the step has taken.
type account struct {
	runs int
	time time.Duration
}

// stopwatch measures laps. A nil *stopwatch does nothing.
type stopwatch struct{ last time.Time }

func (s *stopwatch) start() {
	if s != nil {
		s.last = time.Now()
	}
}

func (s *stopwatch) lap(a *account) {
	if s != nil {
		now := time.Now()
		a.runs++
		a.time += now.Sub(s.last)
		s.last = now
	}
}

// Times returns the durations of the last step.
func (e *Engine) Times() Times { return e.times }

// Profile starts to measure the time of every pass of every layer, from zero.
func (e *Engine) Profile() {
	e.watch = &stopwatch{}
	for _, net := range e.networks() {
		net.watch, net.account = e.watch, account{}
		for _, l := range net.layers {
			l.watch, l.accounts = e.watch, [stages]account{}
		}
		for _, d := range net.derived {
			d.watched(e.watch)
		}
	}
	e.rest = account{}
}

// PassTimes returns the times measured since Profile, in the order of the layers.
func (e *Engine) PassTimes() (list []PassTime) {
	var derived []PassTime
	for _, net := range e.networks() {
		for _, l := range net.layers {
			for p, a := range l.accounts {
				if a.runs == 0 {
					continue
				}
				t := PassTime{Layer: l.Name, Pass: stage(p).String(), Runs: a.runs, Time: a.time}
				if stage(p).convolves() {
					t.Flop = 2 * int64(a.runs) * int64(e.config.Batch) * l.Multiplies()
				}
				list = append(list, t)
			}
		}
		for _, d := range net.derived {
			derived = append(derived, d.taken())
		}
	}
	g, d := &e.generator.account, &e.discriminator.account
	return append(append(list, derived...),
		PassTime{Pass: "Adam of the generator", Runs: g.runs, Time: g.time},
		PassTime{Pass: "Adam of the discriminator", Runs: d.runs, Time: d.time},
		PassTime{Pass: "pictures, losses, averages", Runs: e.rest.runs, Time: e.rest.time})
}
