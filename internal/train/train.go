// Package train is the training loop. A Training trains a run (package run) with an
// engine on a set of pictures, and goes back to an earlier checkpoint if an alarm asks
// for it. A step, not an operation, is the seam: nothing here knows layouts, threads or
// devices.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
)

// ErrDiverged reports that losses or weights of a training are NaN or infinite. Such a
// state is not saved.
var ErrDiverged = errors.New("training diverged")

// errAsked is the cause of a stop that a request asked for.
var errAsked = fmt.Errorf("by a request: %w", context.Canceled)

// Training is what runs are trained with.
type Training struct {
	Engine   engine.Engine  // as the settings of the run ask
	Pictures *dataset.Set   // those that the run was trained on before
	Report   func(Progress) // called after each step; may be nil
	Note     func(string)   // called with what happens between runs, for people; may be nil
	Scorer   *Scorer        // may be nil; several runs on the same pictures may share one
	End      time.Time      // when the training should have made its last step; zero: whenever it has made all

	now func() time.Time // nil for the clock
}

// Progress is what a training reports after each step.
type Progress struct {
	Step   int
	Steps  int // to make in all
	Losses gan.Losses
	Scores *score.Scores // nil between scores
	Best   bool          // the run's best scores so far
	Alarms []alarm.Alarm // that the step begins or ends
	Notes  []string      // what else happened, for people
}

// AlarmLines returns the alarms in words, a line each.
func (p *Progress) AlarmLines() []string {
	var lines []string
	for _, a := range p.Alarms {
		lines = append(lines, a.Line(p.Step))
	}
	return lines
}

// session is the part of a run that one process trains: from the state that it finds to
// the run's end or a stop.
type session struct {
	*run.Run
	engine   engine.Engine
	pictures *dataset.Set
	order    *dataset.Order
	real     *tensor.Tensor // the batch's pictures, filled anew for each step
	log      *run.Log
	began    time.Time
	report   func(Progress)
	stop     func(cause error) // ends the training as its context's end does
	until    until

	scorer     *Scorer
	scoreEvery int             // steps between scores, 0 for none
	distance   map[int]float64 // score.Distance by step, of the steps that were scored
	dataLook   *score.Look     // of the data, which the looks of sheets are divided by; nil before the first sheet
	monitor    *alarm.Monitor
	calibrated int // the last step of which the sampling statistics are
}

// once trains r in one session. An alarm that ends it gives an *AlarmError.
func (t *Training) once(ctx context.Context, r *run.Run) error {
	s, err := t.begin(r)
	if err != nil {
		return err
	}
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	if err = s.makeUp(ctx); err == nil {
		s.until.begin(s.Step)
		err = s.loop(ctx)
	}
	if closeErr := s.log.Close(); err == nil {
		err = closeErr
	}
	return err
}

// loop is the algorithm: train on a batch, write down how it went, and now and
// then look at the pictures and keep the state.
func (s *session) loop(ctx context.Context) error {
	c := s.Config
	for step := s.Step + 1; step <= c.Steps; step++ {
		// Do what was asked meanwhile.
		notes, err := s.heed(step)
		if err != nil {
			return err
		}

		// Train on the next batch.
		batch, err := s.batch(step)
		if err != nil {
			return fmt.Errorf("read the batch of step %d: %w", step, err)
		}
		losses, err := s.engine.Step(batch, c.RatesAt(step))
		if err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if !losses.Finite() {
			return s.diverged(step, describe(losses), fmt.Errorf("%w at step %d: %s", ErrDiverged, step, describe(losses)))
		}
		s.Step = step

		// Look at the pictures; see what goes wrong.
		last, stop := step == c.Steps, ctx.Err() != nil
		m := &run.Metrics{Step: step, Losses: losses, Changes: c.ChangesAt(step)}
		sheet, err := s.look(ctx, m, step%c.SampleEvery == 0 || last)
		if err != nil {
			return err
		}
		m.Alarms = s.monitor.Observe(m.Figures())
		ended := s.ended(m)

		// Write down how it went, then the sheet; keep the state.
		if err := s.log.Step(m, s.elapsed()); err != nil {
			return err
		}
		if sheet != nil {
			if err := s.sample(step, sheet); err != nil {
				return fmt.Errorf("write the sheet of step %d: %w", step, err)
			}
		}
		if keep, full := s.keeps(step, last || stop, ended); keep {
			if err := s.save(step, full); err != nil {
				return fmt.Errorf("save step %d: %w", step, err)
			}
		}

		s.report(Progress{step, c.Steps, losses, m.Scores, s.best(step), m.Alarms, notes})
		if ended != nil {
			return ended
		}
		if stop && !last {
			return fmt.Errorf("stopped after step %d: %w", step, context.Cause(ctx))
		}
	}
	return nil
}

