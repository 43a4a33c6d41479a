// dcgan inspect: what is in a set of pictures, and what training on it takes.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/host"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

// inspectFlags are those of dcgan inspect.
type inspectFlags struct {
	*settingFlags
	noTiming, json, strict bool
	html, sheet            string
}

func newInspect() *cobra.Command {
	f := &inspectFlags{}
	cmd := &cobra.Command{
		Use:   "inspect [DATA]",
		Short: "Show what is in a set of pictures and what training on it takes",
		Long: `Read DATA as train does, and show its pictures' number, sizes, shapes and colours,
the files that can't be used, the pictures that are alike, and what a training
with these settings takes: parameters, memory, disk, and time, measured on real
steps. Names of files are printed so that any can be read back: \\ is a
backslash, \n a new line, \xHH the byte HH of what is no text; printf %b undoes it.`,
		Example: `  dcgan inspect ~/photos
  dcgan inspect ~/photos --size 128 --batch 32 --no-timing
  dcgan inspect ~/photos --html report.html      with the pictures as training sees them
  dcgan inspect ~/photos --json | jq .skipped`,
		Args: arguments(0, 1, "DATA"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data := strings.Join(args, "")
			return f.run(cmd.Context(), data, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().BoolVar(&f.noTiming, "no-timing", false, "leave out the time, which takes a few real steps")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().StringVar(&f.html, "html", "", "`file` to write the report to as a page, with thumbnails")
	cmd.Flags().StringVar(&f.sheet, "sheet", "", "`file` (PNG) to write the first 64 pictures to, as they enter training")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "fail at the first file that can't be used")
	f.settingFlags = addSettings(cmd)
	return cmd
}

func (f *inspectFlags) run(ctx context.Context, data string, stdout, stderr io.Writer) error {
	c, err := f.config(data)
	if err != nil {
		return err
	}
	if err := f.follow(ctx, c, 0, io.Discard); err != nil {
		return err
	}
	i := &report.Inspection{Data: c.Data, Name: dataName(c.Data), Training: costOf(c)}
	wait := newStatus(stderr)
	defer wait.End()
	if wait.terminal() {
		wait.Show("reading pictures and measuring steps ...", true)
	}
	set, err := f.read(ctx, c, i)
	if set != nil {
		defer set.Close()
	}
	if err != nil && !errors.Is(err, dataset.ErrNoPictures) {
		return err
	}
	if set != nil && !f.noTiming && i.Training.MemoryTooMuch == "" {
		if i.Training.StepS, err = train.StepTime(ctx, c, set); err != nil {
			return err
		}
		i.Training.EtaS = i.Training.StepS * float64(c.Steps)
	}
	wait.End()
	if writeErr := f.write(i, set); writeErr != nil {
		return writeErr
	}
	if printErr := f.print(i, stdout); printErr != nil {
		return printErr
	}
	return err
}

// print writes the inspection for people or programs.
func (f *inspectFlags) print(i *report.Inspection, stdout io.Writer) error {
	if f.json {
		return json.NewEncoder(stdout).Encode(i)
	}
	return i.WriteText(stdout)
}

// read fills in the report. It returns the set, whose pictures a timing needs,
// or nil where none of them can be used.
func (f *inspectFlags) read(ctx context.Context, c *config.Config, i *report.Inspection) (set *dataset.Set, err error) {
	opt := dataset.OptionsFor(c)
	opt.Strict = f.strict
	opt.Progress = func(int, int) error { return ctx.Err() }
	if c.Data == "" {
		set, err = dataset.Demo(opt)
	} else if set, err = dataset.Open(c.Data, opt); errors.Is(err, dataset.ErrNoPictures) {
		report, reportErr := dataset.Inspect(c.Data, opt)
		if reportErr != nil {
			return nil, reportErr
		}
		i.Report = report
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	i.Report, err = set.Report()
	return set, err
}

// write writes the files that were asked for; set is nil where no picture can be
// used.
func (f *inspectFlags) write(i *report.Inspection, set *dataset.Set) error {
	if f.sheet != "" && set != nil {
		sheet, err := report.DataSheet(set)
		if err != nil {
			return err
		}
		if err := writePNG(f.sheet, sheet); err != nil {
			return err
		}
	}
	if f.html == "" {
		return nil
	}
	return atomicfile.Write(f.html, 0o666, func(w io.Writer) error { return i.WritePage(w, set, time.Now()) })
}

// costOf returns what follows from the settings alone, without a measured time.
func costOf(c *config.Config) *report.Cost {
	m := gan.NewModel(c)
	have, _ := host.AvailableMemory()
	full, weights := run.Kept(c)
	_, disk := run.CheckpointNeed(c, m)
	return &report.Cost{
		Recipe: c.Recipe, Size: c.Size, Batch: c.Batch, Steps: c.Steps, Keep: full, Snapshots: weights,
		ParametersG: parameters(m.Generator), ParametersD: parameters(m.Discriminator),
		MemoryBytes: train.MemoryNeed(c), MemoryAvailable: have,
		MemoryTooMuch:   config.WordHint(train.CheckMemory(c), flagWord),
		CheckpointBytes: checkpoint.Size(m, true), SnapshotBytes: checkpoint.Size(m, false), DiskBytes: disk,
	}
}

// parameters returns the number of trained numbers in layers.
func parameters(layers []gan.Layer) (n int64) {
	for _, p := range gan.Parameters(layers) {
		n += int64(tensor.Size(p.Shape))
	}
	return n
}
