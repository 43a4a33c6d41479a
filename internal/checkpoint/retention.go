// What stays of a run's checkpoints.

package checkpoint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Retention says which checkpoints of a run stay: the newest Keep and the best
// KeepBest full ones as they are, and of each WeightsEvery-th step the weights, as
// far as Budget goes. The newest full one always stays.
type Retention struct {
	Keep, KeepBest int
	Score          map[int]float64 // by step, less is better; the others have none
	WeightsEvery   int             // 0: never

	Budget                int64 // bytes that all files together may take; 0: any number
	FullSize, WeightsSize int64 // bytes that a file takes at most
}

// form is what there is, or stays, of a step.
type form int

const (
	nothing form = iota
	weights
	full
)

func (r *Retention) size(f form) int64 { return [...]int64{0, r.WeightsSize, r.FullSize}[f] }

func (e Entry) form() form {
	if e.Full {
		return full
	}
	return weights
}

// Prune brings dir to what r says. Call it after Save has returned: the newer file
// is durable then, and a crash between any two removals costs nothing. Within a
// budget it leaves room for the next full one, which is saved beside those that stay.
func Prune(dir string, r *Retention) error {
	list, err := files(dir)
	if err != nil {
		return err
	}
	stays := r.plan(oneAStep(slices.Clone(list)))
	var reduced []Entry // last, since their weights need room while both files are there
	for i, e := range list {
		twin := i > 0 && list[i-1].Step == e.Step // weights beside their full file
		switch has, left := e.form(), stays[e.Step]; {
		case has == full && left == weights:
			reduced = append(reduced, e)
		case has > left, twin && left == full:
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

// plan says what stays of each step.
func (r *Retention) plan(list []Entry) map[int]form {
	fulls := slices.DeleteFunc(slices.Clone(list), func(e Entry) bool { return !e.Full })
	newest := fulls[max(0, len(fulls)-max(1, r.Keep)):]
	best := r.best(fulls)
	stays := map[int]form{}
	for _, e := range list {
		if slices.Contains(newest, e) || e.Full && slices.Contains(best, e.Step) {
			stays[e.Step] = full
		} else if !e.Full || r.keepsWeights(e.Step) {
			stays[e.Step] = weights
		}
	}
	if r.Budget > 0 && len(newest) > 0 {
		return r.within(stays, newest[len(newest)-1].Step, r.best(list))
	}
	return stays
}

// within is the part of a plan that the budget holds, taken in the order of value:
// the newest with its moments, the best, the weights of others, their moments. Kept
// free is what the next full one takes, and weights that are being copied then: while
// they are, their full file is there too.
func (r *Retention) within(stays map[int]form, newest int, best []int) map[int]form {
	within := map[int]form{newest: full}
	left := r.Budget - 2*r.FullSize - r.WeightsSize
	take := func(f form, steps []int) {
		for _, step := range steps {
			cost := r.size(f) - r.size(within[step])
			if f > within[step] && f <= stays[step] && cost <= left {
				within[step] = f
				left -= cost
			}
		}
	}
	all := slices.Sorted(maps.Keys(stays))
	slices.Reverse(all)
	plain := slices.DeleteFunc(slices.Clone(all), func(step int) bool { return stays[step] == full && !r.keepsWeights(step) })
	first := best[:min(1, len(best))]
	take(weights, first)
	take(full, first)
	take(weights, best)
	take(weights, plain)
	take(full, best)
	take(full, all)
	return within
}

// keepsWeights reports whether the weights of a step are to stay.
func (r *Retention) keepsWeights(step int) bool {
	return r.WeightsEvery > 0 && step%r.WeightsEvery == 0
}

// best lists the steps of the KeepBest best scores among the entries, the best first.
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
