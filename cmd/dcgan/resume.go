// dcgan resume: a run goes on where its newest checkpoint stands.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// resumeFlags are those of dcgan resume.
type resumeFlags struct {
	flags *pflag.FlagSet
	data  string
	time  timeFlag
	page  besideFlags
	quiet bool
}

func newResume() *cobra.Command {
	f := &resumeFlags{}
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Continue a run after a stop, a crash, or its end",
		Long: `Continue the training of a run folder with everything it had: weights, moments,
averages, random numbers and the order of the pictures. The result is the same,
byte for byte, as if it had never stopped. A run keeps its settings; only those
below may change, on which nothing that is learnt depends.`,
		Example: `  dcgan resume runs/photos                   go on to the run's last step
  dcgan resume runs/photos --for 1h          train for one hour more
  dcgan resume runs/photos --steps 40000     train longer
  dcgan resume runs/photos --data /new/place the pictures have moved`,
		Args: arguments(1, 1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.flags = cmd.Flags()
	f.flags.SortFlags = false
	f.flags.StringVar(&f.data, "data", "", "`folder`, .zip or .tar with the run's pictures (default where they were)")
	f.time.add(f.flags)
	addRunSettings(cmd, config.Keys(config.Resume)...)
	f.page.add(f.flags)
	f.flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but errors")
	return cmd
}

func (f *resumeFlags) run(ctx context.Context, dir string, stdout, stderr io.Writer) (err error) {
	if f.quiet {
		stderr = io.Discard
	}
	if err := f.time.begin(); err != nil {
		return err
	}
	endPage := func(error) {}
	defer func() { endPage(err) }() // after the run is closed, which the page may be told to train on
	r, err := run.Open(dir)
	if err != nil {
		return noRun(dir, err)
	}
	defer r.Close()
	if err := f.change(r); err != nil {
		return err
	}
	if r.Step >= r.Config.Steps && !f.time.asked() {
		return f.finished(r, stdout, stderr)
	}
	if err := checkRoom(r); err != nil {
		return err
	}
	end, err := f.page.serve(ctx, dir, stderr)
	if err != nil {
		return err
	}
	endPage = end
	t, err := newTrainer(ctx, r.Config, false, stderr, func(set *dataset.Set) error {
		return f.time.plan(ctx, r.Config, set, r.Step, nil, stderr)
	})
	if err != nil {
		return err
	}
	defer t.Close()
	return t.train(ctx, r, f.time.end, stdout, stderr)
}

// checkRoom refuses to go on where memory or disk won't hold it. The hints are those of
// a run, which keeps its settings but for what is written.
func checkRoom(r *run.Run) error {
	if err := train.CheckMemory(r.Config); err != nil {
		return config.Hint(err, "a run keeps its settings: close other programs, or go on on a machine with more")
	}
	used, err := checkpoint.Used(run.Checkpoints(r.Dir))
	if err != nil {
		return err
	}
	if err := run.CheckDisk(r.Config, r.Dir, used); err != nil {
		return config.Hint(err, "make room, or let fewer stay: --keep, --keep-best, --snapshot-every or --disk-budget")
	}
	return nil
}

// change sets what may change.
func (f *resumeFlags) change(r *run.Run) (err error) {
	c := r.Config
	for _, v := range given(f.flags) {
		v.applyAfter(c, r.Step)
	}
	if f.flags.Changed("data") {
		if c.Data, err = filepath.Abs(f.data); err != nil {
			return err
		}
	}
	return validate(c)
}

// finished answers a run that has reached its steps already.
func (f *resumeFlags) finished(r *run.Run, stdout, stderr io.Writer) error {
	more := fmt.Sprintf("dcgan resume %s --steps %d", quoted(r.Dir), 2*r.Step)
	if f.flags.Changed("steps") {
		return usagef("--steps counts from the run's beginning; to train longer: "+more,
			"--steps %d: %s has made %d already", r.Config.Steps, r.Dir, r.Step)
	}
	fmt.Fprintf(stderr, "%s has reached its %d steps; to train longer: %s\n", r.Dir, r.Step, more)
	result(stdout, r)
	return nil
}

// noRun explains why a folder can't be resumed.
func noRun(dir string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) || config.HintOf(err) != "" {
		return err
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no config.json", dir),
		"name a run folder, such as runs/demo; dcgan train makes one")
}
