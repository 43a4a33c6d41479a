// dcgan rewind: a new run that begins where an older one still was good.

package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// rewindFlags are the flags of dcgan rewind.
type rewindFlags struct {
	flags   *pflag.FlagSet
	to, out string
}

const toBest = "best"

func newRewind() *cobra.Command {
	f := &rewindFlags{}
	cmd := &cobra.Command{
		Use:   "rewind RUN",
		Short: "Begin a new run from an earlier checkpoint of a run",
		Long: `Make a new run folder that stands where RUN stood at a checkpoint: the one with the
best scores, or that of a step. What may change while a run trains may be different
from there on, such as the learning rates and the updates of the generator, which is
what helps a training that went wrong; so may the precision, where another machine is
to go on. RUN itself stays as it is; "dcgan runs" lists its
checkpoints.`,
		Example: `  dcgan rewind runs/photos                              from the best checkpoint
  dcgan rewind runs/photos --to 15500 --lr-g 5e-5
  dcgan resume runs/photos-2                            then train it`,
		Args: arguments(1, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.flags = cmd.Flags()
	f.flags.SortFlags = false
	f.flags.StringVar(&f.to, "to", toBest, "best, or the `step` of a checkpoint")
	f.flags.StringVar(&f.out, "out", "", "run `folder` to make (default the run's with -2, -3, ...)")
	addRunSettings(cmd, append(config.Keys(config.Live), "precision", "steps")...)
	return cmd
}

func (f *rewindFlags) run(dir string, stdout, stderr io.Writer) error {
	at, err := f.entry(dir, stderr)
	if err != nil {
		return err
	}
	to := f.out
	if to == "" {
		to = run.FreeName(strings.TrimRight(dir, `/\`))
	}
	err = run.Rewind(dir, at, to, func(c *config.Config) error { return f.change(c, at.Step+1) })
	if errors.Is(err, run.ErrExists) {
		return runExists(to)
	} else if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s stands at step %d of %s; to train it: dcgan resume %s\n", to, at.Step, dir, quoted(to))
	if !newStatus(stdout).terminal() {
		fmt.Fprintln(stdout, to)
	}
	return nil
}

// change gives the settings the values of the flags that are given: those that may change while a run
// trains from a step on.
func (f *rewindFlags) change(c *config.Config, step int) error {
	for _, v := range given(f.flags) {
		if !v.Is(config.Live) {
			v.applyAfter(c, step-1)
			continue
		}
		var asked config.Config
		v.apply(&asked)
		if _, err := c.Change(config.Change{Step: step, Setting: v.Key, Value: v.Number(&asked), Why: "rewind"}); err != nil {
			return err
		}
	}
	return nil
}

// entry finds the checkpoint to go back to, a full one.
func (f *rewindFlags) entry(dir string, stderr io.Writer) (checkpoint.Entry, error) {
	list, err := checkpoint.List(run.Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, err
	}
	if len(list) == 0 {
		return checkpoint.Entry{}, noCheckpoint(dir)
	}
	if f.to == toBest {
		return bestFull(dir, list, stderr)
	}
	step, err := strconv.Atoi(f.to)
	if err != nil {
		return checkpoint.Entry{}, usagef("best, or the step of a checkpoint: "+run.FullSteps(list),
			"--to %q is not possible", f.to)
	}
	return run.FullAt(dir, step)
}

// bestFull returns the best of the full checkpoints of the run in dir, which are in list. It
// says so if one that has weights only is better.
func bestFull(dir string, list []checkpoint.Entry, stderr io.Writer) (checkpoint.Entry, error) {
	best, scores, err := run.BestFull(dir)
	if errors.Is(err, checkpoint.ErrNone) {
		return best, config.Hint(fmt.Errorf("no full checkpoint of %s has been scored", dir),
			"name one with --to: there are "+run.FullSteps(list))
	} else if err != nil {
		return best, err
	}
	if better, s, err := run.Best(dir); err == nil && !better.Full && s.Distance() < scores.Distance() {
		fmt.Fprintf(stderr, "step %d is better (kid %.4f, swd %.1f) but has weights only; "+
			"step %d (kid %.4f, swd %.1f) is the best of the full ones\n",
			better.Step, s.KID, s.SWD, best.Step, scores.KID, scores.SWD)
	}
	return best, nil
}
