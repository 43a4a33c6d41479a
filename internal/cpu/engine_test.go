package cpu

import (
	"fmt"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// small returns the reference's settings at a size and width.
func small(size, width, batch int) *config.Config {
	c, err := config.Recipe(config.Reference)
	if err != nil {
		panic(err)
	}
	c.Size, c.NGF, c.NDF, c.Batch, c.NZ = size, width, width, batch, 16
	return c
}

func newEngine(t testing.TB, c *config.Config) *Engine {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	if err := e.SetState(e.model.Init(c.Seed)); err != nil {
		t.Fatal(err)
	}
	return e
}

// steps makes the steps from..to on random pictures.
func steps(t testing.TB, e *Engine, from, to int) (l gan.Losses) {
	t.Helper()
	c := &e.config
	for i := from; i <= to; i++ {
		var err error
		l, err = e.Step(gan.Batch{
			Real: filled(uint64(i), c.Batch, c.Channels, c.Size, c.Size), Z: e.model.TrainingZ(c.Seed, i, c.Batch),
		}, c.RatesAt(i))
		if err != nil {
			t.Fatal(err)
		}
		if !l.Finite() {
			t.Fatalf("step %d: losses %+v", i, l)
		}
	}
	return l
}

func stateOf(t testing.TB, e *Engine) *gan.State {
	t.Helper()
	s, err := e.State()
	if err != nil {
		t.Fatal(err)
	}
	return s.Copy()
}

func sameState(t *testing.T, what string, a, b *gan.State) {
	t.Helper()
	if len(a.Tensors) != len(b.Tensors) || a.UpdatesD != b.UpdatesD || a.UpdatesG != b.UpdatesG {
		t.Fatalf("%s: another set of tensors or count of updates", what)
	}
	for name, x := range a.Tensors {
		if !slices.Equal(x.Data, b.Tensors[name].Data) {
			t.Errorf("%s: %s differs", what, name)
		}
	}
}

// eachISA runs body once for every instruction set of this machine and build, plain Go first.
func eachISA(t *testing.T, body func(t *testing.T)) {
	for _, isa := range kernel.Supported() {
		t.Run(isa.String(), func(t *testing.T) {
			was := kernel.Active()
			defer kernel.Use(was)
			if err := kernel.Use(isa); err != nil {
				t.Fatal(err)
			}
			body(t)
		})
	}
}

// On every instruction set, the bits do not depend on the number of threads. All instruction sets
// of a processor give the same bits, except plain Go, which rounds differently, within the
// tolerances of golden_test.go.
func TestThreadsChangeNothing(t *testing.T) {
	for _, c := range []*config.Config{
		full(16, 16, 5), // small maps
		small(64, 16, 3),
		exact(small(32, 16, 3)),
		vivid(32, 16, 3),
		controlled(16, 8, 4),
		simultaneously(vivid(16, 16, 3)),
		smoothed(vivid(16, 16, 3)),
		residual(vivid(16, 16, 3)),
	} {
		var first *gan.State
		eachISA(t, func(t *testing.T) {
			if c.Size > 16 && (kernel.Active() == kernel.Generic || testing.Short()) {
				t.Skip("plain Go is slow at this size")
			}
			for _, threads := range []int{1, 2, 3, 7} {
				c.Threads = threads
				e := newEngine(t, c)
				steps(t, e, 1, 2)
				if err := e.Calibrate(e.model.PictureZ(0, 64)); err != nil {
					t.Fatal(err)
				}
				if s := stateOf(t, e); first == nil {
					first = s
				} else {
					sameState(t, fmt.Sprintf("%dx%d on %d threads", c.Size, c.Size, threads), first, s)
				}
			}
			if kernel.Active() == kernel.Generic {
				first = nil
			}
		})
	}
}

func exact(c *config.Config) *config.Config {
	c.Exact = true
	return c
}

// vivid returns that recipe's settings at a size and width.
func vivid(size, width, batch int) *config.Config {
	c, err := config.Recipe(config.Vivid)
	if err != nil {
		panic(err)
	}
	c.Size, c.NGF, c.NDF, c.Batch = size, width, width, batch
	return c
}

// controlled returns vivid's settings with the paper's augmentation, whose probability follows a target.
func controlled(size, width, batch int) *config.Config {
	c := vivid(size, width, batch)
	c.Augment, c.AugmentBorder, c.AugmentTarget = config.AugmentDiff, config.BorderGrey, 0.6
	return c
}

// smoothed returns the settings with smooth kernels in both networks.
func smoothed(c *config.Config) *config.Config {
	c.Kernels = config.KernelsSmoothBoth
	return c
}

// residual returns the settings with residual networks, of two blocks a stage, and a linear output.
func residual(c *config.Config) *config.Config {
	c.Generator, c.Discriminator, c.Blocks = config.GeneratorResidual, config.DiscriminatorResidual, 2
	c.Output = config.OutputLinear
	return c
}

// full returns small settings with bilinear initial weights, an augmentation and an average.
func full(size, width, batch int) *config.Config {
	c := small(size, width, batch)
	c.Init, c.Augment, c.Average = config.InitBilinear, config.AugmentTranslation, 3
	return c
}

// An engine that takes over a state trains on as the engine that the state comes from.
func TestStateIsEverything(t *testing.T) { eachISA(t, testStateIsEverything) }

func testStateIsEverything(t *testing.T) {
	for _, c := range []*config.Config{
		full(16, 8, 4), vivid(16, 8, 4), smoothed(vivid(16, 8, 4)), residual(vivid(16, 8, 4)),
	} {
		testStateOf(t, c)
	}
}

func testStateOf(t *testing.T, c *config.Config) {
	a, b := newEngine(t, c), newEngine(t, c)
	steps(t, a, 1, 2)
	steps(t, b, 1, 1) // leaves other numbers in b's memory
	if err := b.SetState(stateOf(t, a)); err != nil {
		t.Fatal(err)
	}
	la, lb := steps(t, a, 3, 4), steps(t, b, 3, 4)
	if la != lb {
		t.Errorf("losses %v and %v", la, lb)
	}
	sameState(t, "after two more steps", stateOf(t, a), stateOf(t, b))
	if err := b.SetState(stateOf(t, a).Weights()); err == nil {
		t.Error("weights alone are taken for a state")
	}
}

// The picture of a z does not depend on the other z that are generated with it, nor on their number.
func TestOneZOnePicture(t *testing.T) {
	// Large enough for both of Winograd's forms.
	testOneZOnePicture(t, small(32, 16, 4), config.StatisticsCalibrated, config.StatisticsMoving)
	testOneZOnePicture(t, full(16, 8, 4), config.StatisticsCalibrated)
	testOneZOnePicture(t, smoothed(full(16, 8, 4)), config.StatisticsCalibrated)
	testOneZOnePicture(t, residual(full(16, 8, 4)), config.StatisticsCalibrated)
	testOneZOnePicture(t, exact(small(16, 16, 4)), config.StatisticsMoving)
}

func testOneZOnePicture(t *testing.T, c *config.Config, statistics ...string) {
	e := newEngine(t, c)
	steps(t, e, 1, 2)
	if err := e.Calibrate(e.model.CalibrationZ()); err != nil {
		t.Fatal(err)
	}
	z := e.model.PictureZ(0, 21)
	for _, statistics := range statistics {
		want, err := e.Generate(z, statistics)
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range []int{1, 3, 8, 64} {
			s, err := NewSampler(e.model, stateOf(t, e), batch, 2)
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Generate(z, statistics)
			s.Close()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s: %d at a time give other pictures", statistics, batch)
			}
		}
	}
}

