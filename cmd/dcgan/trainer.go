// What train and resume have in common: the training as it is watched, and what is said
// at its end.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"dcgan"
	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/train"
)

// stoppingText says what a first Ctrl-C does.
const stoppingText = "finishing the running step, then saving; a second Ctrl-C quits at once"

// watch runs a training, for a time if span asks for one, shows how it goes, and says at the
// end what to do next. With warn it is called before the run begins, to say what helps.
func watch(ctx context.Context, t *dcgan.Training, span *timeFlag, warn warning, stdout, stderr io.Writer) error {
	reading := newStatus(stderr)
	reading.shown = reading.now() // a small set is read without a word
	t.Reading = func(files, all int) error {
		reading.Show(readingText(files, all), false)
		return nil
	}
	t.Read = func() error {
		reading.End()
		tellData(stderr, t, span)
		if warn == nil {
			return nil
		}
		return warn(ctx, t, stderr)
	}
	var p *progress // nil before the first step
	var began time.Time
	ended := func() {}
	t.Begin = func() {
		outliveListeners()
		announce(stderr, t)
		batch, _ := t.Settings().Get("batch").(int)
		p, began = newProgress(stderr, batch), time.Now()
		t.Report = func(s dcgan.Progress) { p.Step(&s) }
		t.Note = p.Note
		ended = whenStopping(ctx, func() { p.Note(stoppingText) })
	}
	err := t.Run(ctx)
	if p == nil {
		reading.End()
		return dataHint(err)
	}
	ended()
	p.End()
	if err != nil {
		return afterFailure(err, t)
	}
	fmt.Fprintf(stderr, "done: step %d after %s\n", t.Step(), report.Duration(time.Since(began)))
	if err := tellScores(stderr, t.Folder()); err != nil {
		return err
	}
	advise(stderr, t)
	result(stdout, t)
	return nil
}

// whenStopping calls say once ctx is cancelled, until ended is called. It is not cut off, however
// soon the training ends after that.
func whenStopping(ctx context.Context, say func()) (ended func()) {
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		say()
	})
	return func() {
		if !stop() {
			<-said
		}
	}
}

// warning says what is to be known about a training before its first step.
type warning func(ctx context.Context, t *dcgan.Training, stderr io.Writer) error

// tellData says which pictures have been read, and how many steps fit into the time.
func tellData(w io.Writer, t *dcgan.Training, span *timeFlag) {
	s := t.Settings()
	data, _ := s.Get("data").(string)
	fmt.Fprintf(w, "%d pictures of %s\n", t.Data().Len(), dataName(data))
	if span.asked() {
		steps, _ := s.Get("steps").(int)
		fmt.Fprintf(w, "%s: about %d steps of %.3g s\n", report.Duration(span.given), steps-t.Step(), t.StepTime().Seconds())
	}
}

// announce says what is about to train.
func announce(w io.Writer, t *dcgan.Training) {
	s := t.Settings()
	if n := len(t.Data().Skipped()); n > 0 {
		fmt.Fprintf(w, "skipped %d that can't be used, listed in %s\n", n, run.SkippedFile(t.Folder()))
	}
	if passed := t.Data().NotTaken(); passed != "" {
		fmt.Fprintln(w, passed)
	}
	if n := t.Data().Len(); n < score.Least && s.Get("score_every") != -1 {
		fmt.Fprintf(w, "no scores: they compare %d pictures of the data at least, and there are %d\n", score.Least, n)
	}
	if from, ok := t.From(); ok && t.Step() == 0 {
		fmt.Fprintf(w, "beginning with the weights of %s\n", from)
	}
	fmt.Fprintf(w, "training from step %d to %d in %s; Ctrl-C stops and saves\n", t.Step(), s.Get("steps"), t.Folder())
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
func result(stdout io.Writer, t *dcgan.Training) {
	if !newStatus(stdout).terminal() {
		fmt.Fprintln(stdout, t.Folder())
	}
}

// advise says what to open and what to type next.
func advise(w io.Writer, t *dcgan.Training) {
	dir := quoted(t.Folder())
	fmt.Fprintf(w, `
look at the pictures  %s
look at the curves    dcgan serve %s, or tensorboard --logdir %s
make pictures         dcgan generate %s -n 64 --grid pictures.png
make a film           dcgan interpolate %s --from 1 --to 2 --out morph.gif
train on              dcgan resume %s --steps %d
`, run.Sheet(t.Folder(), t.Step()), dir, dir, dir, dir, dir, 2*t.Step())
}

// afterFailure gives the error of a training the hint of how to go on.
func afterFailure(err error, t *dcgan.Training) error {
	dir, saved := t.Folder(), t.Saved()
	resume := "dcgan resume " + quoted(dir)
	kept := fmt.Sprintf("the checkpoint of step %d is kept", saved)
	if saved == 0 {
		kept = "no checkpoint had been written yet"
	}
	switch {
	case errors.Is(err, context.Canceled):
		return config.Hint(err, fmt.Sprintf("everything up to step %d is saved; %s goes on", saved, resume))
	case atomicfile.DiskFull(err):
		return config.Hint(err, kept+"; make room, then "+resume+" goes on")
	}
	c, readErr := run.ReadConfig(dir)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	e, alarm := errors.AsType[*train.AlarmError](err)
	switch {
	case errors.Is(err, train.ErrDiverged):
		return config.Hint(err, kept+"; lower learning rates keep the losses finite: "+again(dir, c.RatesAt(t.Step())))
	case alarm:
		return config.Hint(err, afterAlarm(e, dir, c, saved))
	}
	return err
}

// afterAlarm says how to go on after an alarm has ended a training: back to before it
// with the softer settings, or on as it is.
func afterAlarm(e *train.AlarmError, dir string, c *config.Config, saved int) string {
	flags := ""
	for _, change := range e.Changes(c) {
		flags += fmt.Sprintf(" %s %g", flagWord(change.Setting), change.Value)
	}
	back := fmt.Sprintf("dcgan train --config %s%s begins anew", quoted(filepath.Join(dir, "config.json")), flags)
	if at, err := e.Checkpoint(dir); err == nil && at.Step > 0 {
		back = fmt.Sprintf("dcgan rewind %s --to %d%s goes back", quoted(dir), at.Step, flags)
	}
	return fmt.Sprintf("%s; %s; dcgan resume %s goes on from step %d all the same", e.Alarm.Advice, back, quoted(dir),
		saved)
}

// again is the command that trains the run in dir anew with half the learning rates.
func again(dir string, rates config.Rates) string {
	return fmt.Sprintf("dcgan train --config %s --lr-d %.2g --lr-g %.2g",
		quoted(filepath.Join(dir, "config.json")), rates.LRD/2, rates.LRG/2)
}
