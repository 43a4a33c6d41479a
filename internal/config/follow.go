package config

// The settings of the recipe vivid that depend on the pictures, the machine and the time, unless somebody names them.

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Facts is what such settings depend on.
type Facts struct {
	Pictures int           // in the set
	Side     int           // the median of the pictures' shorter sides in pixels; 0 if unknown
	Grey     bool          // all pictures are grey
	Time     time.Duration // the time that the training may take; 0 if nobody has named one
	Cores    int           // cores of the machine
}

// work returns the hours that two cores take for what the machine does in f.Time. It is usualHours without a time.
func (f *Facts) work() float64 {
	if f.Time == 0 {
		return usualHours
	}
	return f.Time.Hours() * float64(f.Cores) / 2
}

// usualHours is about what the recipe's own number of steps takes on two cores.
const usualHours = 0.1

// grade is a value with the least work and the least size of pictures for which it is chosen.
type grade struct {
	hours float64 // on two cores
	side  int     // the least median of the pictures' shorter sides
	value int
}

// sizes are the grades of Size. A picture takes four times the work of one of half its size, and more steps to become
// good. No picture of median size is enlarged by more than a half.
var sizes = []grade{{0, 0, 32}, {0, 42, 64}, {2, 85, 128}, {12, 171, 256}}

// widths are the grades of both networks' widths. Twice the width takes four times the work.
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

// following lists the settings that depend on facts. Each row is after those that it depends on. base is the recipe.
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
	// The penalties are squared gradients with respect to pixels, and twice the size has four times as many (Karras
	// et al. 2021, StyleGAN3, appendix F: gamma grows with the square of the resolution).
	{KeyGamma, func(c, base *Config, f *Facts) any { return base.Gamma * math.Pow(float64(c.Size)/64, 2) }},
}

// width returns the width of both networks. The cost of a step also grows with the size, from 64 on.
func width(c *Config, f *Facts) int {
	cost := math.Pow(float64(max(c.Size, 64))/64, 2)
	return best(widths, f.work()/cost, 0)
}

// Follows reports whether any setting depends on facts: in the recipe Vivid, those that nobody has named do.
func (c *Config) Follows(named func(key string) bool) bool {
	for _, follow := range following {
		if c.Recipe == Vivid && !named(follow.key) {
			return true
		}
	}
	return false
}

// MayFollow reports whether the setting with that key decides what is learnt and depends on facts or on the number of
// steps unless somebody names it.
func (c *Config) MayFollow(key string) bool {
	return c.Recipe == Vivid && key == "average" || c.Follows(func(other string) bool { return other != key })
}

// Follow sets the settings that depend on facts, except those that are named.
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

// FollowLength sets the settings that depend on the number of steps and on the seconds that a step takes, except those
// that are named. stepS is 0 if the time is unknown.
func (c *Config) FollowLength(stepS float64, named func(key string) bool) {
	if c.Recipe != Vivid {
		return
	}
	const (
		halfLives   = 25  // half-lives of the average in a training
		sheets      = 200 // the most sheets
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

// Followed returns a line with the values of the settings that may depend on facts, each named by name.
func (c *Config) Followed(name func(key string) string) string {
	var list []string
	for _, follow := range following {
		list = append(list, name(follow.key)+" "+Lookup(follow.key).Text(c))
	}
	return strings.Join(list, " ")
}
