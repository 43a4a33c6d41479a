package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

func TestHalving(t *testing.T) {
	for _, c := range []struct {
		n, eta, first int
		want          []Rung
	}{
		{2, 3, 100, []Rung{{100, 2}}},
		{3, 3, 100, []Rung{{100, 3}}},
		{4, 3, 100, []Rung{{100, 4}, {300, 2}}},
		{6, 3, 100, []Rung{{100, 6}, {300, 2}}},
		{9, 3, 100, []Rung{{100, 9}, {300, 3}}},
		{10, 3, 100, []Rung{{100, 10}, {300, 4}, {900, 2}}},
		{27, 3, 10, []Rung{{10, 27}, {30, 9}, {90, 3}}},
		{6, 2, 50, []Rung{{50, 6}, {100, 3}, {200, 2}}},
		{8, 2, 50, []Rung{{50, 8}, {100, 4}, {200, 2}}},
		{1, 2, 7, []Rung{{7, 1}}},
	} {
		if got := Halving(c.n, c.eta, c.first); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d candidates, eta %d: %v, want %v", c.n, c.eta, got, c.want)
		}
	}
}

func TestFirstOfSteps(t *testing.T) {
	for _, c := range []struct{ n, eta, steps, want int }{
		{2, 3, 100, 100}, {6, 3, 100, 33}, {27, 3, 90, 10}, {27, 3, 98, 10}, {27, 3, 8, 0},
	} {
		if got := firstOfSteps(c.n, c.eta, c.steps); got != c.want {
			t.Errorf("%d candidates, eta %d, %d steps: %d in the first rung, want %d", c.n, c.eta, c.steps, got, c.want)
		}
	}
}

// Four candidates with eta 2 and r steps first: all four make r, the two slowest r
// more, and each is scored at r and the two at 2r.
func TestDuration(t *testing.T) {
	costs := []cost{{1, 10}, {4, 30}, {2, 20}, {3, 40}}
	if got, want := duration(costs, 2, 5), 5*(1+4+2+3)+(10+30+20+40)+5*(4+3)+(30+40); got != float64(want) {
		t.Errorf("%g s, want %d", got, want)
	}
	for budget := 200.0; budget < 400; budget += 3 {
		r := firstOfBudget(costs, 2, budget)
		if duration(costs, 2, r) > budget || duration(costs, 2, r+1) <= budget {
			t.Errorf("%d steps in the first rung are not the most for %g s", r, budget)
		}
	}
	if r := firstOfBudget(costs, 2, 160); r > 0 {
		t.Errorf("%d steps in the time of scores alone", r)
	}
}

// sweepRequest asks for five candidates of 4 steps and the best two of them to 12.
func sweepRequest(t *testing.T) Request {
	c := tiny(t)
	c.Mirror = config.MirrorAuto
	rates := []json.RawMessage{[]byte("0.1"), []byte("0.2"), []byte("0.3"), []byte("0.4"), []byte("1")}
	return Request{Settings: c, Varied: []Varied{{"lr_g", rates}}, Eta: 3, ScoreN: 20, Steps: 12}
}

// tiny returns the settings of a training that takes no time.
func tiny(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.NZ, c.Batch, c.Steps, c.Threads = 8, 2, 2, 4, 4, 12, 1
	c.ScoreEvery, c.SampleEvery = -1, 100
	return c
}

