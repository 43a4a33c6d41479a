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
	"dcgan/internal/dataset"
	"dcgan/internal/report"
	"dcgan/internal/train"
)

// inspectFlags are the flags of dcgan inspect.
type inspectFlags struct {
	*settingFlags
	outputFlags
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
	f.outputFlags.add(cmd.Flags())
	f.settingFlags = addSettings(cmd)
	return cmd
}

func (f *inspectFlags) run(ctx context.Context, data string, stdout, stderr io.Writer) error {
	if err := checkEnding("sheet", f.sheet, ".png"); err != nil {
		return err
	}
	for _, path := range []string{f.html, f.sheet} {
		if err := f.checkNew(path); err != nil {
			return err
		}
	}
	c, err := f.config(data)
	if err != nil {
		return err
	}
	if err := f.follow(ctx, c, 0, io.Discard); err != nil {
		return err
	}
	wait := newStatus(stderr)
	defer wait.End()
	if wait.terminal() {
		wait.Show("reading pictures and measuring steps ...", true)
	}
	i, set, err := report.Inspect(ctx, c, f.strict, flagWord)
	i.Name = dataName(c.Data)
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
