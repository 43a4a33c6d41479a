// The work of a sweep. Its result is a function of the plan and the pictures: what a
// stop or a crash leaves is continued to the same bits, and what is finished is not
// done again.

package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// Trials is what a sweep works with.
type Trials struct {
	Pictures *dataset.Set
	// Engine makes an engine for a candidate's settings, and says how to end it.
	Engine func(*config.Config) (e Engine, end func(), err error)
	// Watch returns what is told of the steps of a candidate that stands at a step
	// and climbs the rung of an index.
	Watch func(rung int, c *Candidate, from int) func(Progress)
	// Changed is called whenever the sweep has come further.
	Changed func() error
}

// Run continues the sweep to its end. Once ctx is cancelled it saves and returns an
// error that wraps ctx.Err().
func (s *Sweep) Run(ctx context.Context, t *Trials) error {
	if s.Data != t.Pictures.Fingerprint() {
		return config.Hint(errors.New("the pictures are not those that the sweep began with"), "begin a new sweep on this set")
	}
	for s.Winner == 0 {
		if err := s.clean(); err != nil {
			return err
		}
		best := s.Ranking()[0]
		switch {
		case best.Dropped > 0:
			return config.Hint(fmt.Errorf("%w: all candidates of the sweep", ErrDiverged), "lower learning rates keep the losses finite")
		case s.Done == len(s.Rungs):
			if err := s.finish(best); err != nil {
				return err
			}
		default:
			if err := s.climb(ctx, t, s.Done); err != nil {
				return err
			}
			s.cut(s.Done)
			s.Done++
		}
		if err := errors.Join(s.save(), t.Changed()); err != nil {
			return err
		}
	}
	return nil
}

// climb trains the candidates of a rung that have not been there yet.
func (s *Sweep) climb(ctx context.Context, t *Trials, k int) error {
	for _, c := range s.Candidates {
		if c.rungs() <= k || len(c.Results) > k || c.Diverged != "" {
			continue
		}
		if err := s.trial(ctx, t, k, c); err != nil {
			return err
		}
		if err := errors.Join(s.save(), t.Changed()); err != nil {
			return err
		}
	}
	return nil
}

// trial trains a candidate to the steps of a rung and takes down how good it is.
func (s *Sweep) trial(ctx context.Context, t *Trials, k int, c *Candidate) error {
	r, err := s.open(k, c)
	if err != nil {
		return err
	}
	defer r.Close()
	engine, end, err := t.Engine(r.Config)
	if err != nil {
		return err
	}
	defer end()
	if s.scorer == nil {
		s.scorer = &Scorer{N: s.ScoreN}
	}
	training := &Training{Engine: engine, Pictures: t.Pictures, Report: t.Watch(k, c, r.Step), Scorer: s.scorer}
	err = training.Run(ctx, r)
	if errors.Is(err, ErrDiverged) {
		c.Diverged = err.Error()
		return nil
	} else if err != nil {
		return fmt.Errorf("%s: %w", c.Run, err)
	}
	scores, err := run.Scores(r.Dir)
	if err != nil {
		return err
	}
	found := scores[r.Step]
	if found == nil { // the next session makes it up
		return fmt.Errorf("%s: stopped before the score of step %d: %w", c.Run, r.Step, context.Canceled)
	}
	c.Results = append(c.Results, Result{r.Step, found})
	return nil
}

// open opens the candidate's run, or makes it, for a rung.
func (s *Sweep) open(k int, c *Candidate) (*run.Run, error) {
	settings, err := s.runConfig(k, c)
	if err != nil {
		return nil, err
	}
	dir := s.RunDir(c)
	if !run.Exists(dir) {
		return run.Create(dir, settings)
	}
	r, err := run.Open(dir)
	if err != nil {
		return nil, err
	}
	if r.Step > settings.Steps {
		err := config.Hint(fmt.Errorf("%s has made %d steps, the sweep is at %d", dir, r.Step, settings.Steps),
			"runs of a sweep that goes on must not be resumed on their own")
		return nil, errors.Join(err, r.Close())
	}
	keepHistory(r, settings)
	return r, nil
}

