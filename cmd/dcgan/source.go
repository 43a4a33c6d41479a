// A trained generator, named by a run or by a checkpoint.

package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

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
	} else if errors.Is(err, dcgan.ErrDamaged) {
		return c.Entry, noneWhole(runDir, err)
	} else if err != nil {
		return c.Entry, err
	}
	var scores *dcgan.Scores
	if c.Scores != nil {
		scores = &dcgan.Scores{KID: c.Scores.KID, SWD: c.Scores.SWD}
	}
	fmt.Fprintln(stderr, usingText(c.Damaged, c.Path, scores))
	return c.Entry, nil
}

// usingText says which checkpoint of a run is used, after which damaged ones; scores is nil for
// the newest.
func usingText(damaged []string, path string, scores *dcgan.Scores) string {
	before, whole := "", ""
	if len(damaged) > 0 {
		before, whole = strings.Join(damaged, ", ")+": damaged; ", "whole "
	}
	if scores == nil {
		return fmt.Sprintf("%susing %s, the newest %scheckpoint", before, path, whole)
	}
	return fmt.Sprintf("%susing %s, the best %sof those that were scored (kid %.4f, swd %.1f)",
		before, path, whole, scores.KID, scores.SWD)
}

// noneWhole tells how to go on without any of a run's checkpoints.
func noneWhole(runDir string, err error) error {
	if _, configErr := run.ReadConfig(runDir); configErr != nil {
		return config.Hint(err, "its settings are lost too; dcgan train PICTURES makes a new run")
	}
	return config.Hint(err, "its settings are whole: dcgan train --config "+quoted(filepath.Join(runDir, "config.json"))+
		" trains it anew, in another folder")
}

func noCheckpoint(runDir string) error {
	if run.Exists(runDir) {
		return config.Hint(fmt.Errorf("%s has no checkpoint yet", runDir),
			"the first is written after --checkpoint-every steps, when the training ends or when it is interrupted")
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no checkpoints", runDir),
		"name a run folder, such as runs/demo, or a checkpoint file in one")
}
