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

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
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
			{"size64", config.Reference, 64, 64, false, drifting},
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
// float32 follows float64 through all ten steps. At size 64 an activation does so
// within a few updates. A gradient then differs by percents, and Adam, which divides
// each gradient by its own size, preserves the difference. At size 64 the first step
// is therefore the test, and the tenth only shows that nothing breaks.
type tolerances struct {
	gradient, step1, step10, statistics, moments, images float64
	terms                                                float64 // sums that cancel, relative to their terms
	losses                                               float64 // of each figure, for the first lossSteps steps
	lossSteps                                            int
}

var (
	sharp = tolerances{
		gradient: 2e-5, terms: sumTerms, step1: 1e-6, step10: 3e-6, statistics: 5e-6, moments: 2e-4,
		images: 2e-5, losses: 1e-5, lossSteps: 10,
	}
	drifting = tolerances{
		gradient: 1e-4, terms: sumTerms, step1: 1e-3, step10: 0.1, statistics: 0.3, moments: math.Inf(1),
		images: math.Inf(1), losses: 1e-2, lossSteps: 1,
	}
)

// sumTerms is ten roundings, relative to a term.
const sumTerms = 10 * 0x1p-24

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
		l, err := e.Step(gan.Batch{Real: real, Z: z}, e.config.RatesAt(step))
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

// setFormula sets the engine's state to the goldens' initial values and returns it.
func setFormula(t *testing.T, e *Engine) *gan.State {
	t.Helper()
	s := e.model.Init(0).Copy()
	for _, p := range gan.Parameters(slices.Concat(e.model.Generator, e.model.Discriminator)) {
		s.Tensors[p.Name] = gan.Tensor{Kind: p.Kind, Tensor: formula(p.Name, p.Shape...)}
	}
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	return s
}

// batch returns the pictures and z of a step.
func (g *golden) batch(e *Engine, step int) (real, z *tensor.Tensor) {
	c, k := &e.config, fmt.Sprint(g.firstBatch+step-1)
	return formula("real.step"+k, c.Batch, c.Channels, c.Size, c.Size), formula("z.step"+k, c.Batch, c.NZ)
}

// compareFirstGradients compares the first gradient of D, and that of G after D's first update.
func (g *golden) compareFirstGradients(t *testing.T, e *Engine, tolerance tolerances) {
	t.Helper()
	real, z := g.batch(e, 1)
	e.show(real, z)
	e.painted.forward(e.painted.input, ofBatch)
	e.gradientOfD(e.config.RatesAt(1))
	g.compareGradients(t, "grad_d.", e.discriminator, nil, tolerance)
	e.discriminator.adam(e.config.RatesAt(1).LRD, e.config.Beta1, e.config.Beta2)
	e.gradientOfPictures()
	e.gradientOfG()
	g.compareGradients(t, "grad_g.", e.generator, e.painted, tolerance)
}

func (g *golden) compareLosses(t *testing.T, step int, l gan.Losses, tolerance float64) {
	t.Helper()
	n := 0
	for f, v := range l.All() { // in the goldens' order
		if w := float64(g.tensors["losses"].Data[(step-1)*6+n]); math.Abs(v-w) > tolerance*math.Abs(w) {
			t.Errorf("step %d: %s is %.8g, want %.8g", step, f, v, w)
		}
		n++
	}
	if n != 6 {
		t.Errorf("step %d has %d figures", step, n)
	}
}