// keepHistory gives a run settings, with what was found out about its pictures, what was asked of it while it trained
// and what it was planned for.
func keepHistory(r *run.Run, settings *config.Config) {
	steps := settings.Steps
	settings.Mirror = r.Config.Mirror
	settings.Steps, settings.Plans, settings.Changes = r.Config.Steps, r.Config.Plans, r.Config.Changes
	settings.Replan(r.Step, steps)
	r.Config = settings
}

// runConfig is the candidate's settings in a rung: it is scored at every multiple of
// the first rung's steps and keeps one checkpoint, and no alarm ends it: scores decide.
func (s *Sweep) runConfig(k int, c *Candidate) (*config.Config, error) {
	settings, err := s.Config(c)
	if err != nil {
		return nil, err
	}
	first := s.Rungs[0].Steps
	settings.Steps, settings.ScoreEvery = s.Rungs[k].Steps, first
	settings.CheckpointEvery = min(settings.CheckpointEvery, first)
	settings.Keep, settings.KeepBest, settings.SnapshotEvery, settings.DiskBudget = 1, 0, 0, "0"
	settings.OnAlarm = config.AlarmWarn
	return settings, nil
}

// cut ends a rung: all but the best are dropped.
func (s *Sweep) cut(k int) {
	list := slices.DeleteFunc(s.Ranking(), func(c *Candidate) bool { return c.Dropped > 0 })
	places := 1
	if k+1 < len(s.Rungs) {
		places = s.Rungs[k+1].Candidates
	}
	for i, c := range list {
		switch {
		case c.Diverged != "":
			c.Dropped, c.Fate = k+1, c.Diverged
		case i >= places:
			c.Dropped, c.Fate = k+1, fmt.Sprintf("place %d of %d at step %d", i+1, len(list), c.Last().Step)
		}
	}
}

// MeasureScore measures the data, which scores need, and returns the time in seconds
// that looking at as many pictures as they compare takes, and comparing them.
func (s *Sweep) MeasureScore(ctx context.Context, pictures *dataset.Set) (float64, error) {
	e, err := score.Embedded()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	data, err := run.MeasureData(ctx, "", e, pictures, s.Settings, s.ScoreN)
	if err != nil {
		return 0, err
	}
	s.scorer = &Scorer{N: s.ScoreN, Data: data}
	look := time.Since(began).Seconds() * float64(s.ScoreN) / float64(len(data.Chosen))
	began = time.Now()
	_, _, err = score.Compare(data.Sample, data.Sample, s.Settings.Threads)
	return look + time.Since(began).Seconds(), err
}

// clean removes the dropped candidates' checkpoints and measures of the data; their
// sheets, metrics and settings stay.
func (s *Sweep) clean() error {
	for _, c := range s.Candidates {
		if c.Dropped == 0 {
			continue
		}
		list, err := checkpoint.List(run.Checkpoints(s.RunDir(c)))
		if err != nil {
			return err
		}
		files := []string{run.FeaturesFile(s.RunDir(c), s.ScoreN)}
		for _, e := range list {
			files = append(files, e.Path)
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// finish gives the winner's run the settings of a run of its own, so that it goes on
// as one.
func (s *Sweep) finish(winner *Candidate) error {
	r, err := run.Open(s.RunDir(winner))
	if err != nil {
		return err
	}
	defer r.Close()
	settings, err := s.Config(winner)
	if err != nil {
		return err
	}
	settings.Steps = max(settings.Steps, r.Step)
	keepHistory(r, settings)
	s.Winner, winner.Fate = winner.Number, fmt.Sprintf("the best of %d", len(s.Candidates))
	return r.WriteConfig()
}