// pictures returns the embedded ones at the size of tiny, read once.
func pictures(t *testing.T) *dataset.Set {
	t.Helper()
	set, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var demo = sync.OnceValues(func() (*dataset.Set, error) {
	return dataset.Demo(dataset.Options{Size: 8, Channels: 3, Fit: config.FitCover, Filter: config.FilterAntialias})
})

// diverging is an engine whose losses are no numbers.
type diverging struct{ engine.Engine }

func (e diverging) Step(b gan.Batch, rates config.Rates) (gan.Losses, error) {
	l, err := e.Engine.Step(b, rates)
	l.Set(gan.LossD, math.NaN())
	return l, err
}

// contents returns what a run's folder holds that must not depend on stops: the metrics
// without their times and the newest checkpoint's tensors, by names.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	text := read(t, filepath.Join(dir, "metrics.jsonl"))
	all := map[string]string{"metrics": regexp.MustCompile(`"time_s":[0-9.e-]+,`).ReplaceAllString(text, "")}
	newest, err := checkpoint.Latest(run.Checkpoints(dir))
	if err != nil {
		t.Fatal(err)
	}
	s, err := checkpoint.Load(newest.Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range s.State.Tensors {
		all[name] = fmt.Sprintf("%x", x.Data)
	}
	return all
}

// testSweep runs a sweep to its end, asking it to stop after each so many steps (0:
// never), and returns its folder and the number of steps that were trained in all. A
// training makes one step more before it stops. The candidate of rate 1 diverges.
func testSweep(t *testing.T, every int) (dir string, trained int) {
	t.Helper()
	s, err := New(sweepRequest(t))
	if err != nil {
		t.Fatal(err)
	}
	s.Data = pictures(t).Fingerprint()
	dir = filepath.Join(t.TempDir(), "sweep")
	if err := s.Create(dir); err != nil {
		t.Fatal(err)
	}
	for {
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Run(ctx, &Trials{
			Pictures: pictures(t),
			Open: func(c *config.Config) (engine.Engine, error) {
				e, err := engine.Open(c)
				if c.LRG == 1 {
					e = diverging{e}
				}
				return e, err
			},
			Watch: func(int, *Candidate, int) func(train.Progress) {
				return func(train.Progress) {
					if trained++; every > 0 && trained%every == 0 {
						cancel()
					}
				}
			},
			Changed: func() error { return nil },
		})
		cancel()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			return dir, trained
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if s, err = Open(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweep(t *testing.T) {
	whole, trained := testSweep(t, 0)
	t.Run("stops", func(t *testing.T) { testSweepStops(t, whole, trained) })
	t.Run("refuses", func(t *testing.T) { testSweepRefuses(t, whole) })
	t.Run("ends", func(t *testing.T) { testSweepEnds(t, whole) })
}

// A sweep that is stopped now and then, also where a score is cut off, makes the
// steps and comes to the results of one that never stops.
func testSweepStops(t *testing.T, whole string, trained int) {
	if want := 4*4 + 2*8; trained != want {
		t.Errorf("%d steps, want %d", trained, want)
	}
	for _, every := range []int{1, 4} {
		parts, trained := testSweep(t, every)
		if want := 4*4 + 2*8; trained != want {
			t.Errorf("%d steps with stops every %d, want %d", trained, every, want)
		}
		if a, b := read(t, planFile(whole)), read(t, planFile(parts)); a != b {
			t.Errorf("sweep.json with stops every %d steps:\n%s\nwant\n%s", every, b, a)
		}
		s, err := Read(whole)
		if err != nil {
			t.Fatal(err)
		}
		winner := s.Candidates[s.Winner-1].Run
		for name, want := range contents(t, filepath.Join(whole, winner)) {
			if contents(t, filepath.Join(parts, winner))[name] != want {
				t.Errorf("with stops every %d steps %s differs", every, name)
			}
		}
	}
}

// What a finished sweep says and keeps.
func testSweepEnds(t *testing.T, dir string) {
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := s.Ranking()
	winner, second, last := list[0], list[1], list[4]
	if winner.Number != s.Winner || len(winner.Results) != 2 || winner.Last().Step != 12 || winner.Last().Distance() > second.Last().Distance() {
		t.Errorf("the winner is %+v, before %+v", winner, second)
	}
	if list[2].Results[0].Distance() > list[3].Results[0].Distance() || len(list[2].Results) != 1 || second.Results[0].Distance() > list[2].Results[0].Distance() {
		t.Errorf("places 3 and 4: %+v, %+v", list[2], list[3])
	}
	if last.Number != 5 || !strings.Contains(last.Diverged, "diverged at step 1") || last.Fate != last.Diverged {
		t.Errorf("the last is %+v", last)
	}
	for i, fate := range []string{"the best of 5", "place 2 of 2 at step 12", "place 3 of 5 at step 4", "place 4 of 5 at step 4"} {
		if list[i].Fate != fate {
			t.Errorf("place %d: %q, want %q", i+1, list[i].Fate, fate)
		}
	}
	for i, c := range list {
		left, err := checkpoint.List(run.Checkpoints(s.RunDir(c)))
		if err != nil {
			t.Fatal(err)
		}
		scores := fmt.Sprint(read(t, filepath.Join(s.RunDir(c), "metrics.jsonl")))
		if (len(left) == 0) != (i > 0) {
			t.Errorf("place %d keeps checkpoints %v", i+1, left)
		}
		if n := strings.Count(scores, `"kid":`); n != []int{3, 3, 1, 1, 0}[i] {
			t.Errorf("place %d has %d scores", i+1, n)
		}
	}

	// The winner is a run like any other, with the settings that were asked for and what was found out about the data.
	r, err := run.Open(s.RunDir(winner))
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Config(winner)
	want.Mirror = config.MirrorYes
	if err != nil || !reflect.DeepEqual(r.Config, want) || want.LRG != 0.1*float64(winner.Number) && want.LRG != 0.3 {
		t.Errorf("the winner's settings are\n%+v, want\n%+v, %v", r.Config, want, err)
	}
	r.Config.Steps = 14
	e, err := engine.Open(r.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := errors.Join((&train.Training{Engine: e, Pictures: pictures(t)}).Run(t.Context(), r), r.Close()); err != nil {
		t.Error(err)
	}
}

func testSweepRefuses(t *testing.T, dir string) {
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(dir); err == nil {
		t.Error("a locked sweep was opened")
	}
	s.Data = "other"
	if err := s.Run(t.Context(), &Trials{Pictures: pictures(t)}); err == nil || !strings.Contains(err.Error(), "pictures are not those") {
		t.Errorf("other pictures: %v", err)
	}
	r := sweepRequest(t)
	r.Varied[0].Values[1] = []byte("2")
	if _, err := New(r); err == nil || !strings.Contains(err.Error(), "lr_g 2 is not possible") {
		t.Errorf("a rate of 2: %v", err)
	}
	plan := fmt.Sprintf(`{"version": 1, "settings": %s, `, s.Settings.JSON())
	start := plan + `"rungs": [{"steps": 4}], `
	for _, text := range []string{"", "{}", `{"version": 9}`, plan + `"rungs": [{}]}`, `{"version": 1, "settings": {}}`,
		start + `"candidates": []}`, start + `"candidates": [{"number": 1, "run": "../out"}]}`, start + `"candidates": [null]}`,
		start + `"candidates": [{"number": 2, "run": "runs/2"}]}`, start + `"candidates": [{"number": 1, "run": "runs/1"}], "winner": 2}`,
	} {
		file := filepath.Join(t.TempDir(), "sweep.json")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(filepath.Dir(file)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// All combinations, with the names of their folders; a change of a compared setting
// that the settings begin with goes.
func TestSweepGrid(t *testing.T) {
	c := tiny(t)
	c.Changes = []config.Change{{Step: 3, Setting: config.KeyLRG, Value: 0.5}, {Step: 4, Setting: config.KeyLRD, Value: 0.5}}
	s, err := New(Request{Settings: c, Varied: []Varied{
		{"lr_g", []json.RawMessage{[]byte("5e-05"), []byte("1e-04")}},
		{"latent", []json.RawMessage{[]byte(`"uniform"`), []byte(`"normal"`)}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"runs/01_lr_g=5e-05_latent=uniform", "runs/02_lr_g=5e-05_latent=normal",
		"runs/03_lr_g=0.0001_latent=uniform", "runs/04_lr_g=0.0001_latent=normal"} {
		if got := s.Candidates[i].Run; got != want {
			t.Errorf("candidate %d: %s, want %s", i+1, got, want)
		}
	}
	last, err := s.Config(s.Candidates[3])
	if err != nil || last.LRG != 1e-4 || last.Latent != config.LatentNormal || len(last.Changes) != 1 || len(c.Changes) != 2 {
		t.Errorf("the last candidate's settings are %+v, %v", last, err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
