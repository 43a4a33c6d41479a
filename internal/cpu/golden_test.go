package cpu

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
)

// The goldens are what the framework of the reference computes in float64
// (testdata/golden/README.md): gradients of the first updates, losses of ten steps,
// weights and statistics after them. Initial values, pictures and z come from a
// formula on both sides.
func TestGolden(t *testing.T) {
	defer kernel.Use(kernel.Active())
	for _, isa := range kernel.Supported() {
		if err := kernel.Use(isa); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, recipe string
			size, nz     int
			exact        bool
			tolerances
		}{
			{"size16", config.Reference, 16, 16, false, sharp},
			{"size64", config.Reference, 64, 64, true, drifting},
			{"size64", config.Reference, 64, 64, false, drifting.rounding()},
			{"published64", config.Published, 64, 64, false, drifting},
		} {
			t.Run(fmt.Sprintf("%v/%s,exact=%v", isa, c.name, c.exact), func(t *testing.T) {
				if isa == kernel.Generic && c.size > 16 && (c.exact || testing.Short()) {
					t.Skip("plain Go is slow at this size")
				}
				settings, err := config.Recipe(c.recipe)
				if err != nil {
					t.Fatal(err)
				}
				settings.Size, settings.NZ, settings.Batch, settings.NGF, settings.NDF = c.size, c.nz, 4, 8, 8
				settings.Exact = c.exact
				testGolden(t, newEngine(t, settings), readGolden(t, c.name), c.tolerances)
			})
		}
	}
}

// tolerances bound the relative norm of a tensor's difference. The framework's own
// float32 is off by up to a third of them (the tables of testdata/golden/README.md).
//
// At size 16 no activation comes near a ReLU's kink in any of the 60 updates, and
// float32 follows float64 through all ten steps. At size 64 one always does within
// a few updates; a gradient then differs by percents, and Adam, which divides each
// gradient by its own size, carries that on. So there the first step is the test,
// and the tenth only shows that nothing breaks.
type tolerances struct {
	gradient, step1, step10, statistics, moments, images float64
	cancelling                                           float64 // gradients that cancelling lists
	losses                                               float64 // each figure's, for as long as they follow:
	lossSteps                                            int
}

var (
	sharp    = tolerances{gradient: 2e-5, cancelling: 2e-5, step1: 1e-6, step10: 3e-6, statistics: 5e-6, moments: 2e-4, images: 2e-5, losses: 1e-5, lossSteps: 10}
	drifting = tolerances{gradient: 1e-4, cancelling: 1.5e-4, step1: 1e-3, step10: 0.1, statistics: 0.3, moments: math.Inf(1), images: math.Inf(1), losses: 1e-2, lossSteps: 1}
)

// rounding allows the cancelling gradients twice as much.
func (t tolerances) rounding() tolerances {
	t.cancelling *= 2
	return t
}

// cancelling lists the gradients that are sums over every pixel of the pictures, of
// both signs: what is left is small beside their rounding. By its luck they are off by
// 1e-5 to 1.0e-4 at size 64, under Winograd's forms, which round about twice as much as
// the direct one, by up to 1.1e-4.
var cancelling = []string{"generator.deconv5.bias", "generator.logits.bias"}

func testGolden(t *testing.T, e *Engine, want *golden, tolerance tolerances) {
	s := setFormula(t, e)
	want.compareFirstGradients(t, e, tolerance)

	// Ten whole steps.
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	var z *tensor.Tensor
	for step := 1; step <= 10; step++ {
		var real *tensor.Tensor
		real, z = want.batch(e, step)
		l, err := e.Step(real, z, e.config.RatesAt(step))
		if err != nil {
			t.Fatal(err)
		}
		if step <= tolerance.lossSteps {
			want.compareLosses(t, step, l, tolerance.losses)
		}
		if step == 1 {
			want.compareState(t, "step1.", stateOf(t, e), tolerance.step1, tolerance)
		}
	}
	want.compareState(t, "step10.", stateOf(t, e), tolerance.step10, tolerance)
	images, err := e.Generate(z, config.StatisticsBatch)
	if err != nil {
		t.Fatal(err)
	}
	want.compare(t, "images.step10", images, tolerance.images)
}

