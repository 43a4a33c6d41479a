// How a training is shown while it runs.

package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"dcgan/internal/train"
)

// progress shows a training as a line of status.
type progress struct {
	*status
	steps, batch int

	last time.Time     // of the last step
	pace time.Duration // smoothed time of a step
}

// newProgress returns the display of a training that has steps steps in all.
func newProgress(w io.Writer, steps, batch int) *progress {
	s := newStatus(w)
	return &progress{status: s, steps: steps, batch: batch, last: s.now()}
}

// Step takes in a finished step.
func (p *progress) Step(s train.Progress) {
	now := p.now()
	p.smooth(now.Sub(p.last))
	p.last = now
	p.Show(p.text(s), s.Step == p.steps)
}

// smooth averages the time of steps exponentially, over about the last twenty.
func (p *progress) smooth(took time.Duration) {
	if p.pace == 0 {
		p.pace = took
	}
	p.pace += (took - p.pace) / 20
}

// text is the state after a step.
func (p *progress) text(s train.Progress) string {
	seconds := max(p.pace.Seconds(), 1e-9)
	eta := time.Duration(float64(p.pace) * float64(p.steps-s.Step))
	l := s.Losses
	return fmt.Sprintf("step %d/%d  %s steps/s  %s images/s  ETA %s  D %.3f (real %.3f, generated %.3f)  G %.3f",
		s.Step, p.steps, rateText(1/seconds), rateText(float64(p.batch)/seconds), durationText(eta),
		l.Discriminator, l.DiscriminatorOnReal, l.DiscriminatorOnGenerated, l.Generator)
}

// rateText writes a rate to three digits, never as a power of ten.
func rateText(r float64) string {
	decimals := 0
	for limit := 100.0; r < limit && decimals < 4; limit /= 10 {
		decimals++
	}
	return strconv.FormatFloat(r, 'f', decimals, 64)
}

// durationText writes a time for people: 45s, 12m30s, 5h03m, 2d04h.
func durationText(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/86400, s/3600%24)
}
