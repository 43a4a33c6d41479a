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
// best scores or, where none was scored, the newest one; it says which.
func openSource(path string, stderr io.Writer) (*checkpoint.Snapshot, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return checkpoint.Load(path)
	}
	if best, scores, err := train.Best(path); err == nil {
		fmt.Fprintf(stderr, "using %s, the best of those that were scored (kid %.4f)\n", best.Path, scores.KID)
		return checkpoint.Load(best.Path)
	}
	s, file, err := loadNewest(path)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "using %s, the newest checkpoint\n", file)
	return s, nil
}

// loadNewest reads the newest checkpoint of a run. A training that goes on may
// delete the file between its listing and its opening; there is a newer one then.
func loadNewest(run string) (s *checkpoint.Snapshot, file string, err error) {
	for range 3 {
		newest, err := checkpoint.Latest(train.Checkpoints(run))
		if errors.Is(err, checkpoint.ErrNone) {
			return nil, "", noCheckpoint(run)
		} else if err != nil {
			return nil, "", err
		}
		if s, err = checkpoint.Load(newest.Path); !errors.Is(err, fs.ErrNotExist) {
			return s, newest.Path, err
		}
	}
	return nil, "", err
}

func noCheckpoint(run string) error {
	if train.Exists(run) {
		return config.Hint(fmt.Errorf("%s has no checkpoint yet", run),
			"the first is written after --checkpoint-every steps, when the training ends or when it is interrupted")
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no checkpoints", run),
		"name a run folder, such as runs/demo, or a checkpoint file in one")
}
