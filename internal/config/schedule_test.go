package config

import (
	"math"
	"slices"
	"testing"
)

// cosine returns settings of 1000 steps with a cosine schedule from 0.8 and gamma 10 down to a quarter and a tenth.
func cosine(hold float64) *Config {
	c := reference()
	c.Discriminator, c.Steps = DiscriminatorPlain, 1000
	c.Schedule, c.Hold, c.LREnd, c.GammaEnd = ScheduleCosine, hold, 0.25, 0.1
	c.LRD, c.LRG, c.Gamma, c.AugmentP, c.AugmentEnd = 0.8, 0.4, 10, 0.7, 0.1
	return c
}

// The learning rates and gamma keep their initial values for a share of the steps and then fall along half a period of
// the cosine to their end values at the last step.
func TestCosine(t *testing.T) {
	for _, test := range []struct {
		hold      float64
		step      int
		lr, gamma float64 // what is left of them
	}{
		{0, 0, 1, 1},
		{0, 250, 1 - 0.75*(1-math.Sqrt2/2)/2, 1 - 0.9*(1-math.Sqrt2/2)/2},
		{0, 500, 0.625, 0.55},
		{0, 1000, 0.25, 0.1},
		{0.6, 1, 1, 1}, {0.6, 600, 1, 1}, {0.6, 800, 0.625, 0.55}, {0.6, 1000, 0.25, 0.1},
		{0.6, 2000, 0.25, 0.1}, // no run gets there
	} {
		c := cosine(test.hold)
		got, want := c.RatesAt(test.step), Rates{0.8 * test.lr, 0.4 * test.lr, 5, 0.25, 10 * test.gamma, 0.7 * test.gamma}
		for i, v := range []float64{
			got.LRD - want.LRD, got.LRG - want.LRG, got.Gamma - want.Gamma, got.AugmentP - want.AugmentP,
		} {
			if math.Abs(v) > 1e-12 {
				t.Errorf("hold %g, step %d: rate %d is off by %g", test.hold, test.step, i, v)
			}
		}
		if got.GenUpdates != 5 || got.LabelSmoothing != 0.25 {
			t.Errorf("step %d: what has no schedule changes: %+v", test.step, got)
		}
	}
}

// A rate that is changed has its new value at the change's step, and its end factor of that value at the last step.
func TestChangeUnderACosine(t *testing.T) {
	c := cosine(0)
	for _, change := range []Change{{500, KeyGamma, 2, ""}, {500, KeyLRG, 0.1, ""}} {
		if _, err := c.Change(change); err != nil {
			t.Fatal(err)
		}
	}
	at, end := c.RatesAt(500), c.RatesAt(1000)
	for _, pair := range [][2]float64{
		{at.Gamma, 2}, {at.LRG, 0.1}, {end.Gamma, 2 * 0.1 / 0.55}, {end.LRG, 0.1 * 0.25 / 0.625}, {end.LRD, 0.2},
	} {
		if math.Abs(pair[0]/pair[1]-1) > 1e-12 {
			t.Errorf("a rate is %g, want %g", pair[0], pair[1])
		}
	}
}

// Penalties cannot be turned on in a run that begins without them.
func TestChangeOfNoGamma(t *testing.T) {
	c := reference()
	if _, err := c.Change(Change{10, KeyGamma, 1, ""}); err == nil || HintOf(err) == "" {
		t.Errorf("the error is %v", err)
	}
	c.Changes = []Change{{10, KeyGamma, 1, ""}}
	if err := c.Validate(); err == nil {
		t.Error("the change is valid in a file")
	}
}

// A run whose number of steps changes has, from then on, the rates of a run with that number from its beginning. The
// rates of earlier steps do not change. config.json keeps all plans.
func TestReplan(t *testing.T) {
	c := cosine(0.5)
	c.Replan(0, 2000) // before the first step nothing has been
	if c.Steps != 2000 || c.Plans != nil {
		t.Fatal(c.Steps, c.Plans)
	}
	c = cosine(0.5)
	for _, next := range []struct{ step, steps int }{{700, 2000}, {1500, 4000}, {1500, 3000}, {2600, 2800}, {2700, 2800}} {
		c.Replan(next.step, next.steps)
	}
	if want := []Plan{{700, 1000}, {1500, 2000}, {2600, 3000}}; !slices.Equal(c.Plans, want) || c.Steps != 2800 {
		t.Fatalf("%v, %d steps, want %v", c.Plans, c.Steps, want)
	}
	read, err := ParseRun(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	for step, steps := range map[int]int{
		1: 1000, 700: 1000, 701: 2000, 1500: 2000, 1501: 3000, 2600: 3000, 2601: 2800, 2800: 2800,
	} {
		planned := cosine(0.5)
		planned.Steps = steps
		if got, want := read.RatesAt(step), planned.RatesAt(step); got != want {
			t.Errorf("step %d: %+v, want those of %d steps, %+v", step, got, steps, want)
		}
	}
	if got, want := read.PlansUntil(1600), []Plan{{700, 1000}, {1500, 2000}, {1600, 3000}}; !slices.Equal(got, want) {
		t.Errorf("until 1600: %v, want %v", got, want)
	}
	read.DropChanges("steps")
	if read.Plans != nil {
		t.Error("a new number of steps for the whole run leaves plans")
	}
	constant := reference()
	constant.Replan(700, 30000)
	if constant.Plans != nil || constant.Steps != 30000 {
		t.Error("constant rates need plans")
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	for _, plans := range [][]Plan{{{0, 10}}, {{20, 10}}, {{20, 30}, {20, 30}}, {{20, 30}, {10, 30}}} {
		c := cosine(0)
		c.Plans = plans
		if err := c.Validate(); err == nil || HintOf(err) == "" {
			t.Errorf("%v: the error is %v", plans, err)
		}
	}
}
