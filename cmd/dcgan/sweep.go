// dcgan sweep: which of several settings trains best.

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/host"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/sweep"
)

// sweepFlags are the flags of dcgan sweep.
type sweepFlags struct {
	*settingFlags
	lists              []*listValue
	budget             time.Duration
	steps, eta, scoreN int
	out, resume        string
	json, quiet        bool
}

func newSweep() *cobra.Command {
	f := &sweepFlags{}
	cmd := &cobra.Command{
		Use:   "sweep [DATA]",
		Short: "Find out which settings train best, by short trainings",
		Long: `Train with all combinations of the values that settings are given, separated by
commas, and find the best by successive halving: all are trained for a few steps, of
each three (--eta) the one nearest to the data goes on to three times as many, and so on
until one is left. One that diverges loses.

Settings with one value hold for every training, as with dcgan train. Those for
keeping checkpoints and for alarms hold for the winner alone, once it goes on.
The steps are planned once, to take no longer than --budget by what a step takes at
the beginning, or to reach --steps. Ctrl-C stops and saves; the same command, or
--resume, goes on from there, also after a crash, and comes to the same result.

The sweep's folder has the plan and the results (sweep.json), a page of them with
samples (sweep.html), the sheets side by side (sweep.png) and the run of each
combination. The winner's goes on as any run; of the others only the settings, the
sheets and the metrics stay. Standard output gets the command that trains with the
winner's settings.`,
		Example: `  dcgan sweep --lr-g 5e-5,1e-4,2e-4 --gen-updates 1,2,5
  dcgan sweep ~/photos --recipe quick --lr-d 2e-4,4e-4 --latent uniform,normal --budget 2h
  dcgan sweep ~/photos --ngf 16,32,64 --steps 3000 --out runs/widths
  dcgan sweep --resume runs/widths`,
		Args: arguments(0, 1, "DATA"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data := strings.Join(args, "")
			return f.run(cmd.Context(), data, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.DurationVar(&f.budget, "budget", 30*time.Minute, "`time` to take at most, such as 90s, 30m or 2h")
	flags.IntVar(&f.steps, "steps", 0,
		"`steps` that the last rung reaches at most: the winner's, not every candidate's; instead of a --budget")
	flags.IntVar(&f.eta, "eta", 3, "of each `number` of candidates one goes on, to that many times the steps")
	flags.IntVar(&f.scoreN, "score-pictures", 1000, "`pictures` that a score compares; fewer take less time and tell less")
	flags.StringVar(&f.out, "out", "", "`folder` to make (default runs/sweep-NAME of the data, or -2, -3, ... of it)")
	flags.StringVar(&f.resume, "resume", "",
		"go on with the sweep in a `folder`; of the settings only --threads may change")
	flags.BoolVar(&f.json, "json", false, "print the results as JSON")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but errors and the result")
	f.settingFlags, f.lists = addSweepSettings(cmd)
	cmd.PreRunE = func(_ *cobra.Command, args []string) error { return f.check(args) }
	return cmd
}

func (f *sweepFlags) check(args []string) (err error) {
	switch {
	case f.budget <= 0:
		return usagef("a time such as 90s, 30m or 2h", "--budget %s is not possible", f.budget)
	case f.flags.Changed("steps") && f.steps < 1:
		return usagef("at least one step", "--steps %d is not possible", f.steps)
	case f.flags.Changed("steps") && f.flags.Changed("budget"):
		return usagef("the time follows from the steps, or the steps from the time",
			"--steps and --budget exclude each other")
	case f.eta < 2 || f.eta > 100:
		return usagef("from 2 to 100; 3 is usual", "--eta %d is not possible", f.eta)
	case f.scoreN < score.Least || f.scoreN > mostOf:
		return usagef(fmt.Sprintf("from %d to %d; kid means little below a few hundred", score.Least, mostOf),
			"--score-pictures %d is not possible", f.scoreN)
	case f.resume == "":
		return nil
	case len(args) > 0:
		return usagef("the sweep knows its data: dcgan sweep --resume "+quoted(f.resume), "--resume takes no DATA")
	}
	f.flags.Visit(func(flag *pflag.Flag) {
		switch flag.Name {
		case "resume", "threads", "json", "quiet":
		default:
			err = usagef("a sweep keeps its settings; without --resume this is a new one",
				"--resume and --%s exclude each other", flag.Name)
		}
	})
	return err
}

func (f *sweepFlags) run(ctx context.Context, data string, stdout, stderr io.Writer) error {
	if f.quiet {
		stderr = io.Discard
	}
	s, err := f.open(ctx, data)
	if err != nil {
		return err
	}
	if s.Winner == 0 {
		err = f.work(ctx, s, stderr)
	}
	if s.Dir != "" {
		defer s.Close()
	}
	if err != nil {
		return sweepFailure(err, s)
	}
	return f.result(s, stdout, stderr)
}

// open returns the sweep that is asked for: one that stands in its folder, or a new
// one without a folder yet.
func (f *sweepFlags) open(ctx context.Context, data string) (*sweep.Sweep, error) {
	dir := f.resume
	if dir == "" {
		request, err := f.request(ctx, data)
		if err != nil {
			return nil, err
		}
		there := false
		if dir, there, err = f.folder(request); err != nil {
			return nil, err
		} else if !there {
			f.out = dir
			s, err := sweep.New(*request)
			if err != nil {
				return nil, usage(err)
			}
			return s, nil
		}
	}
	s, err := sweep.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, config.Hint(fmt.Errorf("%s is no sweep: it has no sweep.json", dir),
			"name the folder of a sweep, such as runs/sweep-demo")
	} else if err != nil {
		return nil, err
	}
	if flag := f.flags.Lookup("threads"); flag.Changed {
		flag.Value.(*settingValue).apply(s.Settings)
	}
	return s, nil
}

// request is what the command line asks for.
func (f *sweepFlags) request(ctx context.Context, data string) (*sweep.Request, error) {
	c, err := f.config(data)
	if err != nil {
		return nil, err
	}
	r := &sweep.Request{Settings: c, Eta: f.eta, ScoreN: f.scoreN, Steps: f.steps}
	if f.steps == 0 {
		r.BudgetS = f.budget.Seconds()
	}
	if r.Varied, err = varied(f.lists, c); err != nil {
		return nil, err
	}
	return r, f.follow(ctx, c, 0, io.Discard)
}

// folder returns the folder of the sweep and reports whether the same sweep is there already.
// The folder is --out, or the first named after the data that is free or has this sweep.
func (f *sweepFlags) folder(r *sweep.Request) (dir string, there bool, err error) {
	if f.out != "" {
		if !sweep.Exists(f.out) {
			return f.out, false, outsideHint(run.CheckOutside(f.out, r.Settings.Data))
		}
		s, err := sweep.Read(f.out)
		if err == nil && !s.Same(r) {
			err = config.Hint(fmt.Errorf("the folder holds another sweep: %s", f.out),
				"dcgan sweep --resume "+quoted(f.out)+" goes on with it; another --out, or none, makes a new one")
		}
		return f.out, true, err
	}
	name := filepath.Join(runsFolder, "sweep-"+runName(r.Settings.Data))
	for i := 2; ; i++ {
		dir = cmp.Or(dir, name)
		if s, err := sweep.Read(dir); err == nil && s.Same(r) {
			return dir, true, nil
		}
		if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
			return dir, false, outsideHint(run.CheckOutside(dir, r.Settings.Data))
		}
		dir = fmt.Sprintf("%s-%d", name, i)
	}
}

// work continues the sweep, or plans it and makes its folder first.
func (f *sweepFlags) work(ctx context.Context, s *sweep.Sweep, stderr io.Writer) error {
	dir := cmp.Or(s.Dir, f.out)
	if err := host.CheckWritable(dir); err != nil {
		return err
	}
	if err := s.Check(dir); err != nil {
		return err
	}
	pictures, err := openData(ctx, s.Settings, false, stderr)
	if err != nil {
		return err
	}
	defer pictures.Close()
	outliveListeners()
	if n := pictures.Len(); n < score.Least {
		return fmt.Errorf("a sweep compares by scores, which take %d pictures at least: there are %d", score.Least, n)
	}
	if s.Dir == "" {
		fmt.Fprintf(stderr, "%d candidates: %s\n", len(s.Candidates), report.NewSweep(s, flagName).Grid)
		if len(s.Rungs) == 0 {
			if err := planByTime(ctx, s, pictures, stderr); err != nil {
				return err
			}
		}
		s.Data = pictures.Fingerprint()
		if err := s.Create(f.out); err != nil {
			return err
		}
	}
	fmt.Fprintf(stderr, "%s, in %s; Ctrl-C stops and saves\n", rungsText(s.Rungs), s.Dir)
	watch := &sweepWatch{Sweep: s, stderr: stderr}
	defer whenStopping(ctx, watch.stopping)()
	return s.Run(ctx, &sweep.Trials{
		Pictures: pictures,
		Open:     engine.Open,
		Watch:    watch.trial,
		Changed:  func() error { return writeSweepPages(s) },
	})
}

// planByTime plans a sweep by its budget, and says what it measures meanwhile.
func planByTime(ctx context.Context, s *sweep.Sweep, pictures *dataset.Set, stderr io.Writer) error {
	status := newStatus(stderr)
	defer status.End()
	status.Show("measuring the time of scores and steps", true)
	err := s.PlanTime(ctx, pictures, func(candidate int) {
		status.Show(fmt.Sprintf("measuring the steps of candidate %d of %d", candidate, len(s.Candidates)), false)
	})
	if e, ok := errors.AsType[*sweep.BudgetError](err); ok {
		return config.Hint(fmt.Errorf("a --budget of %s is too short for %d candidates", e.Budget, e.Candidates),
			fmt.Sprintf("--budget %s gives each %d steps; fewer values, a smaller --size or fewer --score-pictures take less",
				e.Least, e.Step))
	}
	return err
}

// sweepFailure gives the error of a sweep the hint of how to go on.
func sweepFailure(err error, s *sweep.Sweep) error {
	switch resume := "dcgan sweep --resume " + quoted(s.Dir); {
	case s.Dir == "":
		return err
	case errors.Is(err, context.Canceled):
		return config.Hint(err, "everything is saved; "+resume+" goes on")
	case atomicfile.DiskFull(err):
		return config.Hint(err, "make room, then "+resume+" goes on")
	}
	return err
}

// sweepResult is what sweep prints as JSON: sweep.json with what is to be done next.
type sweepResult struct {
	Folder  string `json:"folder"`
	Run     string `json:"winner_run"`
	Command string `json:"command"`
	*sweep.Sweep
}

// result tells who has won.
func (f *sweepFlags) result(s *sweep.Sweep, stdout, stderr io.Writer) error {
	command, err := winnerCommand(s)
	if err != nil {
		return err
	}
	winner := s.RunDir(s.Candidates[s.Winner-1])
	if err := report.NewSweep(s, flagName).WriteText(stderr); err != nil {
		return err
	}
	fmt.Fprintf(stderr, `
look at the results    %s, and %s beside it
look at the curves     dcgan serve %s
go on with the winner  dcgan resume %s
train it anew          the command below

`, filepath.Join(s.Dir, sweepHTML), sweepPNG, quoted(filepath.Join(s.Dir, "runs")), quoted(winner))
	if f.json {
		return json.NewEncoder(stdout).Encode(sweepResult{s.Dir, winner, command, s})
	}
	_, err = fmt.Fprintln(stdout, command)
	return err
}

// winnerCommand trains with the winner's settings from the beginning.
func winnerCommand(s *sweep.Sweep) (string, error) {
	c, err := s.Config(s.Candidates[s.Winner-1])
	if err != nil {
		return "", err
	}
	if len(c.Changes) > 0 { // no flag says them
		return "dcgan train --config " + quoted(filepath.Join(s.RunDir(s.Candidates[s.Winner-1]), "config.json")), nil
	}
	return trainCommand(c)
}
