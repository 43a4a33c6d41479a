package config

// Rates that depend on the number of steps that a run is planned for.

import (
	"fmt"
	"math"
	"slices"
)

// Plan is an earlier plan for the number of steps. Up to a step, the run was planned for another number of steps than
// it is now, and rates that depend on the number are those of the plan of their step. With its plans a run can be
// replayed and resumed to the same bits.
type Plan struct {
	Until int `json:"until"` // the last step of the plan
	Steps int `json:"steps"` // the steps that the run was planned for in all
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

// PlansUntil lists the plans of the steps up to step. The last one ends there.
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

// Replan plans the run for steps steps, from the step after step on. It drops plans for later steps. From there on,
// rates that depend on the number of steps are those of a run with that plan from its beginning.
func (c *Config) Replan(step, steps int) {
	plans := c.PlansUntil(step)
	if n := len(plans); c.Schedule != ScheduleCosine || n > 0 && plans[n-1].Steps == steps {
		plans = plans[:max(0, n-1)]
	}
	if c.Schedule != ScheduleCosine {
		plans = nil // no rate depends on them
	}
	c.Plans, c.Steps = slices.Clip(plans), steps
}

// left returns the factor by which the schedule multiplies the initial value of a setting at a step.
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

// Decay returns the factor of the learning rates at a step. With ScheduleConstant it is 1 for the first LRHold steps
// and then 2^(-(step-LRHold) / LRHalfLife).
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

// mostHalvings limits how often the learning rates halve, so that a run that is resumed again
// and again still learns.
const mostHalvings = 10

// cosine returns the factor of a setting at a step, for a factor of end at the last step. It is 1 for the share Hold of
// the planned steps, and then falls along half a period of the cosine to end (Loshchilov, Hutter 2017, SGDR, equation
// 5, without restarts). With ScheduleConstant it is 1.
func (c *Config) cosine(step int, end float64) float64 {
	if c.Schedule != ScheduleCosine {
		return 1
	}
	t := float64(step) / float64(c.Planned(step))
	t = min(1, max(0, (t-c.Hold)/(1-c.Hold)))
	return 1 - (1-end)*(1-math.Cos(math.Pi*t))/2
}

// validatePlans returns an error for the first plan that is not possible.
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
