// Starting from what another training has learnt.

package run

import (
	"fmt"
	"os"
	"path/filepath"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// Learnt is a checkpoint of another training that a training may start from.
type Learnt struct {
	Path    string         // of the checkpoint, full or of weights only
	Config  *config.Config // of the training that has learnt them
	weights string         // their fingerprint
}

// FindLearnt returns the checkpoint at path. If path is a run folder, it chooses one of the run's as Choose does.
func FindLearnt(path string) (*Learnt, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var s *checkpoint.Snapshot
	if info.IsDir() {
		var chosen Choice
		s, chosen, err = LoadChosen(path)
		path = chosen.Path
	} else {
		s, err = checkpoint.Load(path)
	}
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	return &Learnt{path, s.Config, s.State.Fingerprint()}, nil
}

// Start changes c to settings of a training that starts from l. It sets the settings of the networks, and the path of
// the checkpoint with the fingerprint of its weights, from which the run can be replayed.
func (l *Learnt) Start(c *config.Config) {
	c.TakeNetworks(l.Config)
	c.From, c.FromWeights = l.Path, l.weights
}

// Check returns an error if the settings describe other networks than l has.
func (l *Learnt) Check(c *config.Config) error {
	key := c.OtherNetworks(l.Config)
	if key == "" {
		return nil
	}
	row := config.Lookup(key)
	return &config.SettingError{Key: key, Value: row.Text(c),
		Want: fmt.Sprintf("%s, as in %s", row.Text(l.Config), l.Path)}
}

// CheckFrom returns an error if the settings name a checkpoint to start from that is missing or does not fit.
func CheckFrom(c *config.Config) error {
	if c.From == "" {
		return nil
	}
	_, err := learntState(c)
	return err
}

// learntState returns the state of the checkpoint that the settings start from. It returns an error if the checkpoint
// is missing, its networks differ, or its weights have another fingerprint.
func learntState(c *config.Config) (*gan.State, error) {
	hinted := func(err error) error {
		return config.Hint(fmt.Errorf("start from learnt weights: %w", err),
			"a run begins again only with the weights that it has begun with")
	}
	s, err := checkpoint.Load(c.From)
	if err != nil {
		return nil, hinted(err)
	}
	if err := (&Learnt{Path: c.From, Config: s.Config}).Check(c); err != nil {
		return nil, err
	}
	if got := s.State.Fingerprint(); got != c.FromWeights {
		return nil, hinted(fmt.Errorf("%s holds others (%s) than the settings say (%s)", c.From, got, c.FromWeights))
	}
	return s.State, nil
}

// initial returns the state before the run's first step.
func (r *Run) initial() (*gan.State, error) {
	c := r.Config
	if c.From == "" {
		return r.Model.Init(c.Seed), nil
	}
	learnt, err := learntState(c)
	if err != nil {
		return nil, err
	}
	state, err := r.Model.StartFrom(c.Seed, learnt)
	if err != nil {
		return nil, fmt.Errorf("start from %s: %w", c.From, err)
	}
	return state, nil
}
