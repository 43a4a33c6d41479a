package train

import (
	"slices"
	"testing"

	"dcgan/internal/score"
)

// steady is a step of a training that goes well.
func steady(step int) *Metrics {
	return &Metrics{Step: step, DiscriminatorOnGenerated: 1, GeneratorLoss: 0.5}
}

// A watch keeps no more than it must and looks at a step in place.
func TestWatchAllocatesNothing(t *testing.T) {
	w := newWatch()
	m := steady(1)
	step := func() {
		w.take(m)
		m.Step++
	}
	m.Look = &score.Look{Sharpness: 1, Spread: 1}
	step()
	if n := testing.AllocsPerRun(100, step); n > 0 {
		t.Errorf("%g allocations a step", n)
	}
}

// An alarm lasts from where it begins to where it ends, also for one who reads
// metrics.jsonl.
func TestAlarms(t *testing.T) {
	dir := t.TempDir()
	log, err := openLog(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := newWatch()
	for step := 1; step <= 20; step++ {
		m := steady(100 * step)
		m.Look = &score.Look{Sharpness: 1 + float64(step)/10, Spread: 1}
		if 7 <= step && step < 12 || step >= 18 {
			m.Look.Spread = 0.1
		}
		m.Alarms = w.take(m)
		if err := log.Figures(m, 0); err != nil {
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
	if want := []Rung{{Name: "collapse", From: 700, To: 1200}, {Name: "collapse", From: 1800}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}

	// What is rebuilt from the lines rings no alarm twice and forgets none.
	for _, step := range []int{600, 700, 1100, 1200, 1700} {
		w, err := watchUntil(dir, step)
		if err != nil {
			t.Fatal(err)
		}
		next := steady(step + 1)
		next.Look = &score.Look{Sharpness: 2, Spread: 0.1}
		if rings := len(w.take(next)) > 0; rings != (step < 700 || step >= 1200) {
			t.Errorf("after step %d an alarm begins: %v", step, rings)
		}
	}
}
