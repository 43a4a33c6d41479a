// How a training is shown while it runs: one line that is rewritten on a
// terminal, or else a line every few seconds.

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"dcgan/internal/train"
)

const (
	plainEvery = 5 * time.Second        // between lines of a file or pipe
	lineEvery  = 100 * time.Millisecond // between states of a terminal's line
)

// progress shows a training on standard error.
type progress struct {
	w            io.Writer
	width        func() int // the terminal's columns; nil if w is none
	steps, batch int
	every        time.Duration
	now          func() time.Time

	last  time.Time     // of the last step
	pace  time.Duration // smoothed time of a step
	shown time.Time     // of the last line
	drawn int           // columns of the line that stands on the terminal
	line  string        // the newest state, whether shown or not
}

// newProgress returns the display of a training that has steps steps in all.
func newProgress(w io.Writer, steps, batch int) *progress {
	p := &progress{w: w, steps: steps, batch: batch, every: plainEvery, now: time.Now, last: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.every = lineEvery
		p.width = func() int {
			columns, _, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 80
			}
			return columns
		}
	}
	return p
}

// Step takes in a finished step and shows it if the last line is old enough.
func (p *progress) Step(s train.Progress) {
	now := p.now()
	p.smooth(now.Sub(p.last))
	p.last = now
	p.line = p.text(s)
	if now.Sub(p.shown) >= p.every || s.Step == p.steps {
		p.show()
		p.shown = now
	}
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
	return fmt.Sprintf("step %d/%d  %.3g steps/s  %.3g images/s  ETA %s  D %.3f (real %.3f, generated %.3f)  G %.3f",
		s.Step, p.steps, 1/seconds, float64(p.batch)/seconds, durationText(eta),
		l.Discriminator, l.DiscriminatorOnReal, l.DiscriminatorOnGenerated, l.Generator)
}

func (p *progress) show() {
	if p.width == nil {
		fmt.Fprintln(p.w, p.line)
		return
	}
	// Blanks, not an escape sequence, wipe the rest of a longer line; the last
	// column stays free, since writing there makes some terminals wrap.
	line := p.line[:min(len(p.line), max(p.width()-1, 0))]
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(0, p.drawn-len(line))))
	p.drawn = len(line)
}

// Printf writes a message on a line of its own.
func (p *progress) Printf(format string, args ...any) {
	p.End()
	fmt.Fprintf(p.w, format, args...)
}

// End leaves the terminal's line, so that what follows starts a new one.
func (p *progress) End() {
	if p.drawn > 0 {
		fmt.Fprintln(p.w)
		p.drawn = 0
	}
}

// durationText writes a time for people: 45s, 12m30s, 5h03m, 2d04h.
func durationText(d time.Duration) string {
	d = d.Round(time.Second)
	s := int(d / time.Second)
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
