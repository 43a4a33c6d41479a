// What a sweep tells on the terminal.

package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"dcgan"
	"dcgan/internal/sweep"
	"dcgan/internal/train"
)

// rungsText says the plan: "6 candidates to step 300, the best 2 to step 900".
func rungsText(rungs []sweep.Rung) string {
	text := ""
	for k, r := range rungs {
		if k == 0 {
			text = fmt.Sprintf("%d candidates to step %d", r.Candidates, r.Steps)
		} else {
			text += fmt.Sprintf(", the best %d to step %d", r.Candidates, r.Steps)
		}
	}
	return text
}

// settingsText is what a candidate has for itself: "lr-g 0.0001, gen-updates 5".
func settingsText(s *sweep.Sweep, c *sweep.Candidate) string {
	var parts []string
	for _, v := range s.Varied {
		parts = append(parts, flagName(v.Setting)+" "+sweep.ValueText(c.Settings[v.Setting]))
	}
	return strings.Join(parts, ", ")
}

// sweepWatch shows the trainings of a sweep, one after another.
type sweepWatch struct {
	*sweep.Sweep
	stderr  io.Writer
	current atomic.Pointer[progress]
}

// trial shows a candidate's training in a rung.
func (w *sweepWatch) trial(rung int, c *sweep.Candidate, from int) func(train.Progress) {
	to := w.Rungs[rung].Steps
	settings, err := w.Config(c)
	if err != nil {
		return nil // which the training meets too
	}
	p := newProgress(w.stderr, settings.Batch)
	w.current.Store(p)
	p.Note(fmt.Sprintf("rung %d of %d, candidate %d of %d, from step %d to %d: %s",
		rung+1, len(w.Rungs), c.Number, len(w.Candidates), from, to, settingsText(w.Sweep, c)))
	return func(now train.Progress) {
		p.Step(&dcgan.Progress{Step: now.Step, Steps: now.Steps, Losses: now.Losses.Map(), Alarms: now.AlarmLines(),
			Notes: now.Notes})
		if scores := now.Scores; scores != nil {
			p.Note(fmt.Sprintf("kid %.4f +- %.4f, swd %.1f at step %d", scores.KID, scores.KIDStderr, scores.SWD, now.Step))
		} else if now.Step == to {
			p.End()
		}
	}
}

// stopping says what a first Ctrl-C does.
func (w *sweepWatch) stopping() {
	if p := w.current.Load(); p != nil {
		p.Note(stoppingText)
	}
}
