// dcgan resume: a run goes on where its newest checkpoint stands.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/run"
)

// resumeFlags are the flags of dcgan resume.
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
below may change.

--steps and --for plan the run anew. With the schedule "cosine", as recipe vivid
has it, learning rates rise to where a run of that many steps has them here, and
sink towards the new end. config.json lists both plans, so that "dcgan train
--config" repeats the whole run.`,
		Example: `  dcgan resume runs/photos                   go on to the run's last step
  dcgan resume runs/photos --for 1h          train for one hour more
  dcgan resume runs/photos --steps 40000     train longer
  dcgan resume runs/photos --data /new/place the pictures have moved`,
		Args: f.page.arguments(1, 1, "RUN"),
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
	warnings := stderr // also with --quiet
	if f.quiet {
		stderr = io.Discard
	}
	if err := f.page.check(); err != nil {
		return err
	}
	if err := f.time.begin(); err != nil {
		return err
	}
	endPage := func(error) {}
	defer func() { endPage(err) }() // after the run is closed, which the page may be told to train on
	t, err := dcgan.OpenTraining(dir)
	if err != nil {
		return noRun(dir, err)
	}
	defer t.Close()
	for _, damage := range t.Damage() {
		fmt.Fprintln(warnings, damage)
	}
	if err := f.change(t); err != nil {
		return err
	}
	t.End = f.time.end
	if t.Done() && !f.time.asked() {
		return f.finished(t, stdout, stderr)
	}
	if err := t.Check(); err != nil {
		return err
	}
	if endPage, err = f.page.serve(ctx, dir, stderr); err != nil {
		endPage = func(error) {}
		return err
	}
	err = watch(ctx, t, &f.time, nil, stdout, stderr)
	if t.Data() == nil { // they could not be read
		err = movedHint(err, "dcgan resume "+quoted(dir))
	}
	return err
}

// change gives the training the values of the flags that are given.
func (f *resumeFlags) change(t *dcgan.Training) error {
	for _, v := range given(f.flags) {
		if err := t.Set(v.Key, v.given); err != nil {
			return usage(err)
		}
	}
	if f.flags.Changed("data") {
		return t.Set("data", f.data)
	}
	return nil
}

// finished answers a run that has reached its steps already.
func (f *resumeFlags) finished(t *dcgan.Training, stdout, stderr io.Writer) error {
	dir, made := t.Folder(), t.Step()
	more := fmt.Sprintf("dcgan resume %s --steps %d", quoted(dir), 2*made)
	if f.flags.Changed("steps") {
		return usagef("--steps counts from the run's beginning; to train longer: "+more,
			"--steps %d: %s has made %d already", t.Settings().Get("steps"), dir, made)
	}
	fmt.Fprintf(stderr, "%s has reached its %d steps; to train longer: %s\n", dir, made, more)
	result(stdout, t)
	return nil
}

// noRun explains why a folder can't be resumed.
func noRun(dir string, err error) error {
	if errors.Is(err, dcgan.ErrDamaged) {
		return noneWhole(dir, err)
	}
	if errors.Is(err, run.ErrNoSettings) {
		return config.Hint(err, "dcgan train PICTURES makes a new run")
	}
	if !errors.Is(err, fs.ErrNotExist) || config.HintOf(err) != "" {
		return err
	}
	return config.Hint(fmt.Errorf("%s is no run: it has no config.json", dir),
		"name a run folder, such as runs/demo; dcgan train makes one")
}
