// dcgan score: how good generated pictures are, measured against real ones.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensorfile"
)

// scoreFlags are the flags of dcgan score.
type scoreFlags struct {
	n, size, step, threads   int
	data, inception, nearest string
	all, json                bool
	outputFlags
}

const argScored = "RUN|CHECKPOINT|FOLDER|ZIP"

func newScore() *cobra.Command {
	f := &scoreFlags{}
	cmd := &cobra.Command{
		Use:   "score " + argScored,
		Short: "Measure how good generated pictures are",
		Long: `Compare the pictures of a trained generator, those of seeds 0, 1, ..., or the
pictures in a folder or archive, with real ones: by default, of a run, the pictures
that it was trained on.

fd and kid are distances in the features of a small network that is part of the
program: less is better, and they compare only among themselves. fd is not FID;
--inception, with the weights of that network, makes it FID. The files it takes are
pt_inception-2015-12-05-6726825d.pth as it is, or as safetensors:
  python -c "import torch, safetensors.torch as s; s.save_file({k: v.float() for k, v
  in torch.load('pt_inception-2015-12-05-6726825d.pth').items()}, 'inception.safetensors')"
precision and density tell how real the samples look, recall and coverage how much
of the data they show; where these are still 0, realism and closeness tell how near
the two come. swd compares patches of pixels; sharpness is 1 for the data. The floor
beside each score is what real pictures have, one half of the data against the other.`,
		Example: `  dcgan score runs/demo                      its best checkpoint
  dcgan score runs/demo --all --json         every checkpoint, a line each
  dcgan score pictures --data ~/photos       any pictures with any others
  dcgan score runs/demo -n 10000 --inception pt_inception-2015-12-05-6726825d.pth`,
		Args: arguments(1, 1, argScored),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.data, "data", "", "folder or archive of real `pictures` (default those of the run)")
	flags.IntVarP(&f.n, "number", "n", 2000, "compare this many `pictures` of each side, or all there are")
	flags.IntVar(&f.step, "step", 0,
		"the run's checkpoint of this `step` (default the best, or if none was scored the newest)")
	flags.BoolVar(&f.all, "all", false, "all the run's checkpoints")
	flags.IntVar(&f.size, "size", 64, "bring a folder's pictures to this width and height in `pixels`")
	flags.StringVar(&f.inception, "inception", "", "`file` with the weights of FID's network: fd is FID then")
	flags.StringVar(&f.nearest, "nearest", "", "write a `file`, PNG, of 32 samples, each left of the nearest real picture")
	flags.IntVar(&f.threads, "threads", 0, "processor `threads`, 0 for one a core; never changes a result")
	flags.BoolVar(&f.json, "json", false, "print JSON, a line a checkpoint")
	f.outputFlags.add(flags)
	cmd.PreRunE = func(*cobra.Command, []string) error { return f.check() }
	return cmd
}

func (f *scoreFlags) check() error {
	switch {
	case f.n < score.Least || f.n > mostOf:
		return usagef(fmt.Sprintf("from %d to %d; distances mean little below 1,000", score.Least, mostOf),
			"-n %d is not possible", f.n)
	case f.step < 0:
		return usagef("dcgan score RUN --all shows the steps there are", "--step %d is not possible", f.step)
	case f.step > 0 && f.all:
		return usagef("--step takes one checkpoint, --all every one", "--step and --all exclude each other")
	case f.nearest != "" && f.all:
		return usagef("name one checkpoint with --step", "--nearest makes one file, --all has many checkpoints")
	}
	if err := checkEnding("nearest", f.nearest, ".png"); err != nil {
		return err
	}
	return checkThreads(f.threads)
}