// Calibrated statistics are those of the batch of all the z of the calibration: for that batch,
// they give the same pictures as the batch's own statistics.
func TestCalibrationIsOneBatch(t *testing.T) {
	e := newEngine(t, small(16, 8, 4))
	steps(t, e, 1, 3)
	z := e.model.CalibrationZ()
	if err := e.Calibrate(z); err != nil {
		t.Fatal(err)
	}
	calibrated, err := e.Generate(z, config.StatisticsCalibrated)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := e.Generate(z, config.StatisticsBatch)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, len(batch.Data))
	for i, v := range batch.Data {
		want[i] = float64(v)
	}
	if r := relative(calibrated.Data, want); r > 1e-5 {
		t.Errorf("relative difference %g", r)
	}
}

func TestGenerateNeedsCalibration(t *testing.T) {
	e := newEngine(t, small(8, 4, 2))
	if _, err := e.Generate(e.model.PictureZ(0, 1), config.StatisticsCalibrated); err == nil {
		t.Error("an uncalibrated model generates")
	}
}

// A step allocates nothing, in any form of the convolutions.
func TestStepAllocatesNothing(t *testing.T) {
	all := []*config.Config{full(16, 8, 4), small(64, 16, 1), exact(small(32, 16, 1)), vivid(32, 8, 2),
		simultaneously(vivid(32, 8, 2)), controlled(16, 8, 4), smoothed(vivid(32, 8, 2)), residual(vivid(32, 8, 2))}
	if kernel.HasBF16() {
		all = append(all, inBF16())
	}
	for _, c := range all {
		e := newEngine(t, c)
		x, z := filled(1, c.Batch, c.Channels, c.Size, c.Size), e.model.TrainingZ(0, 1, c.Batch)
		rates := c.RatesAt(1)
		step := func() {
			if _, err := e.Step(gan.Batch{Real: x, Z: z}, rates); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(3, step); n > 0 {
			t.Errorf("%dx%d, exact %v, %s: %v allocations a step", c.Size, c.Size, c.Exact, c.Precision, n)
		}
	}
}

// Every size and number of channels trains and generates, at narrow widths, with a batch
// that is smaller than a tile and fewer channels than a block.
func TestEverySize(t *testing.T) {
	for size := 8; size <= 512; size *= 2 {
		for _, channels := range []int{1, 3, 4} {
			if size > 128 && (channels != 3 || testing.Short()) {
				continue
			}
			t.Run(fmt.Sprintf("%dx%dx%d", channels, size, size), func(t *testing.T) {
				c := small(size, 1, 3)
				c.Channels, c.GenUpdates = channels, 1
				e := newEngine(t, c)
				steps(t, e, 1, 1)
				if err := e.Calibrate(e.model.PictureZ(0, 16)); err != nil {
					t.Fatal(err)
				}
				pictures, err := e.Generate(e.model.PictureZ(0, 3), config.StatisticsCalibrated)
				if err != nil {
					t.Fatal(err)
				}
				if slices.Equal(pictures.Row(0), pictures.Row(1)) {
					t.Error("two z give the same picture")
				}
				for _, v := range pictures.Data {
					if !(v >= -1 && v <= 1) {
						t.Fatalf("a pixel is %g", v)
					}
				}
			})
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, width := range []int{16, 64} {
		b.Run(map[int]string{16: "narrow", 64: "reference"}[width], func(b *testing.B) {
			c := small(64, width, 64)
			c.NZ = 64
			e := newEngine(b, c)
			x, z := filled(1, c.Batch, c.Channels, c.Size, c.Size), e.model.TrainingZ(0, 1, c.Batch)
			rates := c.RatesAt(1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Step(gan.Batch{Real: x, Z: z}, rates); err != nil {
					b.Fatal(err)
				}
			}
			flop := float64(e.model.StepFlop(c))
			b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
