package main

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"dcgan"
)

func TestRunName(t *testing.T) {
	for data, want := range map[string]string{
		"": "demo", "/home/me/photos": "photos", "/data/avatars-64.zip": "avatars-64", "/data/Set.TAR.GZ": "Set",
		"/data/v1.2": "v1.2", "/": "data", "/data/.zip": ".zip",
	} {
		if got := runName(data); got != want && (runtime.GOOS != "windows" || data != "/") {
			t.Errorf("runName(%q) = %q, want %q", data, got, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"batch", "batch", 0}, {"bach", "batch", 1}, {"btach", "batch", 2}, {"size", "seed", 3}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNearestFlag(t *testing.T) {
	cmd := &cobra.Command{}
	addSettings(cmd)
	for typed, want := range map[string]string{
		"btach": "batch", "learning": "", "lr": "lr-d", "gen_updates": "gen-updates", "label-smoothin": "label-smoothing",
		"sample": "sample-every", "x": "",
	} {
		if got := nearestFlag(cmd, typed); got != want {
			t.Errorf("--%s suggests %q, want %q", typed, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
	for r, want := range map[float64]string{0.01234: "0.0123", 0.5: "0.500", 12.34: "12.3", 123.4: "123", 123456: "123456"} {
		if got := rateText(r); got != want {
			t.Errorf("%v is %q, want %q", r, got, want)
		}
	}
}

// On a terminal the line is rewritten without escape sequences, never wider than
// the terminal; elsewhere there is a line every few seconds.
func TestStatus(t *testing.T) {
	now := time.Unix(1e9, 0)
	var out bytes.Buffer
	s := &status{w: &out, width: func() int { return 11 }, every: drawEvery, now: func() time.Time { return now }}
	for _, text := range []string{"a long status line", "short", "dropped: too soon"} {
		s.Show(text, text == "short")
		now = now.Add(drawEvery / 2)
	}
	s.Note("a note")
	s.End()
	if got, want := out.String(), "\ra long sta\rshort     \na note\n"; got != want {
		t.Errorf("on a terminal %q, want %q", got, want)
	}

	out.Reset()
	p := &progress{status: &status{w: &out, every: plainEvery, now: s.now}, batch: 64, last: now}
	for step := 1; step <= 100; step++ {
		now = now.Add(time.Second / 2)
		p.Step(&dcgan.Progress{Step: step, Steps: 100})
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 11 || !strings.HasPrefix(lines[1], "step 11/100  2.00 steps/s  128 images/s  ETA 45s") {
		t.Errorf("elsewhere %d lines:\n%s", len(lines), &out)
	}
}

// The four losses are on the line of a terminal of 80 columns.
func TestProgressFits(t *testing.T) {
	p := &progress{status: &status{width: func() int { return 80 }}, batch: 64, pace: 7 * time.Second}
	l := map[string]float64{
		"discriminator_loss": 12.345, "discriminator_loss_on_real": 6.123, "discriminator_loss_on_generated": 6.222,
		"generator_loss": 10.5,
	}
	got := p.text(&dcgan.Progress{Step: 10000, Steps: 20000, Losses: l})
	if want := "10000/20000 0.143 steps/s 9.14 img/s ETA 19h26m D 12.35 (6.12 + 6.22) G 10.50"; got != want || len(got) >= 80 {
		t.Errorf("%d columns: %s", len(got), got)
	}

	paired := map[string]float64{"discriminator_loss": 0.5, "generator_loss": 0.75, "d_margin": -1.25, "r1": 0.125}
	if got, want := lossesText(paired), "D 0.500  G 0.750  margin -1.250"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestQuoted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the rules of a Unix shell")
	}
	for path, want := range map[string]string{
		"runs/demo": "runs/demo", "runs/my photos": "'runs/my photos'", "it's": `'it'\''s'`,
	} {
		if got := quoted(path); got != want {
			t.Errorf("%q is quoted %s, want %s", path, got, want)
		}
	}
}
