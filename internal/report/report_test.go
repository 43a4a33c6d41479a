package report

import (
	"bytes"
	"image"
	"strings"
	"testing"
	"time"

	"dcgan/internal/score"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 59400 * time.Millisecond: "59s", 59600 * time.Millisecond: "1m00s", 3599 * time.Second: "59m59s",
		3600 * time.Second: "1h00m", 50 * time.Hour: "2d02h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// A sweep in its first rung: one candidate has been scored, one has diverged, and one
// has not begun.
func TestSweep(t *testing.T) {
	sheet := FirstSamples(image.NewGray(image.Rect(0, 0, 600, 600)), 64)
	s := &Sweep{
		Name: "photos & more", Grid: "3 of lr-g", Columns: []string{"lr-g"}, Rungs: []Rung{{3, 100}, {1, 300}}, ScoreN: 500,
		Floor: &score.Floor{Scores: score.Scores{KID: 0.0123, SWD: 3}},
		Candidates: []*Candidate{
			{
				Number: 2, Values: []string{"0.0001"}, Last: &Result{100, &score.Scores{KID: 0.0625, SWD: 12}},
				Distances: map[int]float64{50: 2, 100: 0.5, 400: 1e-9}, // the last one is past the sweep
				Samples:   sheet, SamplesStep: 100, SamplesFile: "runs/02/samples/step-00000100.png",
			},
			{Number: 1, Values: []string{"0.5"}, Diverged: "a loss is no number"},
			{Number: 3, Values: []string{"0.001"}},
		},
	}
	var page, text bytes.Buffer
	if err := s.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"photos &amp; more", "0 of 2 rungs", `href="runs/02/samples/step-00000100.png"`, `src="data:image/png;base64,`,
		`data-name="lr-g">0.0001<`, "0.0625", `points="29.3,4.0 54.7,52.0"`,
		"from 0.5000 below to 2.0000 above", "a loss is no number", "0.0123", "what real pictures score",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if err := s.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 5 || !strings.Contains(lines[1], "0.0625") ||
		strings.Index(lines[4], "0.0123") != strings.Index(lines[1], "0.0625") {
		t.Errorf("the text is\n%s", &text)
	}
	// Two columns and two rows of tiles; samples are 266 pixels wide and enlarged by 1.
	if size := s.Picture().Bounds().Size(); size.X != 2*(266+2*tilePad) || size.Y < 2*(266+2*tilePad) {
		t.Errorf("the picture has %v pixels; the samples %v", size, sheet.Bounds())
	}
}

func TestWrap(t *testing.T) {
	if got := wrap("lr-g 0.0001, gen-updates 5", 12); strings.Join(got, "|") != "lr-g 0.0001,|gen-updates|5" {
		t.Errorf("%q", got)
	}
}
