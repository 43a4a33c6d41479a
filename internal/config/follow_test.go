package config

import (
	"slices"
	"testing"
	"time"
)

func nobody(string) bool { return false }

// The recipe vivid has these settings for these sets and times. docs/recipes.md has the same table.
func TestFollow(t *testing.T) {
	for _, test := range []struct {
		name string
		f    Facts
		want string
	}{
		{"the embedded set", Facts{Pictures: 1000, Side: 64, Cores: 2},
			"size 64 channels 3 ngf 16 ndf 16 gamma 1"},
		{"nothing is known", Facts{Pictures: 5000},
			"size 64 channels 3 ngf 16 ndf 16 gamma 1"},
		{"grey digits", Facts{Pictures: 60000, Side: 28, Grey: true, Cores: 2},
			"size 32 channels 1 ngf 16 ndf 16 gamma 0.25"},
		{"small pictures, an hour", Facts{Pictures: 500, Side: 50, Time: time.Hour, Cores: 2},
			"size 64 channels 3 ngf 24 ndf 24 gamma 1"},
		{"the same on eight cores", Facts{Pictures: 500, Side: 50, Time: time.Hour, Cores: 8},
			"size 64 channels 3 ngf 32 ndf 32 gamma 1"},
		{"photographs, ten minutes", Facts{Pictures: 5000, Side: 1080, Time: 10 * time.Minute, Cores: 2},
			"size 64 channels 3 ngf 16 ndf 16 gamma 1"},
		{"photographs, two hours", Facts{Pictures: 5000, Side: 1080, Time: 2 * time.Hour, Cores: 2},
			"size 128 channels 3 ngf 16 ndf 16 gamma 4"},
		{"photographs, a day", Facts{Pictures: 100000, Side: 1080, Time: 24 * time.Hour, Cores: 2},
			"size 256 channels 3 ngf 32 ndf 32 gamma 16"},
	} {
		c, err := Recipe(Vivid)
		if err != nil {
			t.Fatal(err)
		}
		c.Follow(test.f, nobody)
		c.Follow(test.f, nobody) // again changes nothing
		if got := c.Followed(func(key string) string { return key }); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// A setting that somebody has named keeps its value, and settings that depend on it follow. Other recipes do not
// change.
func TestFollowLeavesWhatIsNamed(t *testing.T) {
	c, _ := Recipe(Vivid)
	named := func(key string) bool { return slices.Contains([]string{"size", "ndf", "average"}, key) }
	c.Size, c.NDF = 128, 7
	c.Follow(Facts{Pictures: 10, Side: 20, Time: 10 * time.Hour, Cores: 2}, named)
	if c.Size != 128 || c.NDF != 7 || c.NGF != 32 || c.Gamma != 4 {
		t.Error(c.Followed(func(key string) string { return key }))
	}
	c.Steps = 1_000_000
	if c.FollowLength(0.01, named); c.Average != 400 {
		t.Error("a named average follows")
	}
	if c.Follows(func(string) bool { return true }) {
		t.Error("something follows where all is named")
	}
	for _, name := range []string{Reference, Published, Quick} {
		c, _ := Recipe(name)
		before := string(c.JSON())
		c.Follow(Facts{Pictures: 10, Side: 20, Grey: true, Time: 100 * time.Hour, Cores: 64}, nobody)
		c.Steps = 1e6
		c.FollowLength(0.01, nobody)
		c.Steps, _ = func() (int, error) { r, err := Recipe(name); return r.Steps, err }()
		if string(c.JSON()) != before {
			t.Errorf("%s follows", name)
		}
	}
}

// The recipe's own number of steps changes no setting. Longer trainings do not have more sheets, and a kill does not
// cost them more time.
func TestFollowLength(t *testing.T) {
	for _, test := range []struct {
		steps                              int
		stepS                              float64
		average, sample, check, everyCheck int
	}{
		{10_000, 0, 400, 100, 2500, 500},
		{10_000, 0.015, 400, 100, 2500, 500},
		{100, 0.015, 400, 100, 2500, 500},
		{40_000, 0.015, 1600, 200, 2500, 2000},
		{1_000_000, 0.03, 40_000, 5000, 50_000, 10_000},
		{2000, 2, 400, 100, 2500, 100}, // a kill costs five minutes
		{3, 1000, 400, 100, 2500, 1},
	} {
		c, _ := Recipe(Vivid)
		c.Steps = test.steps
		c.FollowLength(test.stepS, nobody)
		got := []int{c.Average, c.SampleEvery, c.SnapshotEvery, c.CheckpointEvery}
		if want := []int{test.average, test.sample, test.check, test.everyCheck}; !slices.Equal(got, want) {
			t.Errorf("%d steps of %g s: %v, want %v", test.steps, test.stepS, got, want)
		}
	}
}