// heed does before a step what was asked for: to end at a time, and what requests say. It returns notes for people.
func (s *session) heed(step int) (notes []string, err error) {
	planned, err := s.replan()
	if err != nil {
		return nil, err
	}
	notes, asked, err := s.TakeRequests(step)
	if err != nil {
		return nil, fmt.Errorf("take requests before step %d: %w", step, err)
	}
	if asked {
		s.stop(errAsked)
	}
	return append(planned, notes...), nil
}

// batch returns the pictures and z of a step. Every FixedBatchEvery-th step
// trains on one fixed batch (reference: the loop).
func (s *session) batch(step int) (gan.Batch, error) {
	c := s.Config
	indices, flips := s.order.Indices(step, c.Batch), s.order.Flips(step, c.Batch)
	z := s.Model.TrainingZ(c.Seed, step, c.Batch)
	if c.FixedBatchEvery > 0 && step%c.FixedBatchEvery == 0 {
		indices, flips = s.order.Fixed(c.Batch), nil
		z = s.Model.PictureZ(0, c.Batch)
	}
	return gan.Batch{Real: s.real, Z: z}, s.pictures.MirroredBatch(s.real, indices, flips)
}

// look scores the pictures of a step where that is due, unless the training is being
// stopped, and with paint returns its sheet.
func (s *session) look(ctx context.Context, m *run.Metrics, paint bool) (sheet *tensor.Tensor, err error) {
	if ctx.Err() == nil && s.scoreEvery > 0 && m.Step%s.scoreEvery == 0 {
		if m.Scores, err = s.score(ctx, m.Step); err != nil {
			return nil, fmt.Errorf("score step %d: %w", m.Step, err)
		}
	}
	if !paint {
		return nil, nil
	}
	if sheet, m.Look, err = s.paint(m.Step); err != nil {
		return nil, fmt.Errorf("paint the sheet of step %d: %w", m.Step, err)
	}
	return sheet, nil
}

// keeps reports whether a step gets a checkpoint, and whether that is a full one. A step
// whose alarm leads back gets none: it could push out the checkpoint to go back to.
func (s *session) keeps(step int, end bool, ended *AlarmError) (keep, full bool) {
	c := s.Config
	if ended != nil && c.OnAlarm == config.AlarmRewind {
		return false, false
	}
	full = end || ended != nil || step%c.CheckpointEvery == 0
	return full || c.SnapshotEvery > 0 && step%c.SnapshotEvery == 0, full
}

// calibrate records the sampling statistics that pictures of the step need and its
// checkpoint has.
func (s *session) calibrate(step int) error {
	if s.calibrated == step {
		return nil
	}
	s.calibrated = step
	return s.engine.Calibrate(s.Model.CalibrationZ())
}

// save writes the checkpoint of a step, full or of weights only, then deletes what is
// not to stay of the others.
func (s *session) save(step int, full bool) error {
	if err := s.calibrate(step); err != nil {
		return err
	}
	state, err := s.engine.State()
	if err != nil {
		return err
	}
	if !full {
		state = state.Weights()
	}
	if name, ok := notFinite(state); ok {
		what := name + " holds a value that is no number"
		return s.diverged(step, what, fmt.Errorf("%w: %s", ErrDiverged, what))
	}
	// The checkpoint vouches for the lines up to its step.
	if err := s.log.Sync(); err != nil {
		return err
	}
	snapshot := &checkpoint.Snapshot{
		Step: step, Config: s.Config, Data: s.pictures.Fingerprint(),
		Seconds: s.elapsed(), State: state,
	}
	if _, err := checkpoint.Save(run.Checkpoints(s.Dir), snapshot); err != nil {
		return err
	}
	if full {
		s.Saved = step
	}
	return checkpoint.Prune(run.Checkpoints(s.Dir), s.retention())
}

// elapsed is the time that the run has been trained for, in seconds, over all
// its sessions.
func (s *session) elapsed() float64 {
	return s.TimeS + time.Since(s.began).Seconds()
}

// notFinite names a tensor with a NaN or an infinity.
func notFinite(state *gan.State) (string, bool) {
	for name := range state.Tensors {
		for _, v := range state.Load(name).Data {
			if v-v != 0 { // 0 for every number, NaN for NaN and the infinities
				return name, true
			}
		}
	}
	return "", false
}

// describe names the losses that are no numbers.
func describe(l gan.Losses) string {
	text := ""
	for f, v := range l.All() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			text += fmt.Sprintf(", %s is %g", f, v)
		}
	}
	return text[min(2, len(text)):]
}
