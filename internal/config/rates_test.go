package config

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func reference0(t *testing.T) *Config {
	t.Helper()
	c, err := Recipe(Reference)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A change holds from its step on. The later of two changes counts. config.json keeps changes.
func TestRatesAt(t *testing.T) {
	c := reference0(t)
	for _, change := range []Change{
		{100, KeyLRD, 1e-5, ""}, {100, KeyLRD, 2e-5, "a second thought"}, {50, KeyGenUpdates, 2, ""},
		{200, KeyLabelSmoothing, 0, ""}, {150, KeyLRG, 3e-4, ""},
	} {
		if added, err := c.Change(change); err != nil || !added {
			t.Fatal(change, added, err)
		}
	}
	if added, err := c.Change(Change{160, KeyLRG, 3e-4, "again"}); added || err != nil {
		t.Error("a setting changes to what it is")
	}
	read, err := Parse(c.JSON())
	if err != nil || !slices.Equal(read.Changes, c.Changes) {
		t.Fatal(read, err)
	}
	for step, want := range map[int]Rates{
		0: {4e-4, 1e-4, 5, 0.25, 0, 1}, 49: {4e-4, 1e-4, 5, 0.25, 0, 1}, 50: {4e-4, 1e-4, 2, 0.25, 0, 1},
		100: {2e-5, 1e-4, 2, 0.25, 0, 1}, 150: {2e-5, 3e-4, 2, 0.25, 0, 1}, 1e6: {2e-5, 3e-4, 2, 0, 0, 1},
	} {
		if got := read.RatesAt(step); got != want {
			t.Errorf("step %d: %+v, want %+v", step, got, want)
		}
	}
	if got := len(read.ChangesUntil(100)); got != 3 {
		t.Errorf("%d changes until step 100", got)
	}
}

// After LRHold steps the learning rates halve every LRHalfLife steps, ten times at most. A rate
// that is changed has the new value at that step and then decays as the other does. No other
// rate decays.
func TestRatesSink(t *testing.T) {
	c := reference0(t)
	c.LRHold, c.LRHalfLife = 100, 50
	if _, err := c.Change(Change{200, KeyLRD, 8e-4, ""}); err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int]Rates{
		0: {4e-4, 1e-4, 5, 0.25, 0, 1}, 100: {4e-4, 1e-4, 5, 0.25, 0, 1},
		125: {4e-4 * math.Sqrt2 / 2, 1e-4 * math.Sqrt2 / 2, 5, 0.25, 0, 1},
		150: {2e-4, 5e-5, 5, 0.25, 0, 1}, 200: {8e-4, 2.5e-5, 5, 0.25, 0, 1}, 250: {4e-4, 1.25e-5, 5, 0.25, 0, 1},
		600: {8e-4 / 256, 1e-4 / 1024, 5, 0.25, 0, 1}, 1e9: {8e-4 / 256, 1e-4 / 1024, 5, 0.25, 0, 1},
	} {
		got := c.RatesAt(step)
		if math.Abs(got.LRD/want.LRD-1) > 1e-12 || math.Abs(got.LRG/want.LRG-1) > 1e-12 ||
			got.GenUpdates != want.GenUpdates || got.LabelSmoothing != want.LabelSmoothing {
			t.Errorf("step %d: %+v, want %+v", step, got, want)
		}
	}
}

// Copies of settings do not share changes.
func TestChangeOfACopy(t *testing.T) {
	c := reference0(t)
	c.Change(Change{10, KeyLRD, 1e-5, ""})
	c.Change(Change{30, KeyLRD, 2e-5, ""})
	a, b := *c, *c
	a.Change(Change{20, KeyLRD, 3e-5, ""})
	b.Change(Change{20, KeyLRD, 4e-5, ""})
	if a.RatesAt(20).LRD != 3e-5 || b.RatesAt(20).LRD != 4e-5 || c.RatesAt(20).LRD != 1e-5 {
		t.Error(a.Changes, b.Changes, c.Changes)
	}
}

// A change to a value that is not possible is refused in the same words as the value itself.
func TestChangeKeepsTheRules(t *testing.T) {
	for _, test := range []struct {
		change Change
		want   string
	}{
		{Change{5, KeyLRD, 2, ""}, "lr_d 2 is not possible"},
		{Change{5, KeyLRG, 0, ""}, "lr_g 0 is not possible"},
		{Change{5, KeyLRG, math.NaN(), ""}, "lr_g NaN is not possible"},
		{Change{5, KeyGenUpdates, 0, ""}, "gen_updates 0 is not possible"},
		{Change{5, KeyGenUpdates, 2.5, ""}, "gen_updates 2.5 is not possible"},
		{Change{5, KeyGenUpdates, 1e300, ""}, "gen_updates 1e+300 is not possible"},
		{Change{5, KeyLabelSmoothing, -1, ""}, "label_smoothing -1 is not possible"},
		{Change{5, "beta1", 0.5, ""}, `"beta1" cannot change while a run trains`},
	} {
		c := reference0(t)
		if _, err := c.Change(test.change); err == nil || err.Error() != test.want || HintOf(err) == "" {
			t.Errorf("%+v: %v, want %s", test.change, err, test.want)
		}
		c.Changes = []Change{test.change}
		if err := c.Validate(); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%+v as a setting: %v, want %s", test.change, err, test.want)
		}
	}
	c := reference0(t)
	c.Changes = []Change{{5, KeyLRD, 0.1, ""}, {4, KeyLRD, 0.2, ""}}
	if err := c.Validate(); err == nil {
		t.Error("changes out of order are valid")
	}
	c.Changes = []Change{{0, KeyLRD, 0.1, ""}}
	if err := c.Validate(); err == nil {
		t.Error("a change before the first step is valid")
	}
}
