package cpu

import "time"

// Where a step's time goes. Every part of a step is on one thread of control, so a
// single stopwatch accounts for all of it: each lap gives an account what has passed
// since the lap before.

// Times are those of the last step.
type Times struct {
	Step    time.Duration // all of it, with the loss evaluation
	UpdateD time.Duration
	UpdateG time.Duration // of one update of G, on average
}

// PassTime is what one pass of a layer has taken in the steps since Profile.
type PassTime struct {
	Layer string // "" for what belongs to none
	Pass  string
	Runs  int
	Time  time.Duration
	Flop  int64 // of all runs, by the plain count; 0 of passes other than convolutions
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

// String returns the name of the convolution's pass, or of the element-wise work
// beside it: batch norm and activation.
func (p stage) String() string {
	return [stages]string{"forward", "elementwise", "elementwise back", "backward-weight", "backward-data"}[p]
}

// convolves tells which passes have a convolution's number of operations.
func (p stage) convolves() bool { return p == stageForward || p == stageWeight || p == stageData }

// account is what a part of the step has taken.
type account struct {
	runs int
	time time.Duration
}

// stopwatch is nil where nobody wants to know.
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

// Times returns how long the last step took.
func (e *Engine) Times() Times { return e.times }

// Profile begins to keep the time of every pass of every layer, from zero.
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

// PassTimes lists what Profile has kept, in the order of the layers.
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
