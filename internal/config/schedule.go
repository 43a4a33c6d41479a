package config

// How the rates follow the length that a run is planned for.

import (
	"fmt"
	"math"
	"slices"
)

// Plan says that up to a step the run was planned for another number of steps than it is now. Where the rates
// follow the planned length, they are those of the plan of their step: with its plans a run is replayed and
// resumed to the last bit.
type Plan struct {
	Until int `json:"until"` // the last step of the plan
	Steps int `json:"steps"` // that the run was planned for in all
}

// Planned returns how many steps the run is planned for at a step.
func (c *Config) Planned(step int) int {
	for _, p := range c.Plans {
		if step <= p.Until {
			return p.Steps
		}
	}
	return c.Steps
}

// PlansUntil lists the plans of the steps up to one, the last of which ends there.
func (c *Config) PlansUntil(step int) []Plan {
	var list []Plan
	for _, p := range c.Plans {
		if p.Until < step {
			list = append(list, p)
		}
	}
	if step > 0 {
		list = append(list, Plan{step, c.Planned(step)})
	}
	return list
}

// Replan plans the run for a number of steps from the step after one on. What was planned for later is dropped.
// Rates that follow the length then are those of a run that has been planned so from its beginning.
func (c *Config) Replan(step, steps int) {
	plans := c.PlansUntil(step)
	if n := len(plans); c.Schedule != ScheduleCosine || n > 0 && plans[n-1].Steps == steps {
		plans = plans[:max(0, n-1)]
	}
	if c.Schedule != ScheduleCosine {
		plans = nil // nothing depends on them
	}
	c.Plans, c.Steps = slices.Clip(plans), steps
}

// left is what is left at a step of the starting value of the setting with a key.
func (c *Config) left(key string, step int) float64 {
	switch key {
	case KeyLRD, KeyLRG:
		return c.Decay(step)
	case KeyGamma:
		return c.cosine(step, c.GammaEnd)
	case KeyAugmentP:
		return c.cosine(step, c.AugmentEnd)
	}
	return 1
}

// Decay is what is left of the learning rates at a step. With a constant schedule that is all of them for the first
// LRHold steps, then 2^(-(step-LRHold) / LRHalfLife).
func (c *Config) Decay(step int) float64 {
	if c.Schedule == ScheduleCosine {
		return c.cosine(step, c.LREnd)
	}
	if c.LRHalfLife == 0 {
		return 1
	}
	halvings := float64(max(0, step-c.LRHold)) / float64(c.LRHalfLife)
	return math.Exp2(-min(halvings, mostHalvings))
}

// mostHalvings is how often the learning rates halve at most: a run that is resumed again
// and again goes on learning.
const mostHalvings = 10

// cosine is a quantity's share of its starting value at a step: 1 for the first Hold of the planned length, then
// along half a wave of the cosine down to end (Loshchilov, Hutter 2017, SGDR, equation 5, without restarts).
func (c *Config) cosine(step int, end float64) float64 {
	if c.Schedule != ScheduleCosine {
		return 1
	}
	t := float64(step) / float64(c.Planned(step))
	t = min(1, max(0, (t-c.Hold)/(1-c.Hold)))
	return 1 - (1-end)*(1-math.Cos(math.Pi*t))/2
}

// validatePlans reports the first plan that cannot be.
func (c *Config) validatePlans() error {
	last := 0
	for _, p := range c.Plans {
		if p.Until <= last || p.Steps < p.Until {
			return Hint(fmt.Errorf("the plan of %d steps until step %d is not possible", p.Steps, p.Until),
				"plans are listed by their last steps, each at most the number that is planned")
		}
		last = p.Until
	}
	return nil
}
