package train

// What an alarm leads to that goes back: a run of its own, as Rewind makes them, from
// the best checkpoint before it, with softer settings.

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
)

// ErrNoRetreat is that of an alarm that going back does not help, or not any more.
var ErrNoRetreat = errors.New("going back does not help")

// Retreat goes back: r becomes the new run, ready for Train, and the old one stays as
// it is. It tells where the new one begins and what is softer in it.
func (r *Run) Retreat(e *AlarmError) (told string, err error) {
	changes := r.Softer(e)
	switch {
	case len(changes) == 0:
		return "", fmt.Errorf("%w against %s", ErrNoRetreat, e.Alarm.Name)
	case r.Config.Rewinds >= config.MaxRewinds:
		return "", fmt.Errorf("%w: it was tried %d times", ErrNoRetreat, r.Config.Rewinds)
	}
	at, err := r.Before(e)
	if err != nil {
		return "", err
	}
	to := FreeName(r.family())
	if err := r.goBack(at, to, changes, e); err != nil {
		return "", err
	}
	told = fmt.Sprintf("rewound to step %d of %s, in %s", at.Step, r.Dir, to)
	for _, c := range changes {
		told += fmt.Sprintf(", %s %g", c.Setting, c.Value)
	}
	next, err := Open(to)
	if err != nil {
		return "", err
	}
	err = r.Close()
	*r = *next
	return told, err
}

// goBack makes the new run in the folder to.
func (r *Run) goBack(at checkpoint.Entry, to string, changes []config.Change, e *AlarmError) error {
	soften := func(c *config.Config) error {
		c.Steps, c.Threads, c.Data = r.Config.Steps, r.Config.Threads, r.Config.Data
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
		return Rewind(r.Dir, at, to, soften)
	}
	c := *r.Config
	c.Changes = nil
	parent, err := filepath.Abs(r.Dir)
	if err := errors.Join(err, soften(&c)); err != nil {
		return err
	}
	c.Parent = parent
	next, err := Create(to, &c)
	if err != nil {
		return err
	}
	return next.Close()
}

// family is the path that the runs which began with r's are named after.
func (r *Run) family() string {
	dir := strings.TrimRight(r.Dir, `/\`)
	if r.Config.Rewinds > 0 {
		dir = regexp.MustCompile(`-\d+$`).ReplaceAllString(dir, "")
	}
	return dir
}

// Before is the full checkpoint to go back to: of those from before the trouble came up the
// best one or, where none was scored, the newest. The zero Entry is the beginning.
func (r *Run) Before(e *AlarmError) (at checkpoint.Entry, err error) {
	list, err := checkpoint.List(Checkpoints(r.Dir))
	if err != nil {
		return at, err
	}
	scores, err := Scores(r.Dir)
	if err != nil {
		return at, err
	}
	for _, c := range list {
		if c.Step+alarm.LossMemory > e.Step {
			break
		}
		if !c.Full {
			continue
		}
		now, best := scores[c.Step], scores[at.Step]
		if best == nil || now != nil && now.Distance() < best.Distance() {
			at = c
		}
	}
	return at, nil
}

// Softer lists the settings that the alarm's rule blames with their softer values, as
// changes without a step.
func (r *Run) Softer(e *AlarmError) []config.Change {
	before := r.Config.RatesAt(e.Step)
	return before.ChangesTo(alarm.Soften(e.Alarm.Name, before))
}
