// dcgan rewind: a new run that begins where an older one still was good.

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/train"
)

// rewindFlags are those of dcgan rewind.
type rewindFlags struct {
	to, out           string
	lrD, lrG          float64
	genUpdates, steps int
	precision         string
}

const toBest = "best"

func newRewind() *cobra.Command {
	f := &rewindFlags{}
	cmd := &cobra.Command{
		Use:   "rewind RUN",
		Short: "Begin a new run from an earlier checkpoint of a run",
		Long: `Make a new run folder that stands where RUN stood at a checkpoint: the one with the
best scores, or that of a step. The learning rates and the updates of the generator
may change, which is what helps a training that went wrong, and the precision, where
another machine is to go on. RUN itself stays as it is; "dcgan runs" lists its
checkpoints.`,
		Example: `  dcgan rewind runs/photos                              from the best checkpoint
  dcgan rewind runs/photos --to 15500 --lr-g 5e-5
  dcgan resume runs/photos-2                            then train it`,
		Args: arguments(1, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.to, "to", toBest, "best, or the `step` of a checkpoint")
	flags.StringVar(&f.out, "out", "", "run `folder` to make (default the run's with -2, -3, ...)")
	flags.Float64Var(&f.lrD, "lr-d", 0, "Adam's learning `rate` of the discriminator (default the run's)")
	flags.Float64Var(&f.lrG, "lr-g", 0, "Adam's learning `rate` of the generator (default the run's)")
	flags.IntVar(&f.genUpdates, "gen-updates", 0, "`updates` of the generator for each one of the discriminator (default the run's)")
	flags.StringVar(&f.precision, "precision", "", "fp32 or bf16: the `kind` of training's products (default the run's)")
	flags.IntVar(&f.steps, "steps", 0, "`steps` to reach in all (default the run's)")
	return cmd
}

func (f *rewindFlags) run(cmd *cobra.Command, dir string, stdout, stderr io.Writer) error {
	at, err := f.entry(dir, stderr)
	if err != nil {
		return err
	}
	to := f.out
	if to == "" {
		to = train.FreeName(strings.TrimRight(dir, `/\`))
	}
	err = train.Rewind(dir, at, to, func(c *config.Config) error { return f.change(c, at.Step, cmd.Flags().Changed) })
	if errors.Is(err, train.ErrRunExists) {
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

// change gives the settings the values of the flags that are given.
func (f *rewindFlags) change(c *config.Config, at int, given func(flag string) bool) error {
	if given("steps") {
		c.Steps = f.steps
	}
	if given("precision") {
		c.Precision = f.precision
	}
	for _, s := range []struct {
		flag, key string
		value     float64
	}{
		{"lr-d", config.KeyLRD, f.lrD}, {"lr-g", config.KeyLRG, f.lrG}, {"gen-updates", config.KeyGenUpdates, float64(f.genUpdates)},
	} {
		if !given(s.flag) {
			continue
		}
		if _, err := c.Change(config.Change{Step: at + 1, Setting: s.key, Value: s.value, Why: "rewind"}); err != nil {
			return err
		}
	}
	return nil
}

// entry finds the checkpoint to go back to, a full one.
func (f *rewindFlags) entry(dir string, stderr io.Writer) (checkpoint.Entry, error) {
	list, err := checkpoint.List(train.Checkpoints(dir))
	if err != nil {
		return checkpoint.Entry{}, err
	}
	if len(list) == 0 {
		return checkpoint.Entry{}, noCheckpoint(dir)
	}
	full := slices.DeleteFunc(slices.Clone(list), func(e checkpoint.Entry) bool { return !e.Full })
	if f.to == toBest {
		return bestFull(dir, full, stderr)
	}
	step, err := strconv.Atoi(f.to)
	if err != nil {
		return checkpoint.Entry{}, usagef("best, or the step of a checkpoint: "+stepsText(full), "--to %q is not possible", f.to)
	}
	i := slices.IndexFunc(list, func(e checkpoint.Entry) bool { return e.Step == step })
	switch {
	case i < 0:
		err = fmt.Errorf("%s has no checkpoint of step %d", dir, step)
	case !list[i].Full:
		err = fmt.Errorf("of step %d %s has kept the weights only, which make pictures; no training goes on from them", step, dir)
	default:
		return list[i], nil
	}
	return checkpoint.Entry{}, config.Hint(err, "there are "+stepsText(full))
}

// bestFull is the best of the full checkpoints of the run in dir. It says so where
// one that has weights only is better.
func bestFull(dir string, full []checkpoint.Entry, stderr io.Writer) (checkpoint.Entry, error) {
	best, scores, err := train.BestFull(dir)
	if errors.Is(err, checkpoint.ErrNone) {
		return best, config.Hint(fmt.Errorf("no full checkpoint of %s has been scored", dir), "name one with --to: there are "+stepsText(full))
	} else if err != nil {
		return best, err
	}
	if better, s, err := train.Best(dir); err == nil && !better.Full && s.Distance() < scores.Distance() {
		fmt.Fprintf(stderr, "step %d is better (kid %.4f, swd %.1f) but has weights only; step %d (kid %.4f, swd %.1f) is the best of the full ones\n",
			better.Step, s.KID, s.SWD, best.Step, scores.KID, scores.SWD)
	}
	return best, nil
}

// stepsText lists the steps of checkpoints.
func stepsText(list []checkpoint.Entry) string {
	var steps []string
	for _, e := range list {
		steps = append(steps, fmt.Sprint(e.Step))
	}
	return strings.Join(steps, ", ")
}
