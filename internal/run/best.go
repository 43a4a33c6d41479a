// Which checkpoint of a run has the best scores.

package run

import (
	"fmt"

	"dcgan/internal/checkpoint"
	"dcgan/internal/score"
)

// Best returns the checkpoint of the run in dir with the smallest score.Distance, and its
// scores. The error is checkpoint.ErrNone if no checkpoint has been scored.
func Best(dir string) (checkpoint.Entry, *score.Scores, error) { return bestOf(dir, false) }

// BestFull is Best among the full checkpoints, from which a training can go on.
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
	var best checkpoint.Entry
	for _, e := range list {
		s := scores[e.Step]
		if s != nil && (e.Full || !full) && (best.Path == "" || s.Distance() < scores[best.Step].Distance()) {
			best = e
		}
	}
	if best.Path == "" {
		return best, nil, fmt.Errorf("%w with a score in %s", checkpoint.ErrNone, dir)
	}
	return best, scores[best.Step], nil
}
