// The work of a sweep. After a stop or a crash it goes on to the same bits, and does
// nothing again that is finished.

package sweep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/host"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// Trials is what a sweep works with.
type Trials struct {
	Pictures *dataset.Set
	// Open opens an engine for a candidate's settings, as engine.Open does.
	Open func(*config.Config) (engine.Engine, error)
	// Watch is called before a candidate trains from a step to the end of a rung, which
	// is counted from 0. It returns what is called after each step.
	Watch func(rung int, c *Candidate, from int) func(train.Progress)
	// Changed is called after each trial and each rung.
	Changed func() error
}

// Run continues the sweep to its end. Once ctx is cancelled it saves and returns an
// error that wraps ctx.Err().
func (s *Sweep) Run(ctx context.Context, t *Trials) error {
	if s.Data != t.Pictures.Fingerprint() {
		return config.Hint(errors.New("the pictures are not those that the sweep began with"),
			"begin a new sweep on this set")
	}
	for s.Winner == 0 {
		if err := s.clean(); err != nil {
			return err
		}
		best := s.Ranking()[0]
		switch {
		case best.Dropped > 0:
			return config.Hint(fmt.Errorf("%w: all candidates of the sweep", train.ErrDiverged),
				"lower learning rates keep the losses finite")
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

// climb trains the candidates that have not finished rung k.
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

// trial trains a candidate to the end of a rung and notes how good it is.
func (s *Sweep) trial(ctx context.Context, t *Trials, k int, c *Candidate) error {
	r, err := s.open(k, c)
	if err != nil {
		return err
	}
	defer r.Close()
	e, err := t.Open(r.Config)
	if err != nil {
		return err
	}
	defer e.Close()
	if s.scorer == nil {
		s.scorer = &train.Scorer{N: s.ScoreN}
	}
	training := &train.Training{Engine: e, Pictures: t.Pictures, Report: t.Watch(k, c, r.Step), Scorer: s.scorer}
	err = training.Run(ctx, r)
	if errors.Is(err, train.ErrDiverged) {
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
	if data := s.scorer.Data; data != nil && data.Floor != nil {
		s.Floor = data.Floor.For(s.ScoreN, len(data.Chosen))
	}
	return nil
}

// open opens or makes the candidate's run for a rung.
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

// runConfig returns the candidate's settings in a rung. It is scored at every multiple of
// the first rung's steps and keeps one checkpoint. No alarm ends it, since scores decide.
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

// cut drops all candidates but the best at the end of rung k.
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

// clean removes the checkpoints and the features of the data of dropped candidates. Their
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

// finish gives the winner's run the settings of a run of its own, so that it can go on as
// one.
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

// Check returns an error if this machine can't train a candidate, or if its disk has no room
// for a sweep in the folder dir.
func (s *Sweep) Check(dir string) error {
	need := int64(0)
	for _, candidate := range s.Candidates {
		c, err := s.Config(candidate)
		if err != nil {
			return err
		}
		if err := engine.Check(c); err != nil {
			return err
		}
		if err := train.CheckMemory(c); err != nil {
			return err
		}
		m := gan.NewModel(c)
		c.Keep, c.KeepBest, c.SnapshotEvery, c.DiskBudget, c.Steps = 1, 0, 0, "0", max(s.Steps, 1)
		need += run.DiskNeed(c, m, checkpoint.Size(m, true))
	}
	folder := host.ExistingFolder(dir)
	if have, known := host.AvailableDisk(folder); known && s.Dir == "" && need > have {
		return config.Hint(fmt.Errorf("the sweep of %d candidates needs %s of disk, %s has %s available",
			len(s.Candidates), config.BytesText(need), folder, config.BytesText(have)),
			"fewer values, narrower networks, or a folder on another disk")
	}
	return nil
}
