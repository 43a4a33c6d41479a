// How a training is shown while it runs.

package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"dcgan"
	"dcgan/internal/gan"
	"dcgan/internal/report"
)

// progress shows a training as a line of status.
type progress struct {
	*status
	batch int

	seen int           // steps taken in
	last time.Time     // of the last step
	pace time.Duration // smoothed time of a step
}

// newProgress returns the display of a training on batches of this many pictures.
func newProgress(w io.Writer, batch int) *progress {
	s := newStatus(w)
	return &progress{status: s, batch: batch, last: s.now()}
}

// Step takes in a finished step.
func (p *progress) Step(s *dcgan.Progress) {
	now := p.now()
	p.smooth(now.Sub(p.last))
	p.last = now
	p.Show(p.text(s), s.Step == s.Steps)
	for _, note := range s.Notes {
		p.Note(note)
	}
	if s.Scores != nil {
		p.Note(scoresText(s))
	}
	for _, alarm := range s.Alarms {
		p.Note(alarm)
	}
}

// smooth averages the time of steps: plainly over the first twenty, then
// exponentially over about as many.
func (p *progress) smooth(took time.Duration) {
	p.seen++
	p.pace += (took - p.pace) / time.Duration(min(p.seen, 20))
}

// text is the state after a step. On a terminal that is too narrow for all of it
// the losses on real and generated pictures stand without their names.
func (p *progress) text(s *dcgan.Progress) string {
	seconds := max(p.pace.Seconds(), 1e-9)
	eta := report.Duration(time.Duration(float64(p.pace) * float64(s.Steps-s.Step)))
	steps, images := rateText(1/seconds), rateText(float64(p.batch)/seconds)
	long := fmt.Sprintf("step %d/%d  %s steps/s  %s images/s  ETA %s  %s", s.Step, s.Steps, steps, images, eta,
		lossesText(s.Losses))
	if !p.terminal() || len(long) < p.width() {
		return long
	}
	return fmt.Sprintf("%d/%d %s steps/s %s img/s ETA %s %s", s.Step, s.Steps, steps, images, eta,
		shortLossesText(s.Losses))
}

// lossesText is the losses of D, with its parts if the objective has them, and of G, and
// the margin between pairs if it has that.
func lossesText(l map[string]float64) string {
	text := fmt.Sprintf("D %.3f", l[gan.LossD.String()])
	if real, ok := l[gan.LossDOnReal.String()]; ok {
		text += fmt.Sprintf(" (real %.3f, generated %.3f)", real, l[gan.LossDOnGenerated.String()])
	}
	text += fmt.Sprintf("  G %.3f", l[gan.LossG.String()])
	if margin, ok := l[gan.Margin.String()]; ok {
		text += fmt.Sprintf("  margin %.3f", margin)
	}
	return text
}

// shortLossesText is lossesText for narrow terminals.
func shortLossesText(l map[string]float64) string {
	text := fmt.Sprintf("D %.2f", l[gan.LossD.String()])
	if real, ok := l[gan.LossDOnReal.String()]; ok {
		text += fmt.Sprintf(" (%.2f + %.2f)", real, l[gan.LossDOnGenerated.String()])
	}
	text += fmt.Sprintf(" G %.2f", l[gan.LossG.String()])
	if margin, ok := l[gan.Margin.String()]; ok {
		text += fmt.Sprintf(" margin %.2f", margin)
	}
	return text
}

// scoresText says how good the pictures of a step are.
func scoresText(s *dcgan.Progress) string {
	text := fmt.Sprintf("step %d: kid %.4f +- %.4f  fd %.1f  swd %.1f  coverage %.2f  sharpness %.2f",
		s.Step, s.Scores.KID, s.Scores.KIDStderr, s.Scores.FD, s.Scores.SWD, s.Scores.Coverage, s.Scores.Sharpness)
	if s.Best {
		text += "  the best so far"
	}
	return text
}

// rateText writes a rate to three digits, never as a power of ten.
func rateText(r float64) string {
	decimals := 0
	for limit := 100.0; r < limit && decimals < 4; limit /= 10 {
		decimals++
	}
	return strconv.FormatFloat(r, 'f', decimals, 64)
}
