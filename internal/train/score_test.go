package train

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/run"
)

// The rule counts work: it needs no clock, and scores checkpoints only.
func TestScoreEvery(t *testing.T) {
	for _, c := range []struct {
		recipe   string
		change   func(*config.Config)
		pictures int
		want     int
	}{
		{config.Reference, func(*config.Config) {}, 1000, 500},
		{config.Quick, func(*config.Config) {}, 1000, 2000},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = -1 }, 1000, 0},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = 70 }, 1000, 70},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = 70 }, 4, 70},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = 70 }, 3, 0},
	} {
		s, err := config.Recipe(c.recipe)
		if err != nil {
			t.Fatal(err)
		}
		c.change(s)
		if got := scoreEvery(s, gan.NewModel(s), c.pictures); got != c.want {
			t.Errorf("recipe %s, --score-every %d: every %d steps, want %d", c.recipe, s.ScoreEvery, got, c.want)
		}
	}
}

// Scores change nothing that is learnt, are in metrics.jsonl, and keep the best
// checkpoint beside the newest.
func TestScoresWhileTraining(t *testing.T) {
	const n = 20
	c := tiny(t)
	c.CheckpointEvery, c.Keep, c.KeepBest = 3, 1, 1
	plain, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}

	scored := t.TempDir()
	c.ScoreEvery = 3
	r, err := run.Create(filepath.Join(scored, "run"), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var told []int
	training := &Training{Engine: newFake(c), Pictures: pictures(t), Scorer: &Scorer{N: n}, Report: func(p Progress) {
		if p.Scores != nil {
			told = append(told, p.Step)
		}
	}}
	if err := training.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}

	got, want := contents(t, r.Dir), contents(t, plain)
	delete(got, "metrics.jsonl")
	delete(want, "metrics.jsonl")
	sameContents(t, got, want)

	scores, err := run.Scores(r.Dir)
	if err != nil || len(scores) != 4 || !slices.Equal(told, []int{3, 6, 9, 12}) {
		t.Fatalf("scores of %d steps, told of %v, %v", len(scores), told, err)
	}
	lowest := 3
	for step, s := range scores {
		if s.N != n {
			t.Errorf("%d samples at step %d", s.N, step)
		}
		if s.Distance() < scores[lowest].Distance() {
			lowest = step
		}
	}
	best, _, err := run.Best(r.Dir)
	if err != nil || best.Step != lowest {
		t.Errorf("the best is step %d, want %d: %v", best.Step, lowest, err)
	}
	if left := steps(t, r.Dir); !slices.Contains(left, lowest) || !slices.Contains(left, 12) || len(left) > 2 {
		t.Errorf("checkpoints of steps %v, the best is %d", left, lowest)
	}
	if _, _, err := run.Best(plain); !errors.Is(err, checkpoint.ErrNone) {
		t.Errorf("the best of a run without scores: %v", err)
	}
}

// The weights of every third step stay, also where it has no checkpoint of its own;
// what is learnt is the same with and without.
func TestSnapshotsOfWeights(t *testing.T) {
	c := tiny(t)
	c.CheckpointEvery, c.Keep, c.SnapshotEvery = 6, 1, 0
	plain, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	c.SnapshotEvery = 3
	dir, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	sameContents(t, contents(t, dir), contents(t, plain))
	if got := steps(t, dir); !slices.Equal(got, []int{3, 6, 9, 12}) {
		t.Errorf("checkpoints of steps %v", got)
	}
	list, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		s, err := checkpoint.Load(e.Path)
		if err != nil || s.State.Full() != (e.Step == 12) || !s.State.Calibrated(gan.NewModel(c)) {
			t.Errorf("step %d: %v", e.Step, err)
		}
	}
	back := filepath.Join(t.TempDir(), "back")
	if err := run.Rewind(dir, list[1], back, func(*config.Config) error { return nil }); !errors.Is(err, run.ErrWeightsOnly) || run.Exists(back) {
		t.Errorf("a rewind to weights: %v", err)
	}
}

// The best scores are those of the whole run, also of its earlier sessions.
func TestBestScores(t *testing.T) {
	s := &session{distance: map[int]float64{100: 3, 200: 2, 300: 4}}
	for step, want := range map[int]bool{200: true, 300: false, 400: false} {
		if got := s.best(step); got != want {
			t.Errorf("step %d: best %v, want %v", step, got, want)
		}
	}
	if s := (&session{distance: map[int]float64{100: 3}}); s.best(100) {
		t.Error("the only score is called the best")
	}
}