// setFormula gives an engine the goldens' initial values.
func setFormula(t *testing.T, e *Engine) *gan.State {
	t.Helper()
	s := e.model.Init(0).Copy()
	for _, p := range gan.Parameters(slices.Concat(e.model.Generator, e.model.Discriminator)) {
		s.Tensors[p.Name] = formula(p.Name, p.Shape...)
	}
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// batch is that of a step.
func (g *golden) batch(e *Engine, step int) (real, z *tensor.Tensor) {
	c, k := &e.config, fmt.Sprint(g.firstBatch+step-1)
	return formula("real.step"+k, c.Batch, c.Channels, c.Size, c.Size), formula("z.step"+k, c.Batch, c.NZ)
}

// compareFirstGradients compares the first gradient of D, and of G behind D's first update.
func (g *golden) compareFirstGradients(t *testing.T, e *Engine, tolerance tolerances) {
	t.Helper()
	real, z := g.batch(e, 1)
	e.real.set(real)
	e.generator.input.set(z)
	e.generator.forward(e.generator.input, ofBatch)
	e.gradientOfD(e.generator.output(), targetGenerated, false)
	e.gradientOfD(e.real, targetReal(e.config.RatesAt(1).LabelSmoothing), true)
	g.compareGradients(t, "grad_d.", e.discriminator, tolerance)
	e.discriminator.adam(e.config.RatesAt(1).LRD, e.config.Beta1)
	e.gradientOfG()
	g.compareGradients(t, "grad_g.", e.generator, tolerance)
}

func (g *golden) compareLosses(t *testing.T, step int, l gan.Losses, tolerance float64) {
	t.Helper()
	for j, v := range []float64{l.Discriminator, l.DiscriminatorOnReal, l.DiscriminatorOnGenerated, l.Generator, l.DX, l.DGZ} {
		if w := float64(g.tensors["losses"].Data[(step-1)*6+j]); math.Abs(v-w) > tolerance*math.Abs(w) {
			t.Errorf("step %d: figure %d is %.8g, want %.8g", step, j, v, w)
		}
	}
}

// compareState compares the parameters after a step and, after the tenth, what
// else the golden has.
func (g *golden) compareState(t *testing.T, prefix string, s *gan.State, parameters float64, tolerance tolerances) {
	t.Helper()
	for name, x := range s.Tensors {
		switch {
		case strings.Contains(name, ".running_"):
			if prefix == "step10." {
				g.compare(t, "running."+name, x, tolerance.statistics)
			}
		case strings.HasPrefix(name, "adam_"):
			if _, ok := g.tensors[name]; ok && prefix == "step10." {
				g.compare(t, name, x, tolerance.moments)
			}
		default:
			g.compare(t, prefix+name, x, parameters)
		}
	}
}

// golden is one file of testdata/golden.
type golden struct {
	tensors    map[string]*tensor.Tensor
	stride     map[string]int // of large tensors, every so manieth element is stored
	firstBatch int            // the number of step 1's batch in the formula
}

func readGolden(t *testing.T, name string) *golden {
	t.Helper()
	tensors, metadata, err := checkpoint.ReadTensors(filepath.Join("..", "..", "testdata", "golden", name+".safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		FirstBatch int `json:"first_batch"`
	}
	g := &golden{tensors: tensors}
	err = errors.Join(
		json.Unmarshal([]byte(metadata["stride"]), &g.stride),
		json.Unmarshal([]byte(metadata["settings"]), &settings))
	if err != nil {
		t.Fatal(err)
	}
	g.firstBatch = settings.FirstBatch
	return g
}

func (g *golden) compareGradients(t *testing.T, prefix string, net *network, tolerance tolerances) {
	t.Helper()
	for _, p := range net.list {
		bound := tolerance.gradient
		if slices.Contains(cancelling, p.name) {
			bound = tolerance.cancelling
		}
		g.compare(t, prefix+p.name, p.unpack(p.g), bound)
	}
}

// compare bounds the relative norm of the difference.
func (g *golden) compare(t *testing.T, name string, got *tensor.Tensor, tolerance float64) {
	t.Helper()
	want, ok := g.tensors[name]
	if !ok {
		t.Errorf("no golden for %s", name)
		return
	}
	data := got.Data
	if stride := g.stride[name]; stride > 0 {
		data = nil
		for i := 0; i < len(got.Data); i += stride {
			data = append(data, got.Data[i])
		}
	}
	if len(data) != len(want.Data) {
		t.Fatalf("%s: %d elements, the golden has %d", name, len(data), len(want.Data))
	}
	r := relative(data, float64s(want.Data))
	if r > tolerance {
		t.Errorf("%s: relative difference %.2g", name, r)
	}
}

// formula fills the tensor of a name as the goldens' generator does: numbers
// uniform in [-scale, scale) from a hash of name and index.
func formula(name string, shape ...int) *tensor.Tensor {
	scale := 1.0 // pictures and z
	if len(shape) == 1 {
		scale = 0.1 // biases and betas
	} else if strings.HasSuffix(name, ".weight") {
		scale = math.Sqrt(6 / float64(shape[2]*shape[3]*(shape[0]+shape[1])))
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	t := tensor.New(shape...)
	for i := range t.Data {
		u := h.Sum64() + uint64(i+1)*0x9E3779B97F4A7C15
		u = (u ^ u>>30) * 0xBF58476D1CE4E5B9
		u = (u ^ u>>27) * 0x94D049BB133111EB
		u ^= u >> 31
		t.Data[i] = float32((2*float64(u>>11)*0x1p-53 - 1) * scale)
	}
	return t
}
