package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// A run that begins with learnt weights dies before and after its first checkpoint, is resumed, and is replayed from
// its config.json: the same bytes, which are not those of a run from nothing.
func TestRunsFromLearntWeightsAreExact(t *testing.T) {
	source, err := create(t, tiny(t), newFake(tiny(t)), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := tiny(t)
	c.NGF, c.Seed, c.LRG = 4, 5, 2e-4 // the width becomes that of the weights
	startFrom(t, c, source)
	if want := filepath.Join(run.Checkpoints(source), checkpoint.Name(12)); c.From != want || c.NGF != 2 || c.LRG != 2e-4 {
		t.Errorf("from %s, width %d", c.From, c.NGF)
	}
	whole, err := create(t, c, newFake(c), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	for _, stop := range []int{2, 7} {
		dead := newFake(c)
		dead.failAt = stop
		dir, err := create(t, c, dead, 0)
		if err == nil {
			t.Fatal("the engine did not fail")
		}
		if err := resume(t, dir, newFake(c), 0); err != nil {
			t.Fatal(err)
		}
		sameContents(t, contents(t, dir), want)
	}
	replayed, err := config.Parse(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	again, err := create(t, replayed, newFake(replayed), 0)
	if err != nil {
		t.Fatal(err)
	}
	sameContents(t, contents(t, again), want)
	replayed.From, replayed.FromWeights = "", ""
	nothing, err := create(t, replayed, newFake(replayed), 0)
	if err != nil || contents(t, nothing)["generator.logits.bias"] == want["generator.logits.bias"] {
		t.Error("the learnt weights change nothing", err)
	}
}

func startFrom(t *testing.T, c *config.Config, path string) *run.Learnt {
	t.Helper()
	learnt, err := run.FindLearnt(path)
	if err != nil {
		t.Fatal(err)
	}
	learnt.Start(c)
	return learnt
}

// What does not fit, or is gone, or is not what it was, is an error with a hint.
func TestRunsFromOtherWeights(t *testing.T) {
	source, err := create(t, tiny(t), newFake(tiny(t)), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := tiny(t)
	learnt := startFrom(t, c, source)
	wide := *c
	wide.NDF = 8
	err = learnt.Check(&wide)
	if err == nil || err.Error() != "ndf 8 is not possible" || !strings.HasPrefix(config.HintOf(err), "2, as in ") {
		t.Errorf("other networks: %v", err)
	}
	if err := learnt.Check(c); err != nil {
		t.Error(err)
	}
	changed := *c
	changed.FromWeights = "0123"
	if _, err := create(t, &changed, newFake(&changed), 0); err == nil || !strings.Contains(err.Error(), "holds others") {
		t.Errorf("other weights: %v", err)
	}
	if err := os.RemoveAll(source); err != nil {
		t.Fatal(err)
	}
	if _, err := create(t, c, newFake(c), 0); err == nil || config.HintOf(err) == "" {
		t.Errorf("no weights: %v", err)
	}
}
