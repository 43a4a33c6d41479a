package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/run"
)

// asking trains a run and makes the requests after the steps named, whenever these
// have been made. It returns what was told.
func asking(t *testing.T, r *run.Run, e engine.Engine, requests map[int][]run.Request) (notes []string, err error) {
	t.Helper()
	defer r.Close()
	training := &Training{Engine: e, Pictures: pictures(t), Report: func(p Progress) {
		notes = append(notes, p.Notes...)
		for _, q := range requests[p.Step] {
			if err := run.Ask(r.Dir, q); err != nil {
				t.Error(err)
			}
		}
	}}
	err = training.Run(context.Background(), r)
	return notes, err
}

var liveChanges = map[int][]run.Request{
	3: {{Setting: config.KeyLRD, Value: 0.01, Why: "a try"}},
	6: {{Setting: config.KeyGenUpdates, Value: 2}, {Setting: config.KeyLabelSmoothing, Value: 0.5}},
	8: {{Setting: config.KeyLRG, Value: 0.03}},
}

// A run whose settings were changed while it trained, and that died at any step and
// was resumed, has the bytes of one that was given the changes in the beginning.
func TestLiveChangesAreExact(t *testing.T) {
	c := tiny(t)
	for step, requests := range liveChanges {
		for _, q := range requests {
			if _, err := c.Change(config.Change{Step: step + 1, Setting: q.Setting, Value: q.Value, Why: q.Why}); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	plain, err := create(t, tiny(t), newFake(tiny(t)), 0)
	if err != nil || contents(t, plain)["generator.logits.bias"] == want["generator.logits.bias"] {
		t.Fatal("the changes change nothing", err)
	}
	for k := 1; k <= c.Steps+1; k++ {
		t.Run(fmt.Sprintf("died at %d", k), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			r, err := run.Create(dir, tiny(t))
			if err != nil {
				t.Fatal(err)
			}
			dead := newFake(c)
			dead.failAt = k
			if _, err = asking(t, r, dead, liveChanges); err != nil {
				if !errors.Is(err, errFake) {
					t.Fatal(err)
				}
				if r, err = run.Open(dir); err != nil {
					t.Fatal(err)
				}
				if _, err := asking(t, r, newFake(c), liveChanges); err != nil {
					t.Fatal(err)
				}
			}
			sameContents(t, contents(t, dir), want)
			text, err := os.ReadFile(configFile(dir))
			if err != nil || string(text) != string(c.JSON()) {
				t.Errorf("config.json is %s, %v", text, err)
			}
		})
	}
}

// What a run was told is told on, and what it cannot do is told too.
func TestNotesOfRequests(t *testing.T) {
	r, err := run.Create(filepath.Join(t.TempDir(), "run"), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	notes, err := asking(t, r, newFake(tiny(t)), map[int][]run.Request{
		2: {{Setting: config.KeyLRD, Value: 0.01, Why: "a try"}}, 4: {{Setting: config.KeyLRD, Value: -1}}, 5: {{Setting: config.KeyLRD, Value: 0.01}},
	})
	want := []string{"lr_d is 0.01 from step 3 on (a try)", "a request is not met: lr_d -1 is not possible"}
	if err != nil || !slices.Equal(notes, want) {
		t.Errorf("%q, %v", notes, err)
	}
}

// A request to stop does what Ctrl-C does, and the run resumes to the same bytes.
func TestRequestToStop(t *testing.T) {
	c := tiny(t)
	whole, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	r, err := run.Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = asking(t, r, newFake(c), map[int][]run.Request{6: {{Stop: true}}})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "stopped after step 7: by a request") {
		t.Error(err)
	}
	if got := steps(t, dir); got[len(got)-1] != 7 {
		t.Errorf("checkpoints %v", got)
	}
	if err := resume(t, dir, newFake(c), 0); err != nil {
		t.Fatal(err)
	}
	sameContents(t, contents(t, dir), contents(t, whole))
}

// Requests are for the process that trains: where none does they are refused, and
// the next one does not find what was asked of a dead one.
func TestRequestsDieWithTheirProcess(t *testing.T) {
	c := tiny(t)
	dir, err := create(t, c, newFake(c), 6)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := run.Ask(dir, run.Request{Stop: true}); !errors.Is(err, run.ErrNotTraining) {
		t.Errorf("a request to nobody: %v", err)
	}
	os.MkdirAll(requestsFolder(dir), 0o777)
	tear(t, filepath.Join(requestsFolder(dir), "1.json"), `{"stop":true}`)
	if err := resume(t, dir, newFake(c), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(requestsFolder(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of requests is left: %v", err)
	}
}

// A run that goes back to a step has the changes before it and not those after, and
// what changes then is a change too: the new run can be replayed from its beginning.
func TestRewindKeepsEarlierChanges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	r, err := run.Create(dir, tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asking(t, r, newFake(tiny(t)), liveChanges); err != nil {
		t.Fatal(err)
	}
	list, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		t.Fatal(err)
	}
	from := list[len(list)-2] // of step 10
	to := filepath.Join(t.TempDir(), "back")
	err = run.Rewind(dir, from, to, func(c *config.Config) error {
		_, err := c.Change(config.Change{Step: from.Step + 1, Setting: config.KeyLRD, Value: 0.002})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := resume(t, to, newFake(tiny(t)), 0); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(configFile(to))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(text)
	if err != nil || len(c.Changes) != 5 {
		t.Fatal(c.Changes, err)
	}
	replay, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, want := contents(t, to), contents(t, replay)
	for _, name := range []string{"generator.logits.bias", "adam_v.discriminator.conv1.weight", "metrics.jsonl", "updates"} {
		if got[name] == "" || got[name] != want[name] {
			t.Errorf("%s of the rewound run is not that of its replay", name)
		}
	}
	if err := run.Rewind(dir, list[0], filepath.Join(t.TempDir(), "early"), func(c *config.Config) error {
		for _, change := range c.Changes {
			if change.Step > list[0].Step {
				t.Errorf("step %d has the change %v", list[0].Step, change)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
