package run

import (
	"slices"
	"testing"

	"dcgan/internal/alarm"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/score"
)

// steady returns the line of a step of a training without problems.
func steady(step int) *Metrics {
	m := &Metrics{Step: step}
	m.Losses.Set(gan.LossDOnGenerated, 1)
	m.Losses.Set(gan.LossG, 0.5)
	return m
}

// An alarm that is read from metrics.jsonl lasts from its begin to its end.
func TestAlarms(t *testing.T) {
	dir := t.TempDir()
	log, err := OpenLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	monitor := alarm.NewMonitor(new(config.Config))
	for step := 1; step <= 20; step++ {
		m := steady(100 * step)
		m.Look = &score.Look{Sharpness: 1 + float64(step)/10, Spread: 1}
		if 7 <= step && step < 12 || step >= 18 {
			m.Look.Spread = 0.1
		}
		m.Alarms = monitor.Observe(m.Figures())
		if err := log.Step(m, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Alarms(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].Seen, got[i].Advice = "", ""
	}
	want := []alarm.Episode{{Name: "collapse", From: 700, To: 1200}, {Name: "collapse", From: 1800}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}

	// A monitor rebuilt from the lines repeats no alarm and forgets none.
	for _, step := range []int{600, 700, 1100, 1200, 1700} {
		monitor, err := Monitor(dir, new(config.Config), step)
		if err != nil {
			t.Fatal(err)
		}
		next := steady(step + 1)
		next.Look = &score.Look{Sharpness: 2, Spread: 0.1}
		if begins := len(monitor.Observe(next.Figures())) > 0; begins != (step < 700 || step >= 1200) {
			t.Errorf("after step %d an alarm begins: %v", step, begins)
		}
	}
}
