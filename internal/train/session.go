// What a session reads before its first step.

package train

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
)

// begin prepares everything for the step after r.Step.
func (t *Training) begin(r *run.Run) (*session, error) {
	c := r.Config
	if err := t.decideMirror(c); err != nil {
		return nil, err
	}
	state, err := r.State(t.Pictures.Fingerprint())
	if err != nil {
		return nil, err
	}
	if err := t.Engine.SetState(state); err != nil {
		return nil, err
	}
	state = nil
	debug.FreeOSMemory() // the state of a checkpoint is as large as the engine's parameters
	if err := r.Prepare(t.Pictures.SkippedTSV()); err != nil {
		return nil, err
	}
	s := &session{
		Run: r, engine: t.Engine, pictures: t.Pictures, report: t.Report, scorer: t.Scorer, began: time.Now(),
		order: &dataset.Order{
			Seed: c.Seed, N: t.Pictures.Len(),
			Replacement: c.Draw == config.DrawReplacement, Mirror: c.Mirror == config.MirrorYes,
		},
		real:       tensor.New(c.Batch, c.Channels, c.Size, c.Size),
		until:      until{end: t.End, now: t.now},
		scoreEvery: scoreEvery(c, r.Model, t.Pictures.Len()),
	}
	if s.until.now == nil {
		s.until.now = time.Now
	}
	if s.report == nil {
		s.report = func(Progress) {}
	}
	if s.scorer == nil {
		s.scorer = &Scorer{N: run.ScoreN}
	}
	return s, s.readLog()
}

// decideMirror puts what the pictures are found to be in place of MirrorAuto, so that the run's settings say what it
// was trained with.
func (t *Training) decideMirror(c *config.Config) error {
	if c.Mirror != config.MirrorAuto {
		return nil
	}
	found, err := t.Pictures.Symmetry()
	if err != nil {
		return err
	}
	c.Mirror = config.MirrorNo
	if found.Symmetric {
		c.Mirror = config.MirrorYes
	}
	if t.Note != nil {
		t.Note(fmt.Sprintf("mirror is %s: %s", c.Mirror, found))
	}
	return nil
}

// readLog reads what earlier sessions of the run have written, and opens its log.
func (s *session) readLog() (err error) {
	if s.distance, err = run.Distances(s.Dir, s.Step); err != nil {
		return err
	}
	if s.monitor, err = run.Monitor(s.Dir, s.Config, s.Step); err != nil {
		return err
	}
	if run.Budget(s.Config) > 0 { // a killed process may have left one more than the next save has room for
		if err := checkpoint.Prune(run.Checkpoints(s.Dir), s.retention()); err != nil {
			return err
		}
	}
	if s.log, err = run.OpenLog(s.Dir, s.Step); err != nil {
		return err
	}
	if err := s.describeRun(); err != nil {
		return errors.Join(err, s.log.Close())
	}
	return nil
}

// describeRun writes the settings of the run, and before its first step its graph, for
// TensorBoard.
func (s *session) describeRun() error {
	if s.Step == 0 {
		if err := s.log.Graph(graph(s.Model, s.Config.Loss)); err != nil {
			return err
		}
	}
	return s.log.Settings(s.Step, s.Config.JSON())
}

// retention returns which checkpoints the settings keep, given the scores so far.
func (s *session) retention() *checkpoint.Retention {
	c := s.Config
	return &checkpoint.Retention{
		Keep: c.Keep, KeepBest: c.KeepBest, Score: s.distance, WeightsEvery: c.SnapshotEvery, Budget: run.Budget(c),
		FullSize: checkpoint.Size(s.Model, true), WeightsSize: checkpoint.Size(s.Model, false),
	}
}
