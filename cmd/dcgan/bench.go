// dcgan bench: how fast training is on this machine, and how much of the machine
// that uses.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/host"
	"dcgan/internal/train"
)

// benchFlags are the flags of dcgan bench.
type benchFlags struct {
	*settingFlags
	layers, json bool
}

func newBench() *cobra.Command {
	f := &benchFlags{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast training is on this machine",
		Long: `Make real training steps on random pictures for less than half a minute and show
the time of a step, its speed by the plain count of operations, and the peak of
this machine's multiply-adds in fp32, whatever the precision, measured in turn
with the steps. The medians are shown. Other programs that run at the same time
spoil the figures.`,
		Example: `  dcgan bench
  dcgan bench --layers
  dcgan bench --size 128 --batch 16 --threads 1
  dcgan bench --json | jq .peak_ratio`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f.settingFlags = addSomeSettings(cmd, config.Reference, "size", "batch", "ngf", "ndf", "threads", "precision")
	cmd.Flags().BoolVar(&f.layers, "layers", false, "show the time of every pass of every layer")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return cmd
}

func (f *benchFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	c, err := f.config("")
	if err != nil {
		return err
	}
	c.ScoreEvery = -1 // nothing is scored: no memory is needed for it
	if err := train.CheckMemory(c); err != nil {
		return err
	}
	wait := newStatus(stderr)
	if wait.terminal() {
		wait.Show("measuring steps, half a minute at most ...", true)
	}
	b, err := engine.Bench(ctx, c, f.layers)
	wait.End()
	if err != nil {
		return err
	}
	rss, _ := host.PeakMemory()
	b.RSSMB = float64(rss) / 1e6
	if f.json {
		return json.NewEncoder(stdout).Encode(b)
	}
	return printBenchmark(stdout, b)
}

// printBenchmark writes the figures for people.
func printBenchmark(w io.Writer, b *engine.Benchmark) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "step\t%.3g s\n", b.StepS)
	fmt.Fprintf(t, "update of D\t%.3g s\n", b.UpdateDS)
	fmt.Fprintf(t, "update of G\t%.3g s\n", b.UpdateGS)
	fmt.Fprintf(t, "operations\t%.4g in a step, by the plain count\n", float64(b.Flop))
	fmt.Fprintf(t, "speed\t%.3g GFLOP/s in %s\n", b.GFLOPS, b.Precision)
	if b.PeakGF > 0 {
		fmt.Fprintf(t, "peak\t%.3g GFLOP/s of multiply-adds in fp32, %d threads, %s\n", b.PeakGF, b.Threads, b.ISA)
		fmt.Fprintf(t, "ratio\t%.3g\n", b.PeakRatio)
	} else {
		fmt.Fprintf(t, "peak\tnot known, %d threads, %s\n", b.Threads, b.ISA)
	}
	if b.RSSMB > 0 {
		fmt.Fprintf(t, "memory\t%s at most\n", config.BytesText(int64(b.RSSMB*1e6)))
	}
	if len(b.Layers) > 0 {
		printLayers(t, b.Layers)
	}
	return t.Flush()
}

func printLayers(t io.Writer, layers []engine.PassTime) {
	whole := 0.0
	for _, l := range layers {
		whole += l.TimeS
	}
	fmt.Fprintf(t, "\nlayer\tpass\tms a step\t%%\tGFLOP/s\n")
	for _, l := range layers {
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%.1f\t", l.Layer, l.Pass, 1e3*l.TimeS, 100*l.TimeS/whole)
		if l.GFLOPS > 0 {
			fmt.Fprintf(t, "%.0f", l.GFLOPS)
		}
		fmt.Fprintln(t)
	}
}
