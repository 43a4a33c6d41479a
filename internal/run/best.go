// Which checkpoint of a run has the best scores.

package run

import (
	"cmp"
	"fmt"
	"slices"

	"dcgan/internal/checkpoint"
	"dcgan/internal/score"
)

// Best returns the checkpoint of the run in dir with the smallest score.Distance, and its
// scores. The error is checkpoint.ErrNone if no checkpoint has been scored.
func Best(dir string) (checkpoint.Entry, *score.Scores, error) { return bestOf(dir, false) }

// BestFull is Best among the full checkpoints that are whole, from which a training can go on.
func BestFull(dir string) (checkpoint.Entry, *score.Scores, error) { return bestOf(dir, true) }

func bestOf(dir string, full bool) (checkpoint.Entry, *score.Scores, error) {
	scores, err := Scores(dir)
	if err != nil {
		return checkpoint.Entry{}, nil, err
	}
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, nil, err
	}
	list = slices.DeleteFunc(list, func(e checkpoint.Entry) bool { return scores[e.Step] == nil || full && !e.Full })
	bestFirst(list, scores)
	if len(list) == 0 {
		return checkpoint.Entry{}, nil, fmt.Errorf("%w with a score in %s", checkpoint.ErrNone, dir)
	}
	best := list[0]
	if full {
		if best, _, err = firstWhole(dir, list, verify); err != nil {
			return best, nil, err
		}
	}
	return best, scores[best.Step], nil
}

// bestFirst sorts checkpoints by their scores, the best first. Those without scores come
// last, the newest of them first.
func bestFirst(list []checkpoint.Entry, scores map[int]*score.Scores) {
	slices.SortFunc(list, func(a, b checkpoint.Entry) int {
		x, y := scores[a.Step], scores[b.Step]
		switch {
		case x == nil && y == nil:
			return cmp.Compare(b.Step, a.Step)
		case x == nil:
			return 1
		case y == nil:
			return -1
		}
		return cmp.Or(cmp.Compare(x.Distance(), y.Distance()), cmp.Compare(a.Step, b.Step))
	})
}

// FullUntil returns the full checkpoint of the run in dir to go back to from a later step than
// step. Of the whole ones up to step it is the best or, if none was scored, the newest. The zero
// Entry stands for the beginning of the run.
func FullUntil(dir string, step int) (checkpoint.Entry, error) {
	scores, err := Scores(dir)
	if err != nil {
		return checkpoint.Entry{}, err
	}
	list, err := checkpoint.Fulls(Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, err
	}
	list = slices.DeleteFunc(list, func(e checkpoint.Entry) bool { return e.Step > step })
	bestFirst(list, scores)
	at, _, err := firstWhole(dir, list, verify)
	if none(err) {
		return checkpoint.Entry{}, nil
	}
	return at, err
}
