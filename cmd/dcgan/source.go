// A trained generator, named by a run or by a checkpoint.

package main

import (
	"errors"
	"fmt"
	"io"

	"dcgan"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// argSource is what the commands that read a trained generator call their argument.
const argSource = "RUN|CHECKPOINT"

// chosen returns the checkpoint that makes a run's pictures, and says which it is.
func chosen(runDir string, stderr io.Writer) (checkpoint.Entry, error) {
	c, err := run.Choose(runDir)
	if errors.Is(err, checkpoint.ErrNone) {
		return c.Entry, noCheckpoint(runDir)
	} else if err != nil {
		return c.Entry, err
	}
	var scores *dcgan.Scores
	if c.Scores != nil {
		scores = &dcgan.Scores{KID: c.Scores.KID, SWD: c.Scores.SWD}
	}
	fmt.Fprintln(stderr, usingText(c.Path, scores))
	return c.Entry, nil
}

// usingText says which checkpoint of a run is used; scores is nil for the newest.
func usingText(path string, scores *dcgan.Scores) string {
	if scores == nil {
		return fmt.Sprintf("using %s, the newest checkpoint", path)
	}
	return fmt.Sprintf("using %s, the best of those that were scored (kid %.4f, swd %.1f)", path, scores.KID, scores.SWD)
}

func noCheckpoint(runDir string) error {
	if run.Exists(runDir) {
		return config.Hint(fmt.Errorf("%s has no checkpoint yet", runDir),
			"the first is written after --checkpoint-every steps, when the training ends or when it is interrupted")
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no checkpoints", runDir),
		"name a run folder, such as runs/demo, or a checkpoint file in one")
}