// compareState compares the parameters after a step and, after the tenth, what
// else the golden has.
func (g *golden) compareState(t *testing.T, prefix string, s *gan.State, parameters float64, tolerance tolerances) {
	t.Helper()
	for name, x := range s.Tensors {
		switch {
		case x.Kind == gan.RunningMean || x.Kind == gan.RunningVariance:
			if prefix == "step10." {
				g.compare(t, "running."+name, x.Tensor, tolerance.statistics)
			}
		case x.Kind.Moment():
			if _, ok := g.tensors[name]; ok && prefix == "step10." {
				g.compare(t, name, x.Tensor, tolerance.moments)
			}
		default:
			g.compare(t, prefix+name, x.Tensor, parameters)
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
	c, err := tensorfile.ReadSafetensors(filepath.Join("..", "..", "testdata", "golden", name+".safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	var settings struct {
		FirstBatch int `json:"first_batch"`
	}
	g := &golden{tensors: c.Tensors}
	err = errors.Join(
		json.Unmarshal([]byte(c.Metadata["stride"]), &g.stride),
		json.Unmarshal([]byte(c.Metadata["settings"]), &settings))
	if err != nil {
		t.Fatal(err)
	}
	g.firstBatch = settings.FirstBatch
	return g
}

func (g *golden) compareGradients(t *testing.T, prefix string, net *network, painted *pass, tolerance tolerances) {
	t.Helper()
	for _, p := range net.list {
		diff, norm := g.difference(t, prefix+p.Name, p.unpack(p.g))
		if bound := tolerance.of(painted, p, norm); diff > bound {
			t.Errorf("%s%s: off by %.2g of %.2g, more than %.2g", prefix, p.Name, diff, norm, bound)
		}
	}
}

// of returns how much a parameter's gradient of that norm may differ.
func (t *tolerances) of(painted *pass, p *parameter, norm float64) float64 {
	if terms := magnitude(painted, p); terms > 0 {
		return t.terms * terms
	}
	return t.gradient * norm
}

// magnitude returns a scale for the errors of a gradient whose terms nearly cancel. The gradients of the
// biases of G's last two layers sum one term for each pixel of each picture. For these two parameters,
// magnitude returns the norm, over the channels, of the sums of the terms' absolute values, and 0 for all
// others. At size 64 it is 350 times the norm of the gradient, and rounding errors are relative to it.
func magnitude(painted *pass, p *parameter) float64 {
	if painted == nil {
		return 0
	}
	f := painted.net.foldOf()
	if f == nil || p != f.up.bias && p != f.mix.bias {
		return 0
	}
	sums := make([]float64, f.layer.Out) // of each channel of the pictures
	dy := tensorOf(painted.last().dy)
	area := len(dy.Data) / dy.Shape[0] / f.layer.Out
	for i, v := range dy.Data {
		sums[i/area%f.layer.Out] += math.Abs(float64(v))
	}
	if p == f.up.bias { // mixed once more
		between := make([]float64, p.Shape[0])
		for k := range between {
			for o, sum := range sums {
				between[k] += math.Abs(float64(f.mixWeights(f.mix.weight.w, k)[o])) * sum
			}
		}
		sums = between
	}
	norm := 0.0
	for _, v := range sums {
		norm += v * v
	}
	return math.Sqrt(norm)
}

// compare reports an error if the relative norm of the difference exceeds a bound.
func (g *golden) compare(t *testing.T, name string, got *tensor.Tensor, tolerance float64) {
	t.Helper()
	if diff, norm := g.difference(t, name, got); diff > tolerance*norm {
		t.Errorf("%s: off by %.2g of %.2g", name, diff, norm)
	}
}

// difference returns the norm of got - golden and the norm of golden, over the elements that the golden has.
func (g *golden) difference(t *testing.T, name string, got *tensor.Tensor) (diff, norm float64) {
	t.Helper()
	want, ok := g.tensors[name]
	if !ok {
		t.Fatalf("no golden for %s", name)
	}
	stride := max(1, g.stride[name])
	if n := (len(got.Data) + stride - 1) / stride; n != len(want.Data) {
		t.Fatalf("%s: %d elements, the golden has %d", name, n, len(want.Data))
	}
	thinned := make([]float32, len(want.Data))
	for i := range thinned {
		thinned[i] = got.Data[i*stride]
	}
	return difference(thinned, float64s(want.Data))
}

// formula returns the tensor with that name as the goldens' generator fills it: numbers
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