func (f *scoreFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	if err := f.checkNew(f.nearest); err != nil {
		return err
	}
	extractor, err := f.extractor()
	if err != nil {
		return err
	}
	snapshots, err := f.snapshots(source, stderr)
	if err != nil {
		return err
	}
	c, err := f.settings(source, snapshots)
	if err != nil {
		return err
	}
	real, err := f.measureData(ctx, c, extractor, f.cacheFolder(source, snapshots), stderr)
	if err != nil {
		if f.data == "" {
			err = movedHint(err, "dcgan score "+quoted(source))
		}
		return err
	}
	defer real.set.Close()
	if snapshots == nil {
		return f.scoreFolder(ctx, source, c, real, stdout, stderr)
	}
	for _, path := range snapshots {
		s, err := checkpoint.Load(path)
		if errors.Is(err, fs.ErrNotExist) && f.all { // a training that goes on has deleted it
			continue
		} else if err != nil {
			return err
		}
		if err := f.scoreSnapshot(ctx, source, s, real, stdout, stderr); err != nil {
			return err
		}
	}
	return nil
}

// extractor is the embedded network, or that of --inception.
func (f *scoreFlags) extractor() (*score.Extractor, error) {
	if f.inception == "" {
		return score.Embedded()
	}
	weights, err := tensorfile.ReadTensors(f.inception)
	if err != nil {
		return nil, err
	}
	e, err := score.NewInception(weights)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("%s: %w", f.inception, err),
			"the file is pt_inception-2015-12-05-6726825d.pth, which pytorch-fid downloads")
	}
	return e, nil
}

// snapshots lists the checkpoint files that are asked for; none for pictures. It says
// which one it chooses by itself.
func (f *scoreFlags) snapshots(source string, stderr io.Writer) ([]string, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && filepath.Ext(source) == filepath.Ext(checkpoint.Name(0)) {
		return []string{source}, f.refuse("a checkpoint is one step")
	}
	if !info.IsDir() || !run.Exists(source) {
		return nil, f.refuse("pictures have no steps")
	}
	list, err := checkpoint.List(run.Checkpoints(source))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noCheckpoint(source)
	}
	var paths, steps []string
	for _, e := range list {
		if f.all || e.Step == f.step {
			paths = append(paths, e.Path)
		}
		steps = append(steps, fmt.Sprint(e.Step))
	}
	switch {
	case f.all || f.step > 0 && len(paths) > 0:
		return paths, nil
	case f.step > 0:
		return nil, config.Hint(fmt.Errorf("%s has no checkpoint of step %d", source, f.step),
			"there are "+strings.Join(steps, ", "))
	}
	e, err := chosen(source, stderr)
	return []string{e.Path}, err
}

// refuse is the error of --step or --all where there are no steps.
func (f *scoreFlags) refuse(why string) error {
	if f.all || f.step > 0 {
		return usagef("name a run folder", "--step and --all choose among a run's checkpoints: %s", why)
	}
	return nil
}

// settings says how the real pictures are read: as the run's were, or for pictures
// of any source by the reference's rules at --size.
func (f *scoreFlags) settings(source string, snapshots []string) (*config.Config, error) {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		return nil, err
	}
	c.Size = f.size
	if snapshots != nil {
		s, err := checkpoint.Load(snapshots[len(snapshots)-1])
		if err != nil {
			return nil, err
		}
		c = s.Config
	} else if f.data == "" {
		return nil, usagef("--data names the folder or archive of real pictures",
			"%s is no run: it does not say what to compare with", source)
	}
	if f.data != "" {
		if c.Data, err = filepath.Abs(f.data); err != nil {
			return nil, err
		}
	}
	c.Threads = f.threads
	if err := c.Validate(); err != nil {
		return nil, usage(err)
	}
	return c, nil
}

// cacheFolder is where the data's features stay: the run's folder, for the network
// of the program and the run's own data.
func (f *scoreFlags) cacheFolder(source string, snapshots []string) string {
	if info, err := os.Stat(source); err == nil && info.IsDir() && snapshots != nil && f.data == "" {
		return source
	}
	return ""
}

// print writes the scores for people or programs.
func (f *scoreFlags) print(w io.Writer, s *report.Scores) error {
	if f.json {
		return json.NewEncoder(w).Encode(s)
	}
	return s.WriteText(w)
}
