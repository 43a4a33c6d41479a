// dcgan bench: how fast training is on this machine, and how much of the machine
// that uses.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/host"
	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
)

// benchFlags are those of dcgan bench.
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

// benchmark is what bench measures, ready for JSON: medians over the steps.
type benchmark struct {
	StepS     float64     `json:"step_s"` // one update of D, those of G, the loss evaluation
	UpdateDS  float64     `json:"d_update_s"`
	UpdateGS  float64     `json:"g_update_s"`  // of one
	Flop      int64       `json:"flop"`        // of a step, by gan.Model.StepFlop
	GFLOPS    float64     `json:"gflops"`      // flop / step_s / 1e9
	PeakGF    float64     `json:"peak_gflops"` // of multiply-adds in fp32, whatever the precision
	PeakRatio float64     `json:"peak_ratio"`  // gflops / peak_gflops; 0 where the peak is not known
	RSSMB     float64     `json:"rss_mb"`      // at most, in 1e6 bytes; 0 where it is not known
	Threads   int         `json:"threads"`
	ISA       string      `json:"isa"`
	Precision string      `json:"precision"`
	Layers    []layerTime `json:"layers,omitempty"`
}

// layerTime is the time of one pass of a layer in a step.
type layerTime struct {
	Layer  string  `json:"layer"` // "" for what belongs to none
	Pass   string  `json:"pass"`
	TimeS  float64 `json:"time_s"`
	GFLOPS float64 `json:"gflops,omitempty"` // by the plain count
}

func (f *benchFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	c, err := f.config("")
	if err != nil {
		return err
	}
	c.ScoreEvery = -1 // nothing is scored: no memory is needed for it
	if err := checkMemory(c); err != nil {
		return err
	}
	wait := newStatus(stderr)
	if wait.terminal() {
		wait.Show("measuring steps, half a minute at most ...", true)
	}
	b, err := f.measure(ctx, c)
	wait.End()
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(stdout).Encode(b)
	}
	return b.print(stdout)
}

const (
	benchSpan  = 24 * time.Second // for all that is measured, the first step too
	benchSteps = 30               // at most
)

// measure makes steps and takes the peak before each, so that whatever else the
// machine does slows both. The first step, which touches all memory for the
// first time, does not count.
func (f *benchFlags) measure(ctx context.Context, c *config.Config) (*benchmark, error) {
	began := time.Now()
	s, err := newBenchStepper(c)
	if err != nil {
		return nil, err
	}
	defer s.engine.Close()
	if _, err := s.next(); err != nil {
		return nil, err
	}
	if f.layers {
		s.engine.Profile()
	}
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var peaks []float64
	var times []engine.Times
	for len(times) < benchSteps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		peaks = append(peaks, kernel.PeakGFLOPS(threads))
		t, err := s.next()
		if err != nil {
			return nil, err
		}
		times = append(times, t)
		if time.Since(began)+t.Step > benchSpan {
			break
		}
	}
	b := newBenchmark(s.model.StepFlop(c), times, peaks)
	b.Threads, b.ISA, b.Precision = threads, kernel.Active().String(), c.Precision
	rss, _ := host.PeakMemory()
	b.RSSMB = float64(rss) / 1e6
	if f.layers {
		b.Layers = layerTimes(s.engine.PassTimes(), len(times))
	}
	return b, nil
}

// benchStepper makes training steps, always on the same random pictures: the time
// of a step does not depend on what they show.
type benchStepper struct {
	engine  engine.Engine
	model   *gan.Model
	real, z *tensor.Tensor
	rates   config.Rates
}

func newBenchStepper(c *config.Config) (*benchStepper, error) {
	e, err := engine.Open(c)
	if err != nil {
		return nil, err
	}
	s := &benchStepper{engine: e, model: gan.NewModel(c), rates: c.RatesAt(1)}
	s.real = tensor.New(c.Batch, c.Channels, c.Size, c.Size)
	src := rand.New(rand.NewPCG(c.Seed, 0))
	for i := range s.real.Data {
		s.real.Data[i] = 2*src.Float32() - 1
	}
	s.z = s.model.TrainingZ(c.Seed, 1, c.Batch)
	if err := e.SetState(s.model.Init(c.Seed)); err != nil {
		e.Close()
		return nil, err
	}
	return s, nil
}

func (s *benchStepper) next() (engine.Times, error) {
	_, err := s.engine.Step(gan.Batch{Real: s.real, Z: s.z}, s.rates)
	return s.engine.Times(), err
}

// newBenchmark takes the medians.
func newBenchmark(flop int64, times []engine.Times, peaks []float64) *benchmark {
	of := func(part func(*engine.Times) time.Duration) float64 {
		var list []float64
		for i := range times {
			list = append(list, part(&times[i]).Seconds())
		}
		return median(list)
	}
	b := &benchmark{
		StepS:    of(func(t *engine.Times) time.Duration { return t.Step }),
		UpdateDS: of(func(t *engine.Times) time.Duration { return t.UpdateD }),
		UpdateGS: of(func(t *engine.Times) time.Duration { return t.UpdateG }),
		Flop:     flop, PeakGF: median(peaks),
	}
	b.GFLOPS = float64(flop) / b.StepS / 1e9
	if b.PeakGF > 0 {
		b.PeakRatio = b.GFLOPS / b.PeakGF
	}
	return b
}

// median is that of a list that is not empty.
func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// layerTimes are the times of one of so many steps.
func layerTimes(passes []engine.PassTime, steps int) (list []layerTime) {
	for _, p := range passes {
		t := layerTime{Layer: p.Layer, Pass: p.Pass, TimeS: p.Time.Seconds() / float64(steps)}
		if p.Flop > 0 && p.Time > 0 {
			t.GFLOPS = float64(p.Flop) / p.Time.Seconds() / 1e9
		}
		list = append(list, t)
	}
	return list
}

// print writes the figures for people.
func (b *benchmark) print(w io.Writer) error {
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
		b.printLayers(t)
	}
	return t.Flush()
}

func (b *benchmark) printLayers(t io.Writer) {
	whole := 0.0
	for _, l := range b.Layers {
		whole += l.TimeS
	}
	fmt.Fprintf(t, "\nlayer\tpass\tms a step\t%%\tGFLOP/s\n")
	for _, l := range b.Layers {
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%.1f\t", l.Layer, l.Pass, 1e3*l.TimeS, 100*l.TimeS/whole)
		if l.GFLOPS > 0 {
			fmt.Fprintf(t, "%.0f", l.GFLOPS)
		}
		fmt.Fprintln(t)
	}
}
