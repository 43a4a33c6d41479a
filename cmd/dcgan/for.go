// --for and --from: how long a training takes, and what it begins with.

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/report"
	"dcgan/internal/train"
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

// plan measures steps on the pictures and plans for the time that is left as many as fit, after step of a run with
// settings c, some of which somebody has named.
func (f *timeFlag) plan(ctx context.Context, c *config.Config, pictures *dataset.Set, step int, named func(key string) bool, stderr io.Writer) error {
	if !f.asked() {
		return nil
	}
	stepS, err := train.PlanUntil(ctx, c, pictures, step, f.end)
	if err != nil {
		return err
	}
	if step == 0 {
		c.FollowLength(stepS, named)
	}
	fmt.Fprintf(stderr, "%s: about %d steps of %.3g s\n", report.Duration(f.given), c.Steps-step, stepS)
	return nil
}
