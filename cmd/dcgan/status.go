// A line of status on standard error. On a terminal it is rewritten in place;
// elsewhere a new line is printed every few seconds.

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	plainEvery = 5 * time.Second        // between lines in a file or pipe
	drawEvery  = 100 * time.Millisecond // between states of a terminal's line
)

// status is the line. Its methods are safe for concurrent use.
type status struct {
	w     io.Writer
	width func() int // the terminal's columns; nil if w is not a terminal
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex
	shown time.Time // when the last state was shown
	drawn int       // columns of the state that is on the terminal
}

func newStatus(w io.Writer) *status {
	s := &status{w: w, every: plainEvery, now: time.Now}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.every = drawEvery
		s.width = func() int {
			columns, _, err := term.GetSize(int(f.Fd()))
			if err != nil || columns < 1 { // some terminals do not report it
				return 80
			}
			return columns
		}
	}
	return s
}

// terminal reports whether the line is rewritten in place.
func (s *status) terminal() bool { return s.width != nil }

// Show shows a state. It skips a state that follows the last one too soon, unless must
// is set.
func (s *status) Show(text string, must bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !must && now.Sub(s.shown) < s.every {
		return
	}
	s.shown = now
	if !s.terminal() {
		fmt.Fprintln(s.w, text)
		return
	}
	// Blanks, not an escape sequence, clear the rest of a longer state. The last column
	// stays free, because some terminals wrap after writing there.
	text = text[:min(len(text), max(s.width()-1, 0))]
	fmt.Fprintf(s.w, "\r%s%s", text, strings.Repeat(" ", max(0, s.drawn-len(text))))
	s.drawn = len(text)
}

// Note prints a message on its own line.
func (s *status) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	fmt.Fprintln(s.w, text)
}

// End leaves the current state on the terminal and starts a new line.
func (s *status) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
}

func (s *status) end() {
	if s.drawn > 0 {
		fmt.Fprintln(s.w)
		s.drawn = 0
	}
}
