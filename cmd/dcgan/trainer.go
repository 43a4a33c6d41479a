// What train and resume have in common: pictures and an engine, the training as
// it is watched, and what is said at its end.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/train"
)

// trainer is what a training needs beside a run folder.
type trainer struct {
	pictures *dataset.Set
	engine   engine.Engine
}

// stoppingText says what a first Ctrl-C does.
const stoppingText = "finishing the running step, then saving; a second Ctrl-C quits at once"

// newTrainer reads the pictures, with strict only if all of them can be used, lets
// plan see them, and makes an engine for the settings that it leaves.
func newTrainer(ctx context.Context, c *config.Config, strict bool, stderr io.Writer, plan func(*dataset.Set) error) (*trainer, error) {
	if err := engine.Check(c); err != nil {
		return nil, err
	}
	pictures, err := openData(ctx, c, strict, stderr)
	if err != nil {
		return nil, err
	}
	if err := plan(pictures); err != nil {
		pictures.Close()
		return nil, err
	}
	e, err := engine.Open(c)
	if err != nil {
		pictures.Close()
		return nil, err
	}
	t := &trainer{pictures: pictures, engine: e}
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

// train continues run to its end, at a time if that is not zero, and says how it went and what to do next.
func (t *trainer) train(ctx context.Context, r *run.Run, end time.Time, stdout, stderr io.Writer) error {
	outliveListeners()
	c := r.Config
	if n := len(t.pictures.Skipped()); n > 0 {
		fmt.Fprintf(stderr, "skipped %d that can't be used, listed in %s\n", n, run.SkippedFile(r.Dir))
	}
	if passed := dataset.NotTakenText(t.pictures.NotTaken()); passed != "" {
		fmt.Fprintln(stderr, passed)
	}
	if n := t.pictures.Len(); n < score.Least && c.ScoreEvery >= 0 {
		fmt.Fprintf(stderr, "no scores: they compare %d pictures of the data at least, and there are %d\n", score.Least, n)
	}
	if r.Step == 0 && c.From != "" {
		fmt.Fprintf(stderr, "beginning with the weights of %s\n", c.From)
	}
	fmt.Fprintf(stderr, "training from step %d to %d in %s; Ctrl-C stops and saves\n", r.Step, c.Steps, r.Dir)
	p := newProgress(stderr, c.Batch)
	stop := context.AfterFunc(ctx, func() {
		p.Note(stoppingText)
	})
	defer stop()
	began := time.Now()
	training := &train.Training{Engine: t.engine, Pictures: t.pictures, Report: p.Step, Note: p.Note, End: end}
	err := training.Run(ctx, r)
	p.End()
	if err != nil {
		return afterFailure(err, r)
	}
	fmt.Fprintf(stderr, "done: step %d after %s\n", r.Step, report.Duration(time.Since(began)))
	if err := tellScores(stderr, r.Dir); err != nil {
		return err
	}
	advise(stderr, r)
	result(stdout, r)
	return nil
}

// tellScores says how good the checkpoint is that makes the run's pictures, each score beside its floor. A run
// without scores needs no word.
func tellScores(w io.Writer, dir string) error {
	best, s, err := run.Best(dir)
	if errors.Is(err, checkpoint.ErrNone) {
		return nil
	} else if err != nil {
		return err
	}
	all, err := run.Scores(dir)
	if err != nil {
		return err
	}
	which := ""
	if len(all) > 1 {
		which = fmt.Sprintf(", the best of %d that were scored", len(all))
	}
	floor := run.Floor(dir)
	fmt.Fprintf(w, "step %d%s: %s\n", best.Step, which, report.BriefScores(s, floor))
	if floor != nil {
		fmt.Fprintln(w, "in brackets the floor: "+report.FloorText(floor))
	}
	return nil
}

// result prints the run folder for a program; a person has read it already.
func result(stdout io.Writer, r *run.Run) {
	if !newStatus(stdout).terminal() {
		fmt.Fprintln(stdout, r.Dir)
	}
}

// advise says what to open and what to type next.
func advise(w io.Writer, r *run.Run) {
	dir := quoted(r.Dir)
	fmt.Fprintf(w, `
look at the pictures  %s
look at the curves    dcgan serve %s, or tensorboard --logdir %s
make pictures         dcgan generate %s -n 64 --grid pictures.png
make a film           dcgan interpolate %s --from 1 --to 2 --out morph.gif
train on              dcgan resume %s --steps %d
`, run.Sheet(r.Dir, r.Step), dir, dir, dir, dir, dir, 2*r.Step)
}

// afterFailure gives the error of a training the hint of how to go on.
func afterFailure(err error, r *run.Run) error {
	resume := "dcgan resume " + quoted(r.Dir)
	kept := fmt.Sprintf("the checkpoint of step %d is kept", r.Saved)
	if r.Saved == 0 {
		kept = "no checkpoint had been written yet"
	}
	e, alarm := errors.AsType[*train.AlarmError](err)
	switch {
	case errors.Is(err, context.Canceled):
		return config.Hint(err, fmt.Sprintf("everything up to step %d is saved; %s goes on", r.Saved, resume))
	case errors.Is(err, train.ErrDiverged):
		return config.Hint(err, kept+"; lower learning rates keep the losses finite: "+again(r))
	case alarm:
		return config.Hint(err, afterAlarm(e, r))
	case atomicfile.DiskFull(err):
		return config.Hint(err, kept+"; make room, then "+resume+" goes on")
	}
	return err
}

// afterAlarm is how to go on after an alarm has ended a training: back to before it
// with the softer settings, or on as it is.
func afterAlarm(e *train.AlarmError, r *run.Run) string {
	dir := quoted(r.Dir)
	flags := ""
	for _, c := range e.Changes(r.Config) {
		flags += fmt.Sprintf(" --%s %g", strings.ReplaceAll(c.Setting, "_", "-"), c.Value)
	}
	back := fmt.Sprintf("dcgan train --config %s/config.json%s begins anew", dir, flags)
	if at, err := e.Checkpoint(r.Dir); err == nil && at.Step > 0 {
		back = fmt.Sprintf("dcgan rewind %s --to %d%s goes back", dir, at.Step, flags)
	}
	return fmt.Sprintf("%s; %s; dcgan resume %s goes on from step %d all the same", e.Alarm.Advice, back, dir, r.Saved)
}

// again is the command that trains anew with half the learning rates.
func again(r *run.Run) string {
	rates := r.Config.RatesAt(r.Step)
	return fmt.Sprintf("dcgan train --config %s/config.json --lr-d %.2g --lr-g %.2g", quoted(r.Dir), rates.LRD/2, rates.LRG/2)
}
