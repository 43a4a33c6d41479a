package config

// The settings that may change while a run trains, and the changes that a run has had.

import (
	"fmt"
	"slices"
)

// Change gives a setting another value from a step on. The changes are part of the
// settings, so that a run can be replayed and resumed to the same bits.
type Change struct {
	Step    int     `json:"step"`    // the first step with the value
	Setting string  `json:"setting"` // the key of a Live setting
	Value   float64 `json:"value"`
	Why     string  `json:"why,omitempty"` // what made the change, for a person
}

// String returns the change in words.
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

// RatesAt returns the rates of a step; those of step 0 are the initial ones. If a rate that decays is
// changed, it has the new value at the change's step and decays from there.
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

// ChangesAt lists the changes whose first step is step.
func (c *Config) ChangesAt(step int) []Change {
	var list []Change
	for _, change := range c.Changes {
		if change.Step == step {
			list = append(list, change)
		}
	}
	return list
}

// ChangesUntil lists the changes of the steps up to step.
func (c *Config) ChangesUntil(step int) []Change {
	return slices.Collect(func(yield func(Change) bool) {
		for _, change := range c.Changes {
			if change.Step <= step && !yield(change) {
				return
			}
		}
	})
}

// Change adds a change and reports whether it did. It adds none if the setting has the
// value at that step already. Changes of later steps stay.
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

// DropChanges removes all changes of a setting, which then keeps its initial value.
func (c *Config) DropChanges(key string) {
	if key == "steps" {
		c.Plans = nil
	}
	c.Changes = slices.DeleteFunc(slices.Clone(c.Changes), func(change Change) bool { return change.Setting == key })
}

// Set sets the setting with that key, or returns an error if it can't have the value.
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

// checkGamma returns an error if a change turns penalties on in a run that begins without them, because its
// discriminator may not support them.
func (c *Config) checkGamma(change Change) error {
	if change.Setting == KeyGamma && change.Value > 0 && c.Gamma == 0 {
		return &SettingError{Key: KeyGamma, Value: fmt.Sprint(change.Value),
			Want: "a run that begins without penalties has none; a new run takes gamma"}
	}
	return nil
}

// validateChanges returns an error for the first change that is not possible.
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
