package train

import (
	"strings"
	"testing"

	"dcgan/internal/config"
)

// What would be wasted is said, and nothing else.
func TestFoolish(t *testing.T) {
	set := pictures(t)
	for _, test := range []struct {
		name   string
		change func(*config.Config)
		want   []string // in the text; none for no text
	}{
		{"a short training", func(*config.Config) {}, nil},
		{"one of years", func(c *config.Config) { c.Steps, c.Augment = 1<<40, config.AugmentDiff },
			[]string{"1099511627776 steps take about ", " days here"}},
		{"pictures known by heart", func(c *config.Config) { c.Steps = 6_000_000 },
			[]string{"each of the 1000 pictures is shown 24000 times"}},
	} {
		c := tiny(t)
		test.change(c)
		got, err := Foolish(t.Context(), c, set)
		if err != nil || (got == "") != (len(test.want) == 0) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
		for _, part := range test.want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q has no %q", test.name, got, part)
			}
		}
	}
}

func TestFewText(t *testing.T) {
	for n, want := range map[int]string{
		20: "20 pictures are very few", 99: "very few", 100: "100 pictures are few", 999: "are few", 1000: "", 100_000: "",
	} {
		got := FewText(n).String()
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%d: %q", n, got)
		}
	}
}
