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
		}{
			{"size16", config.Reference, 16, 16},
			{"size64", config.Reference, 64, 64},
			{"published64", config.Published, 64, 64},
		} {
			t.Run(isa.String()+"/"+c.name, func(t *testing.T) {
				settings, err := config.Recipe(c.recipe)
				if err != nil {
					t.Fatal(err)
				}
				settings.Size, settings.NZ, settings.Batch, settings.NGF, settings.NDF = c.size, c.nz, 4, 8, 8
				testGolden(t, newEngine(t, settings), readGolden(t, c.name))
			})
		}
	}
}

func testGolden(t *testing.T, e *Engine, want *golden) {
	s := e.model.Init(0)
	for _, p := range gan.Parameters(slices.Concat(e.model.Generator, e.model.Discriminator)) {
		s.Tensors[p.Name] = formula(p.Name, p.Shape...)
	}
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	batch := func(step int) (real, z *tensor.Tensor) {
		c, k := &e.config, fmt.Sprint(want.firstBatch+step-1)
		return formula("real.step"+k, c.Batch, c.Channels, c.Size, c.Size), formula("z.step"+k, c.Batch, c.NZ)
	}

	// The first gradient of D, and of G behind D's first update. Float32 gives 1e-6
	// or so; where a batch norm's gradients nearly cancel it gives less.
	real, z := batch(1)
	e.real.set(real)
	e.generator.input.set(z)
	e.generator.forward(e.generator.input, ofBatch)
	e.gradientOfD(e.generator.output(), targetGenerated, false)
	e.gradientOfD(e.real, targetReal(e.config.LabelSmoothing), true)
	want.compareGradients(t, "grad_d.", e.discriminator)
	e.discriminator.adam(e.config.LRD, e.config.Beta1)
	e.gradientOfG()
	want.compareGradients(t, "grad_g.", e.generator)

	// Ten whole steps.
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		real, z := batch(i + 1)
		l, err := e.Step(real, z)
		if err != nil {
			t.Fatal(err)
		}
		losses := []float64{l.Discriminator, l.DiscriminatorOnReal, l.DiscriminatorOnGenerated, l.Generator, l.DX, l.DGZ}
		for j, v := range losses {
			if w := float64(want.tensors["losses"].Data[i*6+j]); math.Abs(v-w) > lossTolerance*max(1, math.Abs(w)) {
				t.Errorf("step %d: figure %d is %.8g, want %.8g", i+1, j, v, w)
			}
		}
	}
	for name, x := range stateOf(t, e).Tensors {
		switch {
		case strings.Contains(name, ".running_"):
			want.compare(t, "running."+name, x, statisticTolerance)
		case !strings.HasPrefix(name, "adam_"):
			want.compare(t, "step10."+name, x, weightTolerance)
		}
	}
}

// Adam divides each gradient by its own size, so that the rounding error of a gradient
// near zero becomes a difference of up to the learning rate; from there it feeds
// back. The framework itself, in float32 against float64, is off by as much
// (the table in testdata/golden/README.md).
const (
	gradientTolerance  = 1e-4
	weightTolerance    = 2e-3
	statisticTolerance = 2e-3
	lossTolerance      = 2e-3
)

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

func (g *golden) compareGradients(t *testing.T, prefix string, net *network) {
	t.Helper()
	for _, p := range net.list {
		g.compare(t, prefix+p.name, p.unpack(p.g), gradientTolerance)
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
