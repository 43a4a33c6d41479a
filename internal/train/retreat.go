// Going back after an alarm: a new run, as run.Rewind makes it, from the best checkpoint
// before the alarm, with other learning rates.

package train

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// errNoRetreat reports that going back does not help against an alarm.
var errNoRetreat = errors.New("going back does not help")

// Run trains r from where it stands to its last step. Once ctx is cancelled it finishes
// the current step, saves, and returns an error that wraps ctx.Err(); a request to stop
// has the same effect. If an alarm asks to go back, Run makes a new run and goes on
// with that: r becomes the new run. An alarm that ends the training gives an
// *AlarmError.
func (t *Training) Run(ctx context.Context, r *run.Run) error {
	note := t.Note
	if note == nil {
		note = func(string) {}
	}
	for {
		err := t.once(ctx, r)
		ended, ok := errors.AsType[*AlarmError](err)
		if !ok || r.Config.OnAlarm != config.AlarmRewind {
			return err
		}
		what, retreatErr := retreat(r, ended)
		if errors.Is(retreatErr, errNoRetreat) {
			note(retreatErr.Error())
			return err
		} else if retreatErr != nil {
			return errors.Join(err, retreatErr)
		}
		note(what)
	}
}

// retreat makes a run that goes back to before the alarm and assigns it to r, ready to
// train. The old run is closed and stays as it is. It returns, for people, where the new
// run begins and what has changed.
func retreat(r *run.Run, e *AlarmError) (what string, err error) {
	changes := e.Changes(r.Config)
	switch {
	case len(changes) == 0:
		return "", fmt.Errorf("%w against %s", errNoRetreat, e.Alarm.Name)
	case r.Config.Rewinds >= config.MaxRewinds:
		return "", fmt.Errorf("%w: it was tried %d times", errNoRetreat, r.Config.Rewinds)
	}
	at, err := e.Checkpoint(r.Dir)
	if err != nil {
		return "", err
	}
	to := run.FreeName(firstName(r))
	if err := goBack(r, at, to, changes, e); err != nil {
		return "", err
	}
	what = fmt.Sprintf("rewound to step %d of %s, in %s", at.Step, r.Dir, to)
	for _, c := range changes {
		what += fmt.Sprintf(", %s %g", c.Setting, c.Value)
	}
	next, err := run.Open(to)
	if err != nil {
		return "", err
	}
	err = r.Close()
	*r = *next
	return what, err
}

// goBack makes the new run in the folder to.
func goBack(r *run.Run, at checkpoint.Entry, to string, changes []config.Change, e *AlarmError) error {
	soften := func(c *config.Config) error {
		c.Replan(at.Step, r.Config.Steps)
		c.Threads, c.Data = r.Config.Threads, r.Config.Data
		c.Rewinds = r.Config.Rewinds + 1
		for _, change := range changes {
			change.Step, change.Why = at.Step+1, fmt.Sprintf("alarm %s at step %d", e.Alarm.Name, e.Step)
			if _, err := c.Change(change); err != nil {
				return err
			}
		}
		return nil
	}
	if at.Step > 0 {
		return run.Rewind(r.Dir, at, to, soften)
	}
	c := *r.Config
	c.Changes = nil
	parent, err := filepath.Abs(r.Dir)
	if err := errors.Join(err, soften(&c)); err != nil {
		return err
	}
	c.Parent = parent
	next, err := run.Create(to, &c)
	if err != nil {
		return err
	}
	return next.Close()
}

// firstName returns the path of the run that r goes back to in the end, without the
// number of a rewind.
func firstName(r *run.Run) string {
	dir := strings.TrimRight(r.Dir, `/\`)
	if r.Config.Rewinds > 0 {
		dir = regexp.MustCompile(`-\d+$`).ReplaceAllString(dir, "")
	}
	return dir
}

// Checkpoint returns the full checkpoint of the run in dir to go back to, from before the
// trouble, as run.FullUntil chooses it.
func (e *AlarmError) Checkpoint(dir string) (checkpoint.Entry, error) {
	return run.FullUntil(dir, e.Step-alarm.LossMemory)
}

// Changes returns the changes of settings that should prevent the alarm, without their
// step. There are none for an alarm against which going back does not help.
func (e *AlarmError) Changes(c *config.Config) []config.Change {
	before := c.RatesAt(e.Step)
	return before.ChangesTo(alarm.Soften(e.Alarm.Name, before))
}
