package checkpoint

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fill saves checkpoints into a new folder. "3 w5 7" stands for full ones of steps 3
// and 7 and the weights of step 5.
func fill(t *testing.T, list string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, word := range strings.Fields(list) {
		s := tiny(t, 1)
		digits, weights := strings.CutPrefix(word, "w")
		if _, err := fmt.Sscan(digits, &s.Step); err != nil {
			t.Fatal(err)
		}
		if weights {
			s.State = s.State.Weights()
		}
		if _, err := Save(dir, s); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// listed is the inverse of fill. It reads every file and checks it against its name.
func listed(t *testing.T, dir string) string {
	t.Helper()
	list, err := files(dir)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range list {
		s, err := Load(e.Path)
		if err != nil || s.Step != e.Step || s.State.Full() != e.Full {
			t.Fatalf("%s is not what its name says (%v)", e.Path, err)
		}
		words = append(words, map[bool]string{true: "", false: "w"}[e.Full]+fmt.Sprint(e.Step))
	}
	return strings.Join(words, " ")
}

// A full checkpoint takes 3 bytes here, one of weights 1. Prune leaves 4 bytes of a
// budget free: for the next checkpoint, and for weights that are being copied.
func TestPrune(t *testing.T) {
	scores := map[int]float64{1: 0.5, 2: 0.3, 3: 0.4, 4: 0.6, 5: 0.9}
	for _, c := range []struct {
		name, before string
		r            Retention
		after        string
	}{
		{"the newest", "1 2 3 4 5", Retention{Keep: 2}, "4 5"},
		{"and the best", "1 2 3 4 5", Retention{Keep: 2, KeepBest: 2, Score: scores}, "2 3 4 5"},
		{"the best are among the newest", "2 3", Retention{Keep: 2, KeepBest: 2, Score: scores}, "2 3"},
		{"no scores", "1 2 3", Retention{Keep: 1, KeepBest: 2}, "3"},
		{"weights of every second", "1 2 3 4 5", Retention{Keep: 1, WeightsEvery: 2}, "w2 w4 5"},
		{"weights stay", "w2 w4 5 6", Retention{Keep: 1, WeightsEvery: 2}, "w2 w4 6"},
		{"weights that nobody asks for stay", "w2 w3 5", Retention{Keep: 1}, "w2 w3 5"},
		{"weights do not count as the newest", "3 4 w6", Retention{Keep: 1}, "4 w6"},
		{"nor as the best", "1 w2 3 5", Retention{Keep: 1, KeepBest: 1, Score: scores}, "w2 3 5"},
		{"weights beside their full one, which goes", "2 w2 5", Retention{Keep: 1, WeightsEvery: 2}, "w2 5"},
		{"weights beside their full one, which stays", "2 w2 5 w5", Retention{Keep: 2}, "2 5"},

		{"a budget that suffices", "1 2 3 4 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, Budget: 16}, "2 3 4 5"},
		{"the older of the newest goes first", "2 3 4 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, Budget: 15}, "2 3 5"},
		{"but its weights, if they are to stay", "2 3 4 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, WeightsEvery: 4, Budget: 14}, "2 3 w4 5"},
		{"then moments of the best, but the first", "2 3 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, Budget: 11}, "2 w3 5"},
		{"which outweigh weights of others", "w1 2 3 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, Budget: 11}, "2 w3 5"},
		{"but not the first's weights", "w1 2 3 5",
			Retention{Keep: 2, KeepBest: 2, Score: scores, Budget: 9}, "w2 w3 5"},
		{"what is left over goes to the others", "w1 w4 2 5",
			Retention{Keep: 2, KeepBest: 1, Score: scores, Budget: 9}, "w2 w4 5"},
		{"weights go by their age, the best last", "w1 w2 w3 w4 5",
			Retention{Keep: 1, KeepBest: 1, Score: scores, Budget: 9}, "w2 w4 5"},
		{"the best alone", "w1 w2 w3 w4 5", Retention{Keep: 1, KeepBest: 1, Score: scores, Budget: 8}, "w2 5"},
		{"the least budget", "1 w2 4 5", Retention{Keep: 2, KeepBest: 1, Score: scores, Budget: 6}, "5"},
		{"the newest stays even beyond", "w1 w2 5", Retention{Keep: 2, KeepBest: 1, Score: scores, Budget: 1}, "5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := fill(t, c.before)
			c.r.FullSize, c.r.WeightsSize = 3, 1
			for range 2 { // the second time there is nothing left to do
				if err := Prune(dir, &c.r); err != nil {
					t.Fatal(err)
				}
				if got := listed(t, dir); got != c.after {
					t.Errorf("of %s there is %s, want %s", c.before, got, c.after)
				}
			}
		})
	}
}

// A long training stays within its budget, also while the next checkpoint is saved and
// weights are copied. The newest full checkpoint and at least the weights of the best
// one are always there.
func TestBudget(t *testing.T) {
	for _, budget := range []int64{8, 9, 10, 11, 13, 20} {
		dir, s := t.TempDir(), tiny(t, 1)
		r := &Retention{
			Keep: 2, KeepBest: 2, Score: map[int]float64{}, WeightsEvery: 4,
			Budget: budget, FullSize: 3, WeightsSize: 1,
		}
		best := 0
		for s.Step = 1; s.Step <= 40; s.Step++ {
			if _, err := Save(dir, s); err != nil {
				t.Fatal(err)
			}
			if s.Step%2 == 0 {
				r.Score[s.Step] = rand.Float64()
				if best == 0 || r.Score[s.Step] < r.Score[best] {
					best = s.Step
				}
			}
			list, err := List(dir)
			if err != nil {
				t.Fatal(err)
			}
			var used, kept int64 // before any removal; after whole checkpoints are removed
			copied := int64(0)
			stays := r.plan(list)
			for _, e := range list {
				used += r.size(e.extent())
				if stays[e.Step] != nothing {
					kept += r.size(e.extent())
				}
				if e.Full && stays[e.Step] == weights {
					copied = r.WeightsSize
				}
			}
			used = max(used, kept+copied)
			if err := Prune(dir, r); err != nil {
				t.Fatal(err)
			}
			latest, err := Latest(dir)
			if used > budget || err != nil || latest.Step != s.Step || best > 0 && stays[best] == nothing {
				t.Fatalf("budget %d, step %d: %s take up to %d; the best is %d", budget, s.Step, listed(t, dir), used, best)
			}
		}
	}
}

// The file of weights made from a full checkpoint equals the one that Save writes.
func TestKeepWeights(t *testing.T) {
	s := tiny(t, 4)
	dir, other := t.TempDir(), t.TempDir()
	path, err := Save(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	s.State = s.State.Weights()
	wanted, err := Save(other, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := keepWeights(Entry{s.Step, path, true}); err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(wanted)
	got, err := os.ReadFile(filepath.Join(dir, WeightsName(s.Step)))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want those %d of Save (%v)", len(got), len(want), err)
	}
	if listed(t, dir) != "w500" {
		t.Errorf("left: %s", listed(t, dir))
	}
}

// A damaged full checkpoint is removed without an error.
func TestKeepWeightsOfADamagedFile(t *testing.T) {
	dir := fill(t, "2 3")
	path := filepath.Join(dir, Name(2))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file[len(file)-1] ^= 1
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Prune(dir, &Retention{Keep: 1, WeightsEvery: 2}); err != nil || listed(t, dir) != "3" {
		t.Errorf("left: %s (%v)", listed(t, dir), err)
	}
}
