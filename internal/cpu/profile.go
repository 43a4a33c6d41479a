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

// pass is a part of a layer's work.
type pass int

const (
	passForward pass = iota
	passActivate
	passDeactivate
	passWeight
	passData
	passes
)

// String returns the name of the convolution's pass, or of the element-wise work
// beside it: batch norm and activation.
func (p pass) String() string {
	return [passes]string{"forward", "elementwise", "elementwise back", "backward-weight", "backward-data"}[p]
}

// convolves tells which passes have a convolution's number of operations.
func (p pass) convolves() bool { return p == passForward || p == passWeight || p == passData }

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

// Times tells how long the last step took.
func (e *Engine) Times() Times { return e.times }

// Profile begins to keep the time of every pass of every layer, from zero.
func (e *Engine) Profile() {
	e.watch = &stopwatch{}
	for _, net := range []*network{e.generator, e.discriminator} {
		net.watch, net.account = e.watch, account{}
		for _, l := range net.layers {
			l.watch, l.accounts = e.watch, [passes]account{}
		}
	}
	fold := e.generator.fold
	fold.watch, fold.account = e.watch, account{}
	e.rest = account{}
}

// PassTimes lists what Profile has kept, in the order of the layers.
func (e *Engine) PassTimes() (list []PassTime) {
	for _, net := range []*network{e.generator, e.discriminator} {
		for _, l := range net.layers {
			for p, a := range l.accounts {
				if a.runs == 0 {
					continue
				}
				t := PassTime{Layer: l.Name, Pass: pass(p).String(), Runs: a.runs, Time: a.time}
				if pass(p).convolves() {
					t.Flop = 2 * int64(a.runs) * int64(l.x.n) * l.Multiplies()
				}
				list = append(list, t)
			}
		}
	}
	fold := &e.generator.fold.account
	return append(list,
		PassTime{Pass: "fold of the generator", Runs: fold.runs, Time: fold.time},
		PassTime{Pass: "Adam of the generator", Runs: e.generator.account.runs, Time: e.generator.account.time},
		PassTime{Pass: "Adam of the discriminator", Runs: e.discriminator.account.runs, Time: e.discriminator.account.time},
		PassTime{Pass: "pictures, losses, averages", Runs: e.rest.runs, Time: e.rest.time})
}
