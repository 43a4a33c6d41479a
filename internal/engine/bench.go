package engine

// How fast an engine trains on this machine.

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/cpu"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
)

// Benchmark is the speed of training steps: medians over the steps.
type Benchmark struct {
	StepS     float64    `json:"step_s"` // one update of D, those of G, the loss evaluation
	UpdateDS  float64    `json:"d_update_s"`
	UpdateGS  float64    `json:"g_update_s"`  // of one
	Flop      int64      `json:"flop"`        // of a step, by gan.Model.StepFlop
	GFLOPS    float64    `json:"gflops"`      // flop / step_s / 1e9
	PeakGF    float64    `json:"peak_gflops"` // of multiply-adds in fp32, whatever the precision
	PeakRatio float64    `json:"peak_ratio"`  // gflops / peak_gflops; 0 if the peak is not known
	RSSMB     float64    `json:"rss_mb"`      // most memory of the process, in 1e6 bytes; 0 if it is not known
	Threads   int        `json:"threads"`
	ISA       string     `json:"isa"`
	Precision string     `json:"precision"`
	Layers    []PassTime `json:"layers,omitempty"`
}

// PassTime is the time of one pass of a layer in a step.
type PassTime struct {
	Layer  string  `json:"layer"` // "" for what belongs to no layer
	Pass   string  `json:"pass"`
	TimeS  float64 `json:"time_s"`
	GFLOPS float64 `json:"gflops,omitempty"` // by the plain count
}

const (
	benchSpan  = 24 * time.Second // for all that is measured, the first step too
	benchSteps = 30               // at most
)

// Bench measures training steps with the settings, and with layers every pass of every
// layer, for less than half a minute. It measures the peak before each step, so that
// whatever else the machine does slows both. The first step, which touches all memory for
// the first time, does not count.
func Bench(ctx context.Context, c *config.Config, layers bool) (*Benchmark, error) {
	began := time.Now()
	if err := Check(c); err != nil {
		return nil, err
	}
	s, err := newStepper(c)
	if err != nil {
		return nil, err
	}
	defer s.engine.Close()
	if _, err := s.next(); err != nil {
		return nil, err
	}
	if layers {
		s.engine.Profile()
	}
	threads := c.Threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var peaks []float64
	var times []cpu.Times
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
	if layers {
		b.Layers = passTimes(s.engine.PassTimes(), len(times))
	}
	return b, nil
}

// stepper makes training steps, always on the same random pictures: the time of a step
// does not depend on what they show.
type stepper struct {
	engine *cpu.Engine
	model  *gan.Model
	batch  gan.Batch
	rates  config.Rates
}

func newStepper(c *config.Config) (*stepper, error) {
	e, err := cpu.New(c)
	if err != nil {
		return nil, err
	}
	s := &stepper{engine: e, model: gan.NewModel(c), rates: c.RatesAt(1)}
	s.batch.Real = tensor.New(c.Batch, c.Channels, c.Size, c.Size)
	src := rand.New(rand.NewPCG(c.Seed, 0))
	for i := range s.batch.Real.Data {
		s.batch.Real.Data[i] = 2*src.Float32() - 1
	}
	s.batch.Z = s.model.TrainingZ(c.Seed, 1, c.Batch)
	if err := e.SetState(s.model.Init(c.Seed)); err != nil {
		e.Close()
		return nil, err
	}
	return s, nil
}

func (s *stepper) next() (cpu.Times, error) {
	_, err := s.engine.Step(s.batch, s.rates)
	return s.engine.Times(), err
}

// newBenchmark takes the medians.
func newBenchmark(flop int64, times []cpu.Times, peaks []float64) *Benchmark {
	of := func(part func(*cpu.Times) time.Duration) float64 {
		var list []float64
		for i := range times {
			list = append(list, part(&times[i]).Seconds())
		}
		return median(list)
	}
	b := &Benchmark{
		StepS:    of(func(t *cpu.Times) time.Duration { return t.Step }),
		UpdateDS: of(func(t *cpu.Times) time.Duration { return t.UpdateD }),
		UpdateGS: of(func(t *cpu.Times) time.Duration { return t.UpdateG }),
		Flop:     flop, PeakGF: median(peaks),
	}
	b.GFLOPS = float64(flop) / b.StepS / 1e9
	if b.PeakGF > 0 {
		b.PeakRatio = b.GFLOPS / b.PeakGF
	}
	return b
}

// median returns the median of a list that is not empty.
func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// passTimes returns the times of one step, given those of all steps.
func passTimes(passes []cpu.PassTime, steps int) (list []PassTime) {
	for _, p := range passes {
		t := PassTime{Layer: p.Layer, Pass: p.Pass, TimeS: p.Time.Seconds() / float64(steps)}
		if p.Flop > 0 && p.Time > 0 {
			t.GFLOPS = float64(p.Flop) / p.Time.Seconds() / 1e9
		}
		list = append(list, t)
	}
	return list
}
