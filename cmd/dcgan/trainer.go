// What train and resume have in common: pictures and an engine, the training as
// it is watched, and what is said at its end.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/cpu"
	"dcgan/internal/dataset"
	"dcgan/internal/train"
)

// trainer is what a training needs beside a run folder.
type trainer struct {
	pictures *dataset.Set
	engine   *cpu.Engine
}

// newTrainer reads the pictures, with strict only if all of them can be used, and
// makes an engine.
func newTrainer(ctx context.Context, c *config.Config, strict bool, stderr io.Writer) (*trainer, error) {
	pictures, err := openData(ctx, c, strict, stderr)
	if err != nil {
		return nil, err
	}
	engine, err := cpu.New(c)
	if err != nil {
		pictures.Close()
		return nil, err
	}
	t := &trainer{pictures, engine}
	if err := ctx.Err(); err != nil { // no run begins that is to end at once
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close releases the engine's threads and what the pictures hold open.
func (t *trainer) Close() {
	t.engine.Close()
	t.pictures.Close()
}

// train continues run to its end and says how it went and what to do next.
func (t *trainer) train(ctx context.Context, run *train.Run, stdout, stderr io.Writer) error {
	c := run.Config
	if n := len(t.pictures.Skipped()); n > 0 {
		fmt.Fprintf(stderr, "skipped %d that can't be used, listed in %s\n", n, train.SkippedFile(run.Dir))
	}
	fmt.Fprintf(stderr, "training from step %d to %d in %s; Ctrl-C stops and saves\n", run.Step, c.Steps, run.Dir)
	p := newProgress(stderr, c.Steps, c.Batch)
	stop := context.AfterFunc(ctx, func() {
		p.Note("finishing the running step, then saving; a second Ctrl-C quits at once")
	})
	defer stop()
	began := time.Now()
	err := run.Train(ctx, t.engine, t.pictures, p.Step)
	p.End()
	if err != nil {
		return afterFailure(err, run)
	}
	fmt.Fprintf(stderr, "done: step %d after %s\n", run.Step, durationText(time.Since(began)))
	advise(stderr, run)
	result(stdout, run)
	return nil
}

// result prints the run folder for a program; a person has read it already.
func result(stdout io.Writer, run *train.Run) {
	if !newStatus(stdout).terminal() {
		fmt.Fprintln(stdout, run.Dir)
	}
}

// advise says what to open and what to type next.
func advise(w io.Writer, run *train.Run) {
	dir := quoted(run.Dir)
	fmt.Fprintf(w, `
look at the pictures  %s
look at the curves    tensorboard --logdir %s
make pictures         dcgan generate %s -n 64 --grid pictures.png
make a film           dcgan interpolate %s --from 1 --to 2 --out morph.gif
train on              dcgan resume %s --steps %d
`, train.Sheet(run.Dir, run.Step), dir, dir, dir, dir, 2*run.Step)
}

// afterFailure gives the error of a training the hint of how to go on.
func afterFailure(err error, run *train.Run) error {
	resume := "dcgan resume " + quoted(run.Dir)
	kept := fmt.Sprintf("the checkpoint of step %d is kept", run.Saved)
	if run.Saved == 0 {
		kept = "no checkpoint had been written yet"
	}
	switch {
	case errors.Is(err, context.Canceled):
		return config.Hint(err, fmt.Sprintf("everything up to step %d is saved; %s goes on", run.Saved, resume))
	case errors.Is(err, train.ErrDiverged):
		return config.Hint(err, kept+"; lower learning rates keep the losses finite: "+again(run))
	case atomicfile.DiskFull(err):
		return config.Hint(err, kept+"; make room, then "+resume+" goes on")
	}
	return err
}

// again is the command that trains anew with half the learning rates.
func again(run *train.Run) string {
	r := run.Config.RatesAt(run.Step)
	return fmt.Sprintf("dcgan train --config %s/config.json --lr-d %.2g --lr-g %.2g", quoted(run.Dir), r.LRD/2, r.LRG/2)
}
