// What inspect finds in a set of pictures, as text.

package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/train"
)

// WriteText writes the inspection for a terminal.
func (i *Inspection) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if r := i.Report; r != nil {
		fmt.Fprintf(t, "data\t%s\n", i.Name)
		fmt.Fprintf(t, "files\t%s\n", filesText(r))
		fmt.Fprintf(t, "usable pictures\t%d\n", r.Usable)
		if r.Usable > 0 {
			fmt.Fprintf(t, "sizes\t%s\n", sizesText(&r.Sizes))
			fmt.Fprintf(t, "aspect ratios\t%s\n", countsText(r.Aspects))
			fmt.Fprintf(t, "colour modes\t%s\n", countsText(r.Modes))
			fmt.Fprintf(t, "formats\t%s\n", countsText(r.Formats))
		}
		if len(r.Classes) > 0 {
			fmt.Fprintf(t, "classes\t%s\n", countsText(r.Classes))
		}
		fmt.Fprintf(t, "duplicates\t%s\n", duplicatesText(&r.Duplicates))
		if r.Usable > 0 {
			fmt.Fprintf(t, "symmetry\t%s\n", r.Symmetry)
		}
		fmt.Fprintf(t, "skipped\t%d\n", len(r.Skipped))
		for _, s := range r.Skipped {
			fmt.Fprintf(t, "  %s\t%s\n", s.Path, s.Reason)
		}
		for _, s := range r.Damaged {
			fmt.Fprintf(t, "damaged\t%s: %s\n", s.Path, s.Reason)
		}
		for _, k := range r.NotTaken {
			fmt.Fprintf(t, "not taken\t%s\n", k)
		}
	}
	writeCost(t, i.Training)
	return t.Flush()
}

func writeCost(t io.Writer, k *train.Cost) {
	fmt.Fprintf(t, "\na training of recipe %s at %dx%d, batch %d, %d steps\n", k.Recipe, k.Size, k.Size, k.Batch, k.Steps)
	fmt.Fprintf(t, "parameters\tgenerator %s, discriminator %s\n", Count(k.ParametersG), Count(k.ParametersD))
	memory := config.BytesText(k.MemoryBytes)
	if k.MemoryAvailable > 0 {
		memory += " of " + config.BytesText(k.MemoryAvailable) + " available"
	}
	if k.MemoryTooMuch != "" {
		memory += ": too much; " + k.MemoryTooMuch
	}
	fmt.Fprintf(t, "memory\t%s\n", memory)
	snapshots := ""
	if k.Snapshots > 0 {
		snapshots = fmt.Sprintf(", and %d of weights only, %s each", k.Snapshots, config.BytesText(k.SnapshotBytes))
	}
	fmt.Fprintf(t, "disk\t%s at most, for %d checkpoints and one in the making, %s each%s\n",
		config.BytesText(k.DiskBytes), k.Keep, config.BytesText(k.CheckpointBytes), snapshots)
	if k.StepS > 0 {
		fmt.Fprintf(t, "time\t%.3g s a step, %s for all\n", k.StepS, Duration(time.Duration(k.EtaS*float64(time.Second))))
	}
}

// filesText says what became of the files; the numbers add up to that of all.
func filesText(r *dataset.Report) string {
	passed := 0
	for _, k := range r.NotTaken {
		passed += k.Count
	}
	return fmt.Sprintf("%d: %d used, %d skipped, %d not taken", r.Files, r.Used, len(r.Skipped), passed)
}

func sizesText(s *dataset.Sizes) string {
	if len(s.Counts) == 1 {
		return fmt.Sprintf("all %dx%d", s.Min.Width, s.Min.Height)
	}
	return fmt.Sprintf("%dx%d to %dx%d, median %dx%d, %d different",
		s.Min.Width, s.Min.Height, s.Max.Width, s.Max.Height, s.Median.Width, s.Median.Height, len(s.Counts))
}

func countsText(counts []dataset.Count) string {
	var parts []string
	for _, c := range counts {
		parts = append(parts, fmt.Sprintf("%s (%d)", c.Name, c.Count))
	}
	return strings.Join(parts, ", ")
}

func duplicatesText(d *dataset.Duplicates) string {
	if len(d.Exact) == 0 && len(d.Near) == 0 {
		return "none"
	}
	extra := func(groups [][]dataset.Path) (n int) {
		for _, g := range groups {
			n += len(g) - 1
		}
		return n
	}
	return fmt.Sprintf("%d pictures are copies of others, %d more are nearly like others", extra(d.Exact), extra(d.Near))
}
