package config

// The settings that may change while a run trains, and the changes that a run has had.

import (
	"fmt"
	"slices"
)

// Change says that from a step on a setting has another value. The changes are
// part of the settings: with them a run is replayed and resumed to the last bit.
type Change struct {
	Step    int     `json:"step"`    // the first that has the value
	Setting string  `json:"setting"` // the key of one that is Live
	Value   float64 `json:"value"`
	Why     string  `json:"why,omitempty"` // what made the change, for a person
}

// String says what changed, as people read it.
func (c Change) String() string {
	text := fmt.Sprintf("%s is %g from step %d on", c.Setting, c.Value, c.Step)
	if c.Why != "" {
		text += " (" + c.Why + ")"
	}
	return text
}

// The JSON keys of the settings that may change.
const (
	KeyLRD            = "lr_d"
	KeyLRG            = "lr_g"
	KeyGenUpdates     = "gen_updates"
	KeyLabelSmoothing = "label_smoothing"
	KeyGamma          = "gamma"
	KeyAugmentP       = "augment_p"
)

// Rates are the settings that may change from step to step: those with the trait Live.
type Rates struct {
	LRD            float64 `json:"lr_d"`            // Adam's learning rate of D
	LRG            float64 `json:"lr_g"`            // Adam's learning rate of G
	GenUpdates     int     `json:"gen_updates"`     // updates of G for each one of D
	LabelSmoothing float64 `json:"label_smoothing"` // s: the target of a real picture is 1 - s/2
	Gamma          float64 `json:"gamma"`           // weight of the gradient penalties R1 and R2; 0: none
	AugmentP       float64 `json:"augment_p"`       // probability of each of D's transforms; with a target, its bound
}

// RatesAt is what the step trains with; of step 0, what the run begins with. A rate that sinks and
// changes has its new value at the change's step and sinks on from there.
func (c *Config) RatesAt(step int) Rates {
	at := Config{Rates: c.Rates}
	for _, change := range c.Changes {
		if change.Step > step {
			continue
		}
		value := change.Value / c.left(change.Setting, change.Step)
		if s := Lookup(change.Setting); s != nil && s.Is(Live) {
			s.setNumber(&at, value) // Validate reports values that are not possible
		}
	}
	at.LRD *= c.left(KeyLRD, step)
	at.LRG *= c.left(KeyLRG, step)
	at.Gamma *= c.left(KeyGamma, step)
	at.AugmentP *= c.left(KeyAugmentP, step)
	return at.Rates
}

// ChangesTo lists the settings that differ in other, with other's values, as changes without a step.
func (r Rates) ChangesTo(other Rates) []Change {
	var list []Change
	from, to := &Config{Rates: r}, &Config{Rates: other}
	for _, key := range Keys(Live) {
		s := Lookup(key)
		if value := s.Number(to); value != s.Number(from) {
			list = append(list, Change{Setting: key, Value: value})
		}
	}
	return list
}

// ChangesAt lists the changes that a step is the first to have.
func (c *Config) ChangesAt(step int) []Change {
	var list []Change
	for _, change := range c.Changes {
		if change.Step == step {
			list = append(list, change)
		}
	}
	return list
}

// ChangesUntil lists the changes that the training up to a step has had.
func (c *Config) ChangesUntil(step int) []Change {
	return slices.Collect(func(yield func(Change) bool) {
		for _, change := range c.Changes {
			if change.Step <= step && !yield(change) {
				return
			}
		}
	})
}

// Change adds a change, unless the setting has the value then anyway. Changes that
// were to come after it stay. It reports whether there is one change more.
func (c *Config) Change(change Change) (bool, error) {
	r := c.RatesAt(change.Step)
	before := r
	if err := r.Set(change.Setting, change.Value); err != nil || r == before {
		return false, err
	}
	if err := c.checkGamma(change); err != nil {
		return false, err
	}
	at := len(c.ChangesUntil(change.Step))
	c.Changes = slices.Insert(slices.Clip(c.Changes), at, change)
	return true, nil
}

// DropChanges takes back all changes of a setting: it keeps the value that the run
// begins with.
func (c *Config) DropChanges(key string) {
	if key == "steps" {
		c.Plans = nil
	}
	c.Changes = slices.DeleteFunc(slices.Clone(c.Changes), func(change Change) bool { return change.Setting == key })
}

// Set gives the setting of that key a value, if that is possible.
func (r *Rates) Set(key string, value float64) error {
	s := Lookup(key)
	if s == nil || !s.Is(Live) {
		return Hint(fmt.Errorf("%q cannot change while a run trains", key), join(Keys(Live), "and")+" can")
	}
	c := Config{Rates: *r}
	if err := s.setNumber(&c, value); err != nil {
		return err
	}
	*r = c.Rates
	return nil
}

// checkGamma refuses penalties to a run that begins without: its discriminator may not allow for them.
func (c *Config) checkGamma(change Change) error {
	if change.Setting == KeyGamma && change.Value > 0 && c.Gamma == 0 {
		return &SettingError{Key: KeyGamma, Value: fmt.Sprint(change.Value),
			Want: "a run that begins without penalties has none; a new run takes gamma"}
	}
	return nil
}

// validateChanges reports the first change that cannot be.
func (c *Config) validateChanges() error {
	r, last := c.RatesAt(0), 1
	for _, change := range c.Changes {
		if change.Step < last {
			return Hint(fmt.Errorf("the change of %s at step %d is not possible", change.Setting, change.Step),
				"changes are listed by their steps, from 1 on")
		}
		err := r.Set(change.Setting, change.Value)
		if err == nil {
			err = c.checkGamma(change)
		}
		if err != nil {
			return Hint(fmt.Errorf("the change at step %d: %w", change.Step, err), HintOf(err))
		}
		last = change.Step
	}
	return nil
}
