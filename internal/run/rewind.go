// Going back: a new run that begins where another one stood.

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// Rewind makes a run in the folder to that continues from a full checkpoint of the run in
// the folder from. The new run has the state, the metrics and the changes of settings up
// to that checkpoint, and its settings name the other run and the step. The function
// change may change the settings. For those of config.Rates it should add changes from the
// next step on, so that the new run can be replayed from its beginning too. The other run
// does not change.
func Rewind(from string, at checkpoint.Entry, to string, change func(*config.Config) error) (err error) {
	s, err := checkpoint.Load(at.Path)
	if err != nil {
		return err
	}
	if !s.State.Full() {
		return fmt.Errorf("%s: %w", at.Path, ErrWeightsOnly)
	}
	c := *s.Config
	c.Changes = c.ChangesUntil(s.Step)
	c.Replan(s.Step, c.Planned(s.Step))
	if err := change(&c); err != nil {
		return err
	}
	if c.Parent, err = filepath.Abs(from); err != nil {
		return err
	}
	c.ParentStep = s.Step
	if err := c.Validate(); err != nil {
		return err
	}
	lines, err := os.ReadFile(metricsFile(from))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines = lines[:linesUntil(lines, s.Step)]
	s.Config = &c
	return createAt(to, s, lines)
}

// createAt makes a run in dir that continues from s, with these lines in its metrics.
// After an error it leaves nothing of the run behind.
func createAt(dir string, s *checkpoint.Snapshot, lines []byte) error {
	_, statErr := os.Stat(dir)
	r, err := Create(dir, s.Config)
	if err != nil {
		return err
	}
	if _, err = checkpoint.Save(Checkpoints(dir), s); err == nil {
		err = atomicfile.WriteBytes(metricsFile(dir), 0o666, lines)
	}
	if err != nil {
		os.Remove(filepath.Join(Checkpoints(dir), checkpoint.Name(s.Step)))
		os.Remove(filepath.Join(Checkpoints(dir), checkpoint.WeightsName(s.Step)))
		r.remove(errors.Is(statErr, fs.ErrNotExist))
	}
	return errors.Join(err, r.Close())
}

// Adopt makes a run in dir from weights that another program has learnt. A training of the
// run starts from them.
func Adopt(dir string, c *config.Config, weights *gan.State) (err error) {
	adopted := *c
	adopted.FromWeights = weights.Fingerprint()
	adopted.From, err = filepath.Abs(filepath.Join(Checkpoints(dir), checkpoint.WeightsName(0)))
	if err != nil {
		return err
	}
	return createAt(dir, &checkpoint.Snapshot{Config: &adopted, State: weights}, nil)
}
