// dcgan train: a new run, from pictures to a trained generator.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// runsFolder is where runs go that are not told another place.
const runsFolder = "runs"

// trainFlags are the flags of dcgan train.
type trainFlags struct {
	*settingFlags
	out    string
	time   timeFlag
	page   besideFlags
	strict bool
	quiet  bool
}

func newTrain() *cobra.Command {
	f := &trainFlags{}
	cmd := &cobra.Command{
		Use:   "train [DATA]",
		Short: "Train a generator on a folder of pictures",
		Long: `Train a DCGAN on DATA, a folder (with the folders in it), a .zip or a .tar of
pictures. Without DATA it trains on an embedded set of 1,000 cartoon heads.

The run's folder holds its settings, sheets of samples, checkpoints, and its
losses for TensorBoard and as metrics.jsonl. Ctrl-C finishes the running step
and saves; "dcgan resume" goes on from there, also after a crash.

Four recipes set everything at once:
  vivid       the default: a loss that holds, so that pictures get better the longer
              it trains (relativistic, with gradient penalties and augmentation)
  reference   the article's settings, its slip in the widths corrected
  published   the published code as it is: its widths, its way to draw, resize,
              round and sample, its training on one fixed batch now and then
  quick       the article's loss, narrow and short`,
		Example: `  dcgan train                                    the demonstration
  dcgan train ~/photos                           into runs/photos
  dcgan train ~/photos --for 2h                  as well as two hours can
  dcgan train ~/photos --size 32 --ngf 32 --ndf 32 --steps 5000
  dcgan train ~/cats --from runs/photos          begin with what that run has learnt
  dcgan train --config runs/photos/config.json --lr-g 2e-4 --out runs/faster`,
		Args: f.page.arguments(0, 1, "DATA"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data := strings.Join(args, "")
			return f.run(cmd.Context(), data, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&f.out, "out", "", "run `folder` to make (default runs/NAME of the data, or -2, -3, ... of it)")
	f.time.add(cmd.Flags())
	f.page.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.strict, "strict", false, "stop at the first file that can't be used, instead of skipping it")
	cmd.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but errors")
	f.settingFlags = addSettings(cmd)
	cmd.Flags().StringVar(&f.from, "from", "", "`RUN|CHECKPOINT` to begin with, in place of networks that know nothing")
	return cmd
}

func (f *trainFlags) run(ctx context.Context, data string, stdout, stderr io.Writer) (err error) {
	if f.quiet {
		stderr = io.Discard
	}
	if err := f.page.check(); err != nil {
		return err
	}
	if err := f.time.begin(); err != nil {
		return err
	}
	c, err := f.config(data)
	if err != nil {
		return err
	}
	endPage := func(error) {}
	defer func() { endPage(err) }() // after the run is closed, which the page may be told to train on
	dir := f.folder(c)
	t, err := dcgan.NewTraining(dir, apiSettings(c))
	if errors.Is(err, dcgan.ErrRunExists) {
		return runExists(dir)
	} else if err != nil {
		return outsideHint(err)
	}
	defer t.Close()
	t.Strict, t.End = f.strict, f.time.end
	if f.out == "" {
		t.Taken = func() string { return f.folder(c) }
	}
	follows, err := t.Follow(ctx, f.time.given, f.named)
	if err != nil {
		return dataHint(err)
	}
	if err := t.Check(); err != nil {
		return err
	}
	if endPage, err = f.page.serve(ctx, f.served(dir), stderr); err != nil {
		endPage = func(error) {}
		return err
	}
	if follows {
		fmt.Fprintf(stderr, "settings for these pictures: %s\n", t.Settings().Followed(flagWord))
	}
	err = watch(ctx, t, &f.time, f.warn, stdout, stderr)
	if errors.Is(err, dcgan.ErrRunExists) { // another training has made it meanwhile
		return runExists(dir)
	}
	return err
}

// warn says what is to be known about a training before its first step. It measures nothing
// if nobody would hear it.
func (f *trainFlags) warn(ctx context.Context, t *dcgan.Training, stderr io.Writer) error {
	if f.quiet {
		return nil
	}
	if text := train.FewText(t.Data().Len()).Word(flagWord); text != "" {
		fmt.Fprintln(stderr, text)
	}
	if f.time.asked() {
		return nil
	}
	what, err := t.Waste(ctx)
	if err != nil || what == "" {
		return err
	}
	data, _ := t.Settings().Get("data").(string)
	if data != "" {
		data = " " + quoted(data)
	}
	fmt.Fprintf(stderr, "warning: %s; better: dcgan train%s --for 1h, with the settings for such a set\n", what, data)
	return nil
}

// folder is the run folder: --out, or one of the data's name that is free.
func (f *trainFlags) folder(c *config.Config) string {
	if f.out != "" {
		return f.out
	}
	return run.FreeName(filepath.Join(runsFolder, runName(c.Data)))
}

// served is what --serve shows: the run beside the others in the folder runs or, where
// it has another place, alone, unless the page may begin others there.
func (f *trainFlags) served(dir string) string {
	if f.out == "" || f.page.control {
		return filepath.Dir(dir)
	}
	return dir
}

// runName is the name of the data without what makes it a file or a path.
func runName(data string) string {
	if data == "" {
		return "demo"
	}
	name := filepath.Base(data)
	lower := strings.ToLower(name)
	for _, ending := range []string{".zip", ".tar", ".tar.gz", ".tgz"} {
		if len(name) > len(ending) && strings.HasSuffix(lower, ending) {
			return name[:len(name)-len(ending)]
		}
	}
	if strings.Trim(name, `./\`) == "" { // the root of a file system
		return "data"
	}
	return name
}

// outsideHint hints at a folder outside the pictures if err says that a run's lies among them.
func outsideHint(err error) error {
	e, ok := errors.AsType[*run.AmongPicturesError](err)
	if !ok {
		return err
	}
	return usage(config.Hint(err, "take a place outside, such as --out "+
		quoted(filepath.Join(filepath.Dir(e.Data), runsFolder, runName(e.Data)))))
}

func runExists(dir string) error {
	return config.Hint(fmt.Errorf("%w already: %s", run.ErrExists, dir),
		"dcgan resume "+dir+" continues it; another --out, or none, makes a new one")
}
