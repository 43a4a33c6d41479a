// Gathering what a sweep has found from its folder.

package report

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"dcgan/internal/run"
	"dcgan/internal/sweep"
)

// NewSweep returns what sweep.json says, without what is in the runs. Settings are named by
// name.
func NewSweep(s *sweep.Sweep, name func(key string) string) *Sweep {
	r := &Sweep{Done: s.Done, Winner: s.Winner, ScoreN: s.ScoreN, Floor: s.Floor}
	for _, rung := range s.Rungs {
		r.Rungs = append(r.Rungs, Rung{Candidates: rung.Candidates, Steps: rung.Steps})
	}
	var grid []string
	for _, v := range s.Varied {
		r.Columns = append(r.Columns, name(v.Setting))
		grid = append(grid, fmt.Sprintf("%d of %s", len(v.Values), name(v.Setting)))
	}
	r.Grid = strings.Join(grid, " x ")
	for _, c := range s.Ranking() {
		candidate := &Candidate{Number: c.Number, Diverged: c.Diverged, Fate: c.Fate}
		for _, v := range s.Varied {
			candidate.Values = append(candidate.Values, sweep.ValueText(c.Settings[v.Setting]))
		}
		if last := c.Last(); last != nil {
			candidate.Last = &Result{Step: last.Step, Scores: last.Scores}
		}
		r.Candidates = append(r.Candidates, candidate)
	}
	return r
}

// ReadRuns adds the scores and the newest samples of the candidates' runs.
func (r *Sweep) ReadRuns(s *sweep.Sweep) error {
	for i, c := range s.Ranking() {
		if err := r.Candidates[i].readRun(s, c); err != nil {
			return err
		}
	}
	return nil
}

func (r *Candidate) readRun(s *sweep.Sweep, c *sweep.Candidate) error {
	scores, err := run.Scores(s.RunDir(c))
	if err != nil {
		return err
	}
	r.Distances = map[int]float64{}
	for step, score := range scores {
		r.Distances[step] = score.Distance()
	}
	steps, err := run.SheetSteps(s.RunDir(c))
	if err != nil || len(steps) == 0 {
		return err
	}
	step := steps[len(steps)-1]
	sheet, err := run.ReadSheet(s.RunDir(c), step)
	if err != nil {
		return err
	}
	settings, err := s.Config(c)
	if err != nil {
		return err
	}
	r.Samples, r.SamplesStep = FirstSamples(sheet, settings.Size), step
	r.SamplesFile = path.Join(c.Run, "samples", filepath.Base(run.Sheet("", step)))
	return nil
}
