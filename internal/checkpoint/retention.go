// The rule of which checkpoints of a run stay.

package checkpoint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Retention says which checkpoints of a run stay. The Keep newest and the KeepBest
// best full checkpoints stay full. Of the other steps that WeightsEvery divides, the
// weights stay. Budget may reduce all of this, but the newest full checkpoint always
// stays.
type Retention struct {
	Keep, KeepBest int
	Score          map[int]float64 // by step, less is better; steps may be missing
	WeightsEvery   int             // 0 means never

	Budget                int64 // the bytes that all files together may take; 0 means no limit
	FullSize, WeightsSize int64 // the most bytes that a file of each kind takes
}

// extent says how much of a step's checkpoint there is, or stays. Its values are
// ordered.
type extent int

const (
	nothing extent = iota
	weights
	full
)

// size returns the bytes of a checkpoint of that extent.
func (r *Retention) size(e extent) int64 { return [...]int64{0, r.WeightsSize, r.FullSize}[e] }

func (e Entry) extent() extent {
	if e.Full {
		return full
	}
	return weights
}

// Prune removes or reduces the checkpoints of dir as r says. It is called after Save
// has returned. Then the newer file is durable, and a crash between two removals loses
// nothing. With a budget, Prune leaves room for the next full checkpoint, which is
// saved before the next call.
func Prune(dir string, r *Retention) error {
	list, err := files(dir)
	if err != nil {
		return err
	}
	stays := r.plan(onePerStep(slices.Clone(list)))
	var reduced []Entry // handled last: while weights are copied, both files take room
	for i, e := range list {
		hasFull := i > 0 && list[i-1].Step == e.Step // e is the weights of a step with a full file
		switch has, kept := e.extent(), stays[e.Step]; {
		case has == full && kept == weights:
			reduced = append(reduced, e)
		case has > kept, hasFull && kept == full:
			if err := removeOld(e); err != nil {
				return err
			}
		}
	}
	for _, e := range reduced {
		if err := keepWeights(e); err != nil {
			return err
		}
	}
	return nil
}

func removeOld(e Entry) error {
	if err := remove(e.Path); err != nil {
		return fmt.Errorf("remove an old checkpoint: %w", err)
	}
	return nil
}

// plan returns what stays of each step.
func (r *Retention) plan(list []Entry) map[int]extent {
	fulls := slices.DeleteFunc(slices.Clone(list), func(e Entry) bool { return !e.Full })
	newest := fulls[max(0, len(fulls)-max(1, r.Keep)):]
	best := r.best(fulls)
	stays := map[int]extent{}
	for _, e := range list {
		if slices.Contains(newest, e) || e.Full && slices.Contains(best, e.Step) {
			stays[e.Step] = full
		} else if !e.Full || r.keepsWeights(e.Step) {
			stays[e.Step] = weights
		}
	}
	if r.Budget > 0 && len(newest) > 0 {
		return r.withinBudget(stays, newest[len(newest)-1].Step, r.best(list))
	}
	return stays
}

// withinBudget returns the part of a plan that fits the budget. It takes what fits in
// this order: the newest checkpoint, full; the best one's weights, then all of it; the
// weights of the other best; the weights of the other steps that keep them; the other
// best, full; the rest, full. It leaves room for the next full checkpoint, and for
// weights that are copied then, since their full file is still there meanwhile.
func (r *Retention) withinBudget(stays map[int]extent, newest int, best []int) map[int]extent {
	taken := map[int]extent{newest: full}
	left := r.Budget - 2*r.FullSize - r.WeightsSize
	take := func(e extent, steps []int) {
		for _, step := range steps {
			cost := r.size(e) - r.size(taken[step])
			if e > taken[step] && e <= stays[step] && cost <= left {
				taken[step] = e
				left -= cost
			}
		}
	}
	all := slices.Sorted(maps.Keys(stays))
	slices.Reverse(all)
	withWeights := slices.DeleteFunc(slices.Clone(all), func(step int) bool {
		return stays[step] == full && !r.keepsWeights(step)
	})
	first := best[:min(1, len(best))]
	take(weights, first)
	take(full, first)
	take(weights, best)
	take(weights, withWeights)
	take(full, best)
	take(full, all)
	return taken
}

// keepsWeights reports whether the weights of a step are to stay.
func (r *Retention) keepsWeights(step int) bool {
	return r.WeightsEvery > 0 && step%r.WeightsEvery == 0
}

// best returns the steps of the KeepBest best scores among the entries, the best first.
func (r *Retention) best(list []Entry) []int {
	var steps []int
	for _, e := range list {
		if _, ok := r.Score[e.Step]; ok {
			steps = append(steps, e.Step)
		}
	}
	slices.SortStableFunc(steps, func(a, b int) int { return cmp.Compare(r.Score[a], r.Score[b]) })
	return steps[:min(r.KeepBest, len(steps))]
}
