package train

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// The rule counts work: it needs no clock, and scores checkpoints only.
func TestScoreEvery(t *testing.T) {
	for _, c := range []struct {
		recipe string
		change func(*config.Config)
		want   int
	}{
		{config.Reference, func(*config.Config) {}, 500},
		{config.Quick, func(*config.Config) {}, 1000},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = -1 }, 0},
		{config.Reference, func(c *config.Config) { c.ScoreEvery = 70 }, 70},
	} {
		s, err := config.Recipe(c.recipe)
		if err != nil {
			t.Fatal(err)
		}
		c.change(s)
		if got := scoreEvery(s, gan.NewModel(s)); got != c.want {
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
	r, err := Create(filepath.Join(scored, "run"), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var told []int
	s, err := r.begin(newFake(c), pictures(t), func(p Progress) {
		if p.Scores != nil {
			told = append(told, p.Step)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	s.scoreN = n
	if err := errors.Join(s.loop(t.Context()), s.log.Close()); err != nil {
		t.Fatal(err)
	}

	got, want := contents(t, r.Dir), contents(t, plain)
	delete(got, "metrics.jsonl")
	delete(want, "metrics.jsonl")
	sameContents(t, got, want)

	scores, err := Scores(r.Dir)
	if err != nil || len(scores) != 4 || !slices.Equal(told, []int{3, 6, 9, 12}) {
		t.Fatalf("scores of %d steps, told of %v, %v", len(scores), told, err)
	}
	lowest := 3
	for step, s := range scores {
		if s.N != n {
			t.Errorf("%d samples at step %d", s.N, step)
		}
		if s.KID < scores[lowest].KID {
			lowest = step
		}
	}
	best, _, err := Best(r.Dir)
	if err != nil || best.Step != lowest {
		t.Errorf("the best is step %d, want %d: %v", best.Step, lowest, err)
	}
	if left := steps(t, r.Dir); !slices.Contains(left, lowest) || !slices.Contains(left, 12) || len(left) > 2 {
		t.Errorf("checkpoints of steps %v, the best is %d", left, lowest)
	}
	if _, _, err := Best(plain); !errors.Is(err, checkpoint.ErrNone) {
		t.Errorf("the best of a run without scores: %v", err)
	}
}
