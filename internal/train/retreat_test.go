package train

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// diverging trains a run whose losses become no numbers at a step, until its alarm.
func diverging(t *testing.T, c *config.Config, e *fakeEngine, at int) (*run.Run, *AlarmError) {
	t.Helper()
	e.divergeAt = at
	r, err := run.Create(filepath.Join(t.TempDir(), "run"), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	ended, ok := errors.AsType[*AlarmError]((&Training{Engine: e, Pictures: pictures(t)}).once(t.Context(), r))
	if !ok || ended.Step != at || ended.Alarm.Name != alarm.NonFinite || !errors.Is(ended, ErrDiverged) {
		t.Fatalf("the training ended with %v", ended)
	}
	return r, ended
}

// rewinding are the settings of a run of 120 steps with a checkpoint every 20.
func rewinding(t *testing.T) *config.Config {
	c := tiny(t)
	c.OnAlarm, c.Steps, c.CheckpointEvery, c.SampleEvery, c.Keep = config.AlarmRewind, 120, 20, 200, 9
	return c
}

// An alarm leads back to a checkpoint from well before it, with what it blames halved;
// the new run's settings, trained from their beginning, give its very weights.
func TestRetreat(t *testing.T) {
	c := rewinding(t)
	e := newFake(c)
	r, ended := diverging(t, c, e, 100)
	first := r.Dir
	told, err := retreat(r, ended)
	if err != nil {
		t.Fatal(err)
	}
	if want := "rewound to step 40 of " + first + ", in " + first + "-2, lr_d 0.0002, lr_g 5e-05"; told != want {
		t.Errorf("told %q, want %q", told, want)
	}
	want := []config.Change{
		{Step: 41, Setting: config.KeyLRD, Value: c.LRD / 2, Why: "alarm non-finite at step 100"},
		{Step: 41, Setting: config.KeyLRG, Value: c.LRG / 2, Why: "alarm non-finite at step 100"},
	}
	if r.Dir != first+"-2" || r.Step != 40 || r.Config.Rewinds != 1 || r.Config.ParentStep != 40 || !slices.Equal(r.Config.Changes, want) {
		t.Errorf("%s at step %d with %+v", r.Dir, r.Step, r.Config)
	}
	if err := (&Training{Engine: e, Pictures: pictures(t)}).once(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	replayed, err := create(t, r.Config, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	sameContents(t, contents(t, r.Dir), contents(t, replayed))

	// The old run can be trained by others, and is as it was.
	old, err := run.Open(first)
	if err != nil {
		t.Fatal(err)
	}
	if old.Step != 80 || old.Config.Rewinds != 0 {
		t.Errorf("the old run stands at step %d after %d rewinds", old.Step, old.Config.Rewinds)
	}
	old.Close()
}

// Without a checkpoint from before the trouble the new run begins at the beginning.
func TestRetreatToTheBeginning(t *testing.T) {
	c := rewinding(t)
	r, ended := diverging(t, c, newFake(c), 60)
	if _, err := retreat(r, ended); err != nil {
		t.Fatal(err)
	}
	if rates := r.Config.RatesAt(1); r.Step != 0 || rates.LRD != c.LRD/2 || r.Config.Parent == "" {
		t.Errorf("step %d, %+v, parent %q", r.Step, rates, r.Config.Parent)
	}
}

// The best checkpoint is gone back to, not the newest, if there are scores.
func TestRetreatToTheBest(t *testing.T) {
	c := rewinding(t)
	r, ended := diverging(t, c, newFake(c), 118)
	lines := `{"step":20,"kid":3,"swd":1}
{"step":40,"kid":4,"swd":0.25}
{"step":60,"kid":2,"swd":1}
{"step":100,"kid":0,"swd":1}
`
	if err := os.WriteFile(metricsFile(r.Dir), []byte(lines), 0o666); err != nil {
		t.Fatal(err)
	}
	if at, err := ended.Checkpoint(r.Dir); err != nil || at.Step != 40 {
		t.Errorf("back to step %d, %v", at.Step, err)
	}
	if err := os.RemoveAll(filepath.Join(run.Checkpoints(r.Dir), checkpoint.Name(40))); err != nil {
		t.Fatal(err)
	}
	if at, err := ended.Checkpoint(r.Dir); err != nil || at.Step != 60 {
		t.Errorf("back to step %d, %v", at.Step, err)
	}
}

// Damaged checkpoints are passed over; if all are damaged, the new run begins at the beginning.
func TestRetreatPassesOverDamage(t *testing.T) {
	c := rewinding(t)
	r, ended := diverging(t, c, newFake(c), 118)
	for _, back := range []struct{ damaged, to int }{{60, 40}, {40, 20}, {20, 0}} {
		if err := os.Truncate(filepath.Join(run.Checkpoints(r.Dir), checkpoint.Name(back.damaged)), 100); err != nil {
			t.Fatal(err)
		}
		if at, err := ended.Checkpoint(r.Dir); err != nil || at.Step != back.to {
			t.Errorf("step %d damaged: back to step %d, want %d, %v", back.damaged, at.Step, back.to, err)
		}
	}
	if _, err := retreat(r, ended); err != nil || r.Step != 0 {
		t.Errorf("begins at step %d, %v", r.Step, err)
	}
}

// Where nothing can be softened, or too often was, a run stays where it is.
func TestNoRetreat(t *testing.T) {
	c := rewinding(t)
	c.Rewinds = config.MaxRewinds
	r, ended := diverging(t, c, newFake(c), 100)
	if _, err := retreat(r, ended); !errors.Is(err, errNoRetreat) {
		t.Errorf("after %d rewinds: %v", c.Rewinds, err)
	}
	r.Config.Rewinds = 0
	copies := &AlarmError{Step: 100, Alarm: alarm.Alarm{Name: "copies"}}
	if _, err := retreat(r, copies); !errors.Is(err, errNoRetreat) {
		t.Errorf("against copies: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(r.Dir), "*")); len(left) != 1 {
		t.Errorf("made %v", left)
	}
}

// A training that an alarm stops has saved that step, and goes on from there without
// ringing again.
func TestStopOnAlarm(t *testing.T) {
	c := tiny(t)
	c.OnAlarm, c.Steps, c.CheckpointEvery, c.SampleEvery = config.AlarmStop, 260, 300, 50
	e := newFake(c)
	e.stillFrom = 1
	dir, err := create(t, c, e, 0)
	ended, ok := errors.AsType[*AlarmError](err)
	if !ok || ended.Alarm.Name != "stuck" || ended.Step != 200 {
		t.Fatalf("the training ended with %v", err)
	}
	if got := steps(t, dir); !slices.Equal(got, []int{200}) {
		t.Errorf("checkpoints %v", got)
	}
	if err := resume(t, dir, e, 0); err != nil {
		t.Error(err)
	}
	if rung, err := run.Alarms(dir); err != nil || len(rung) != 1 || rung[0].From != 200 || rung[0].To != 0 {
		t.Errorf("alarms %+v, %v", rung, err)
	}
}
