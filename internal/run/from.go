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

// StartFrom makes settings those of a training that starts from the weights at path, a checkpoint, full or of weights
// only, or a run folder, of which it takes the best. The networks become those of the weights. What the settings then
// name is a file, with the fingerprint of its weights: with both a run is replayed.
func StartFrom(c *config.Config, path string) error {
	s, err := loadAt(&path)
	if err != nil {
		return fmt.Errorf("start from learnt weights: %w", err)
	}
	c.TakeNetworks(s.Config)
	c.FromWeights = s.State.Fingerprint()
	c.From, err = filepath.Abs(path)
	return err
}

// loadAt reads the checkpoint at path. If path is a run folder, it becomes the path of the best checkpoint there.
func loadAt(path *string) (*checkpoint.Snapshot, error) {
	info, err := os.Stat(*path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return checkpoint.Load(*path)
	}
	s, chosen, err := LoadChosen(*path)
	*path = chosen.Path
	return s, err
}

// CheckFrom returns an error if the networks of the settings are not those of the weights that they start from.
func CheckFrom(c *config.Config) error {
	if c.From == "" {
		return nil
	}
	s, err := checkpoint.Load(c.From)
	if err != nil {
		return noLearnt(err)
	}
	if key := c.OtherNetworks(s.Config); key != "" {
		row := config.Lookup(key)
		return &config.SettingError{Key: key, Value: row.Text(c),
			Want: fmt.Sprintf("the weights in %s are those of networks with %s; leave it out", c.From, row.Text(s.Config))}
	}
	return nil
}

func noLearnt(err error) error {
	return config.Hint(fmt.Errorf("start from learnt weights: %w", err), "a run starts again only from the weights that it has started from")
}

// initial returns the state before the run's first step.
func (r *Run) initial() (*gan.State, error) {
	c := r.Config
	if c.From == "" {
		return r.Model.Init(c.Seed), nil
	}
	s, err := checkpoint.Load(c.From)
	if err != nil {
		return nil, noLearnt(err)
	}
	if got := s.State.Fingerprint(); got != c.FromWeights {
		return nil, noLearnt(fmt.Errorf("%s holds others (%s) than the settings say (%s)", c.From, got, c.FromWeights))
	}
	state, err := r.Model.StartFrom(c.Seed, s.State)
	if err != nil {
		return nil, fmt.Errorf("start from %s: %w", c.From, err)
	}
	return state, nil
}
