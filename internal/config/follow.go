package config

// The settings of the recipe vivid that follow the pictures, the machine and the time where nobody names them.

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Facts are what settings follow.
type Facts struct {
	Pictures int           // in the set
	Side     int           // the median of the pictures' shorter sides in pixels; 0 if it is not known
	Grey     bool          // all pictures are grey
	Time     time.Duration // that the training may take; 0 if nobody has said
	Cores    int           // of the machine
}

// work is the time in hours that two cores would take for what the machine does in f.Time; usual without a time.
func (f *Facts) work() float64 {
	if f.Time == 0 {
		return usualHours
	}
	return f.Time.Hours() * float64(f.Cores) / 2
}

// usualHours is about what the steps of the recipe take without more being known.
const usualHours = 0.1

// A grade is what is chosen from as much work on.
type grade struct {
	hours float64 // on two cores
	side  int     // the least median of the pictures' shorter sides
	value int
}

// The sizes: a larger picture takes four times the work of one of half its size, and more steps to be any good.
// No picture is enlarged by more than a half.
var sizes = []grade{{0, 0, 32}, {0, 42, 64}, {2, 85, 128}, {12, 171, 256}}

// The widths of both networks at their full size; twice the width is four times the work.
var widths = []grade{{0, 0, 16}, {0.75, 0, 24}, {1.5, 0, 32}, {8, 0, 48}}

// best returns the last of the grades that the work and the side allow for.
func best(grades []grade, hours float64, side int) int {
	value := grades[0].value
	for _, g := range grades {
		if hours >= g.hours && side >= g.side {
			value = g.value
		}
	}
	return value
}

// following are the settings that follow facts, each after those that it depends on. base is the recipe.
var following = []struct {
	key   string
	value func(c, base *Config, f *Facts) any
}{
	{"size", func(c, base *Config, f *Facts) any {
		if f.Side == 0 {
			return base.Size
		}
		return best(sizes, f.work(), f.Side)
	}},
	{"channels", func(c, base *Config, f *Facts) any {
		if f.Grey {
			return 1
		}
		return base.Channels
	}},
	{"ngf", func(c, base *Config, f *Facts) any { return width(c, f) }},
	{"ndf", func(c, base *Config, f *Facts) any { return width(c, f) }},
	// Slopes are with respect to pixels, of which there are four times as many at twice the size (Karras et al. 2021,
	// StyleGAN3, appendix F: gamma grows with the square of the resolution).
	{KeyGamma, func(c, base *Config, f *Facts) any { return base.Gamma * math.Pow(float64(c.Size)/64, 2) }},
}

// width is that of both networks: what a step costs grows with the size too, from 64 on.
func width(c *Config, f *Facts) int {
	cost := math.Pow(float64(max(c.Size, 64))/64, 2)
	return best(widths, f.work()/cost, 0)
}

// Follows reports whether a setting follows facts: in the recipe Vivid those that nobody has named.
func (c *Config) Follows(named func(key string) bool) bool {
	for _, follow := range following {
		if c.Recipe == Vivid && !named(follow.key) {
			return true
		}
	}
	return false
}

// MayFollow reports whether what is learnt depends on a setting that follows facts or the number of steps where nobody
// names it: the one with this key.
func (c *Config) MayFollow(key string) bool {
	return c.Recipe == Vivid && key == "average" || c.Follows(func(other string) bool { return other != key })
}

// Follow gives the settings that follow the facts their values.
func (c *Config) Follow(f Facts, named func(key string) bool) {
	if !c.Follows(named) {
		return
	}
	base, err := Recipe(c.Recipe)
	if err != nil {
		panic(err) // Follows knows the recipe
	}
	for _, follow := range following {
		if named(follow.key) {
			continue
		}
		s := Lookup(follow.key)
		if err := errors.Join(s.Set(c, fmt.Sprint(follow.value(c, base, &f))), s.check(c)); err != nil {
			panic(err) // the table has possible values
		}
	}
}

// FollowLength gives the settings that follow the number of steps and the time of one in seconds, 0 if it is not
// known, their values.
func (c *Config) FollowLength(stepS float64, named func(key string) bool) {
	if c.Recipe != Vivid {
		return
	}
	const (
		halfLives   = 25  // of the average in a training
		sheets      = 200 // at most
		snapshots   = 20
		checkpointS = 300 // seconds that a kill may cost
	)
	set := func(key string, value int) {
		if !named(key) {
			Lookup(key).setNumber(c, float64(max(value, 1)))
		}
	}
	if c.Average > 0 {
		set("average", max(c.Average, c.Steps/halfLives))
	}
	set("sample_every", max(c.SampleEvery, round(c.Steps/sheets)))
	set("snapshot_every", max(c.SnapshotEvery, round(c.Steps/snapshots)))
	if stepS > 0 {
		set("checkpoint_every", round(min(max(c.CheckpointEvery, c.Steps/snapshots), int(checkpointS/stepS))))
	}
}

// round returns the largest of 1, 2, 5, 10, 20, 50, ... that is at most n, or 0.
func round(n int) int {
	best := 0
	for power := 1; power <= n; power *= 10 {
		for _, digit := range []int{1, 2, 5} {
			if v := digit * power; v <= n {
				best = v
			}
		}
	}
	return best
}

// Followed says in a line which values the settings have that may follow, each named by name.
func (c *Config) Followed(name func(key string) string) string {
	var list []string
	for _, follow := range following {
		list = append(list, name(follow.key)+" "+Lookup(follow.key).Text(c))
	}
	return strings.Join(list, " ")
}
