// --for: how long a training takes.

package main

import (
	"time"

	"github.com/spf13/pflag"
)

// timeFlag is --for: the time that a training should take, in place of a number of steps.
type timeFlag struct {
	flags *pflag.FlagSet
	given time.Duration
	end   time.Time // when it is over
}

func (f *timeFlag) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.DurationVar(&f.given, "for", 0, "`time` to train for in place of --steps, such as 10m, 2h or 8h")
}

// asked reports whether the training has a time instead of steps.
func (f *timeFlag) asked() bool { return f.flags.Changed("for") }

// begin checks the flag and lets the time begin.
func (f *timeFlag) begin() error {
	switch {
	case !f.asked():
		return nil
	case f.given <= 0:
		return usagef("a time such as 10m, 2h or 8h", "--for %s is not possible", f.given)
	case f.flags.Changed("steps"):
		return usagef("the time follows from the steps, or the steps from the time", "--steps and --for exclude each other")
	}
	f.end = time.Now().Add(f.given)
	return nil
}
