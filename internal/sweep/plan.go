// The plan of a sweep: its rungs, by the steps or the time that it may take.

package sweep

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/train"
)

// Rung is a stage of a sweep: a number of candidates that train until a step.
type Rung struct {
	Steps      int `json:"steps"`
	Candidates int `json:"candidates"` // fewer if some have diverged
}

// Halving plans a sweep of n candidates that all reach first steps. The best n/eta of
// them, rounded up, go on to eta times the steps, and so on until one would be left.
func Halving(n, eta, first int) []Rung {
	rungs := []Rung{{first, n}}
	for n > eta {
		n = (n + eta - 1) / eta
		first *= eta
		rungs = append(rungs, Rung{first, n})
	}
	return rungs
}

// firstOfSteps returns the steps of the first rung of a sweep whose last rung reaches at
// most steps, 0 if there is no such sweep.
func firstOfSteps(n, eta, steps int) int {
	rungs := Halving(n, eta, 1)
	return steps / rungs[len(rungs)-1].Steps
}

// planSteps plans the sweep by the steps that its last rung may reach.
func (s *Sweep) planSteps() error {
	n := len(s.Candidates)
	first := firstOfSteps(n, s.Eta, s.Steps)
	if s.Rungs = Halving(n, s.Eta, max(first, 1)); first == 0 {
		return config.Hintf(config.Errorf("{steps} %d is too few to halve %d candidates", s.Steps, n),
			"at least {steps} %d, or fewer values", s.Rungs[len(s.Rungs)-1].Steps)
	}
	return nil
}

// cost is the time of a candidate's step and of its score, in seconds.
type cost struct{ stepS, scoreS float64 }

// costOf returns the cost of a candidate. A step takes stepS seconds. To look at the n
// pictures of a score and to compare them takes lookS; the time to paint them is added.
func costOf(c *config.Config, stepS, lookS float64, n int) cost {
	m := gan.NewModel(c)
	return cost{stepS, lookS + stepS*float64(n)*float64(m.PictureFlop())/float64(m.StepFlop(c))}
}

// duration returns the most time in seconds that a sweep takes with first steps in its
// first rung: it assumes that the dearest candidates of each rung go on.
func duration(costs []cost, eta, first int) float64 {
	stepS, scoreS := duesOf(costs, eta)
	return stepS*float64(first) + scoreS
}

// firstOfBudget returns the largest number of steps of the first rung with which a sweep
// takes at most budget seconds. It is below 1 if there is none.
func firstOfBudget(costs []cost, eta int, budget float64) int {
	stepS, scoreS := duesOf(costs, eta)
	return int(math.Floor((budget - scoreS) / stepS))
}

// duesOf returns the time of a sweep for each step of its first rung, and the time of its
// scores: a candidate is scored at every multiple of those steps.
func duesOf(costs []cost, eta int) (stepS, scoreS float64) {
	costs = slices.SortedFunc(slices.Values(costs), func(a, b cost) int { return cmp.Compare(b.stepS, a.stepS) })
	reached := 0
	for _, r := range Halving(len(costs), eta, 1) {
		for _, c := range costs[:r.Candidates] {
			stepS += c.stepS * float64(r.Steps-reached)
			scoreS += c.scoreS * float64(r.Steps-reached)
		}
		reached = r.Steps
	}
	return stepS, scoreS
}

// leastFirst is the fewest steps of the first rung of a sweep that is planned by time:
// pictures of fewer steps tell nothing.
const leastFirst = 100

// BudgetError reports that a sweep has too little time.
type BudgetError struct {
	Budget, Least    time.Duration // what it has, and what it needs
	Candidates, Step int           // the step that all candidates would reach with Least
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("a budget of %s is too short for %d candidates", e.Budget, e.Candidates)
}

// PlanTime plans the sweep by its budget of time. It measures a score, and the step of each
// candidate whose work differs from those before, and calls measuring with the number of
// each candidate that it measures. The error is a *BudgetError if the time is too short.
func (s *Sweep) PlanTime(ctx context.Context, pictures *dataset.Set, measuring func(candidate int)) error {
	costs, err := s.measure(ctx, pictures, measuring)
	if err != nil {
		return err
	}
	n := len(costs)
	first := firstOfBudget(costs, s.Eta, s.BudgetS)
	if first < leastFirst {
		least := math.Ceil(duration(costs, s.Eta, leastFirst))
		return &BudgetError{Budget: seconds(s.BudgetS), Least: seconds(least), Candidates: n, Step: leastFirst}
	}
	s.Rungs = Halving(n, s.Eta, first)
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// measure returns the costs of all candidates.
func (s *Sweep) measure(ctx context.Context, pictures *dataset.Set, measuring func(candidate int)) ([]cost, error) {
	lookS, err := s.measureScore(ctx, pictures)
	if err != nil {
		return nil, err
	}
	known := map[string]float64{} // seconds of a step, by its work
	var costs []cost
	for _, candidate := range s.Candidates {
		c, err := s.Config(candidate)
		if err != nil {
			return nil, err
		}
		work := fmt.Sprint(gan.NewModel(c).StepFlop(c), c.Precision)
		if known[work] == 0 {
			measuring(candidate.Number)
			if known[work], err = train.StepTime(ctx, c, pictures); err != nil {
				return nil, err
			}
		}
		candidate.StepS = known[work]
		costs = append(costs, costOf(c, known[work], lookS, s.ScoreN))
	}
	return costs, nil
}

// measureScore measures the data, which scores need. It returns the time in seconds of
// looking at as many pictures as a score compares, and of comparing them.
func (s *Sweep) measureScore(ctx context.Context, pictures *dataset.Set) (float64, error) {
	e, err := score.Embedded()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	data, err := run.MeasureData(ctx, "", e, pictures, s.Settings, s.ScoreN)
	if err != nil {
		return 0, err
	}
	s.scorer = &train.Scorer{N: s.ScoreN, Data: data}
	look := time.Since(began).Seconds() * float64(s.ScoreN) / float64(len(data.Chosen))
	began = time.Now()
	_, _, err = score.Compare(data.Sample, data.Sample, s.Settings.Threads)
	return look + time.Since(began).Seconds(), err
}
