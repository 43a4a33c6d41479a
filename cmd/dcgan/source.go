// A trained generator, named by a run or by a checkpoint.

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/train"
)

// argSource is what the commands that read a trained generator call their argument.
const argSource = "RUN|CHECKPOINT"

// openSource reads the checkpoint at path or, of the run there, the one with the
// best scores or, where none was scored, the newest one; it says which. It returns
// the weights alone, so that the rest of a full one does not stay in memory.
func openSource(path string, stderr io.Writer) (*checkpoint.Snapshot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	var s *checkpoint.Snapshot
	if info.IsDir() {
		var said string
		if s, said, err = loadBest(path); err == nil {
			fmt.Fprintln(stderr, said)
		}
	} else {
		s, err = checkpoint.Load(path)
	}
	if err != nil {
		return nil, err
	}
	s.State = s.State.Weights()
	return s, nil
}

// loadBest reads a run's checkpoint of the best scores or, where none was scored, the
// newest one, of either kind, and says which. A training that goes on may delete the
// file between its listing and its opening; there is another one then.
func loadBest(run string) (s *checkpoint.Snapshot, said string, err error) {
	for range 3 {
		e, said, err := bestOf(run)
		if err != nil {
			return nil, "", err
		}
		if s, err = checkpoint.Load(e.Path); !errors.Is(err, fs.ErrNotExist) {
			return s, said, err
		}
	}
	return nil, "", err
}

// bestOf finds what loadBest reads.
func bestOf(run string) (e checkpoint.Entry, said string, err error) {
	if best, scores, err := train.Best(run); err == nil {
		return best, fmt.Sprintf("using %s, the best of those that were scored (kid %.4f, swd %.1f)", best.Path, scores.KID, scores.SWD), nil
	}
	list, err := checkpoint.List(train.Checkpoints(run))
	if err != nil {
		return e, "", err
	}
	if len(list) == 0 {
		return e, "", noCheckpoint(run)
	}
	e = list[len(list)-1]
	return e, fmt.Sprintf("using %s, the newest checkpoint", e.Path), nil
}

func noCheckpoint(run string) error {
	if train.Exists(run) {
		return config.Hint(fmt.Errorf("%s has no checkpoint yet", run),
			"the first is written after --checkpoint-every steps, when the training ends or when it is interrupted")
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no checkpoints", run),
		"name a run folder, such as runs/demo, or a checkpoint file in one")
}
