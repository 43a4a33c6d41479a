package alarm_test

import (
	"fmt"
	"slices"
	"testing"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/score"
)

// steady returns the figures of a step of a training without problems.
func steady(step int) alarm.Figures {
	return alarm.Figures{Step: step, Losses: sigmoidLosses(1, 0.5)}
}

// sigmoidLosses are the losses that the rules read: D's on generated pictures, and G's.
func sigmoidLosses(generated, generator float64) (l gan.Losses) {
	l.Set(gan.LossDOnGenerated, generated)
	l.Set(gan.LossG, generator)
	return l
}

// The recorded runs have the alarms that were recorded, and healthy runs none.
func TestRecordedRuns(t *testing.T) {
	sinking := config.Config{LRHold: 3000, LRHalfLife: 2500}
	vivid := config.Config{Loss: gan.Relativistic}
	for _, test := range []struct {
		record string
		want   []string // name and first step
		config config.Config
	}{
		{record: "quick-seed-0"},
		{record: "quick-seed-4-longer"},
		{record: "quick-scored"},
		{record: "soft"},
		{record: "one-update"},
		{record: "one-update-longer"},
		{record: "quick-new-seed-0"},
		{record: "quick-new-seed-3"},
		{record: "normal-z"},
		{record: "narrow"},
		{record: "quick-seed-2-longer", want: []string{"noise 2500"}},
		{record: "collapse-later", want: []string{"collapse 2000"}},
		{record: "blur", want: []string{"blur 500"}},
		{record: "d-wins", want: []string{"d-wins 389"}},
		{record: "collapse", want: []string{"collapse 200"}},
		{record: "noise", want: []string{"noise 700"}},
		{record: "stuck", want: []string{"stuck 200"}},
		{record: "quick-sinking-seed-2", config: sinking},
		{record: "quick-constant-seed-0-longer", want: []string{"collapse 8000", "d-wins 9082"}},
		{record: "vivid", config: vivid},
		{record: "vivid-twenty", config: vivid},
		{record: "vivid-longer", config: vivid},
		{record: "vivid-d-ahead", config: vivid},
		{record: "vivid-tiny", config: vivid, want: []string{"d-wins 200"}},
		{record: "vivid-tiny-16", config: vivid, want: []string{"d-wins 487"}},
		{record: "vivid-unstable", config: vivid, want: []string{"unstable 200"}},
		{record: "vivid-unstable-later", config: vivid, want: []string{"unstable 531"}},
		{record: "vivid-collapse", config: vivid, want: []string{"collapse 200"}},
		{record: "vivid-noise", config: vivid, want: []string{"unstable 233", "noise 250"}},
	} {
		t.Run(test.record, func(t *testing.T) {
			if test.config.Loss == "" {
				test.config.Loss = gan.Sigmoid
			}
			lines, about := readRecord(t, test.record, test.config.Loss)
			w := alarm.NewMonitor(&test.config)
			var got []string
			for _, m := range lines {
				last := m.Step
				for m.Step = max(1, last-recordEvery+1); m.Step <= last; m.Step++ {
					line := m
					if m.Step < last {
						line.Look, line.Scores = nil, nil
					}
					for _, a := range w.Observe(line) {
						if !a.Ends {
							got = append(got, fmt.Sprintf("%s %d", a.Name, m.Step))
						}
					}
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("alarms %q, want %q\n%s", got, test.want, about)
			}
		})
	}
}

// The rules that read scores are tested on invented figures, since recording such runs takes hours.
func TestAlarmsOfScores(t *testing.T) {
	good := score.Scores{Precision: 0.6, NearDuplicates: 0.1, Coverage: 0.5, SWD: 50}
	for _, test := range []struct {
		name   string
		change func(s *score.Scores, l *score.Look)
		want   string
	}{
		{"good", func(*score.Scores, *score.Look) {}, ""},
		{"twins", func(s *score.Scores, _ *score.Look) { s.NearDuplicates = 0.7 }, "collapse"},
		{"coverage falls", func(s *score.Scores, _ *score.Look) { s.Coverage = 0.1 }, "collapse"},
		{"coverage is less", func(s *score.Scores, _ *score.Look) { s.Coverage = 0.3 }, ""},
		{"patches apart", func(s *score.Scores, _ *score.Look) { s.SWD = 95 }, "collapse"},
		{"patches less alike", func(s *score.Scores, _ *score.Look) { s.SWD = 80 }, ""},
		{"copies", func(s *score.Scores, _ *score.Look) { s.Copies = 0.5; s.NearDuplicates = 0.9 }, "copies"},
		{"early pictures, all alike", func(s *score.Scores, _ *score.Look) { s.NearDuplicates, s.Precision = 1, 0.02 }, ""},
		{"noise", func(s *score.Scores, l *score.Look) { s.NearDuplicates = 1; l.Sharpness, l.Spread = 6, 0.2 }, "noise"},
	} {
		w := alarm.NewMonitor(new(config.Config))
		before := steady(2000)
		before.Look, before.Scores = &score.Look{Sharpness: 1, Spread: 1}, &good
		if rang := w.Observe(before); len(rang) > 0 {
			t.Fatalf("good scores raise %v", rang)
		}
		m := steady(2500)
		s := good
		m.Look, m.Scores = &score.Look{Sharpness: 1.1, Spread: 0.9}, &s
		test.change(m.Scores, m.Look)
		got := ""
		for _, a := range w.Observe(m) {
			got += a.Name
		}
		if got != test.want {
			t.Errorf("%s: alarms %q, want %q", test.name, got, test.want)
		}
		// A sheet without scores does not end an alarm that scores began.
		sheet := steady(2600)
		sheet.Look = m.Look
		if rang := w.Observe(sheet); len(rang) > 0 {
			t.Errorf("%s: a sheet raises %v", test.name, rang)
		}
	}
}

// d-wins reads D's loss on generated pictures for the sigmoid objective, and the margin for the relativistic one. It
// does not read the margins of other objectives, because no runs have been measured for them.
func TestDWinsByObjective(t *testing.T) {
	for objective, want := range map[string]int{gan.Sigmoid: 1, gan.Relativistic: 1, gan.Hinge: 0, gan.NonSaturating: 0} {
		w, rang := alarm.NewMonitor(&config.Config{Loss: objective}), 0
		for step := 1; step <= 600; step++ {
			losses := sigmoidLosses(0.01, float64(step))
			if objective != gan.Sigmoid {
				losses = gan.Losses{}
				losses.Set(gan.LossD, 0.01)
				losses.Set(gan.LossG, float64(step))
				losses.Set(gan.Margin, 5)
				losses.Set(gan.MarginSign, 1)
			}
			rang += len(w.Observe(alarm.Figures{Step: step, Losses: losses}))
		}
		if rang != want {
			t.Errorf("%s: %d alarms, want %d", objective, rang, want)
		}
	}
}

// A step without an alarm allocates nothing.
func TestObserveAllocatesNothing(t *testing.T) {
	w := alarm.NewMonitor(new(config.Config))
	m := steady(1)
	step := func() {
		w.Observe(m)
		m.Step++
	}
	m.Look = &score.Look{Sharpness: 1, Spread: 1}
	step()
	if n := testing.AllocsPerRun(100, step); n > 0 {
		t.Errorf("%g allocations a step", n)
	}
}
