package dcgan

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// ErrRunExists is in the error of [Train] for a folder that holds a run.
var ErrRunExists = run.ErrExists

// Progress is where a training stands after a step.
type Progress struct {
	Run         string             // its folder
	Step, Steps int                // made, and to reach
	Losses      map[string]float64 // the step's figures by their names in metrics.jsonl, such as "generator_loss"
	Scores      *Scores            // nil at steps that are not scored
	Best        bool               // they are the best so far of several
	Notes       []string           // what else happened, in words
}

// Train trains a new model in the run folder dir, which it makes, on the pictures that
// the settings name. It calls report, which may be nil, after each step. It returns the
// folder of the run: dir or, if an alarm led back to an earlier checkpoint, the
// folder of the run that was made from it.
//
// Once ctx is cancelled Train finishes the running step, saves, and returns an error
// that wraps ctx.Err(); [Resume] continues from there.
func Train(ctx context.Context, dir string, s *Settings, report func(Progress)) (folder string, err error) {
	if run.Exists(dir) {
		return "", fmt.Errorf("%w: %s", ErrRunExists, dir)
	}
	c, err := s.complete()
	if err != nil {
		return "", err
	}
	return prepare(ctx, c, report, func() (*run.Run, error) { return run.Create(dir, c) })
}

// Resume continues the training of the run in dir, up to steps steps in all, or those of
// the run if steps is 0. The result is the same as if it had never stopped. A run that
// has made that many steps already stays as it is. report and the returned folder are as for [Train].
func Resume(ctx context.Context, dir string, steps int, report func(Progress)) (folder string, err error) {
	r, err := run.Open(dir)
	if err != nil {
		return "", err
	}
	if steps != 0 && steps != r.Config.Steps {
		r.Config.Replan(r.Step, steps)
	}
	if err := r.Config.Validate(); err != nil || r.Step >= r.Config.Steps {
		return dir, errors.Join(err, r.Close())
	}
	folder, err = prepare(ctx, r.Config, report, func() (*run.Run, error) { return r, nil })
	if folder == "" { // it has not been taken over
		err = errors.Join(err, r.Close())
	}
	return folder, err
}

// prepare reads the pictures and opens an engine, then the run, and trains it.
func prepare(ctx context.Context, c *config.Config, report func(Progress), open func() (*run.Run, error)) (string, error) {
	if err := engine.Check(c); err != nil {
		return "", err
	}
	data, err := OpenData(ctx, settingsOf(c), DataOptions{})
	if err != nil {
		return "", err
	}
	defer data.Close()
	e, err := engine.Open(c)
	if err != nil {
		return "", err
	}
	defer e.Close()
	r, err := open()
	if err != nil {
		return "", err
	}
	err = trainRun(ctx, r, e, data, report)
	return r.Dir, errors.Join(err, r.Close())
}

// trainRun trains r and, if an alarm leads back, the run that it becomes.
func trainRun(ctx context.Context, r *run.Run, e engine.Engine, data *Data, report func(Progress)) error {
	var notes []string
	training := &train.Training{
		Engine: e, Pictures: data.set,
		Report: func(p train.Progress) {
			if report != nil {
				report(progressOf(r, p, notes))
			}
			notes = nil
		},
		Note: func(note string) { notes = append(notes, note) },
	}
	return training.Run(ctx, r)
}

func progressOf(r *run.Run, p train.Progress, notes []string) Progress {
	losses := map[string]float64{}
	for figure, v := range p.Losses.All() {
		losses[figure.String()] = v
	}
	notes = append(notes, p.Notes...)
	for _, a := range p.Alarms {
		notes = append(notes, a.Line(p.Step))
	}
	return Progress{
		Run: r.Dir, Step: p.Step, Steps: r.Config.Steps,
		Losses: losses, Scores: scoresOf(p.Scores), Best: p.Best, Notes: notes,
	}
}

// complete returns the settings, checked, with the path of the data from the root.
func (s *Settings) complete() (*config.Config, error) {
	c := settingsOf(&s.config).config
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Data != "" {
		path, err := filepath.Abs(c.Data)
		if err != nil {
			return nil, fmt.Errorf("find the pictures: %w", err)
		}
		c.Data = path
	}
	return &c, nil
}
