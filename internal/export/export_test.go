package export

import (
	"math"
	"strings"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// models are settings that between them have every kind of layer.
var models = map[string]func(*config.Config){
	"vivid":     func(c *config.Config) {},
	"reference": func(c *config.Config) {},
	"grey":      func(c *config.Config) { c.Channels = 1 },
	"smooth":    func(c *config.Config) { c.Kernels = config.KernelsSmoothBoth },
	"residual": func(c *config.Config) {
		c.Generator, c.Discriminator, c.Blocks = config.GeneratorResidual, config.DiscriminatorResidual, 2
	},
	"smallest": func(c *config.Config) { c.Size = 8 },
}

// tiny returns a model of those settings, narrow, and a state of it in which no two
// numbers that a network uses are alike.
func tiny(t testing.TB, name string) (*config.Config, *gan.Model, *gan.State) {
	t.Helper()
	recipe := name
	if _, err := config.Recipe(name); err != nil {
		recipe = "vivid"
	}
	c, err := config.Recipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.NZ = 16, 3, 2, 5
	models[name](c)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	m := gan.NewModel(c)
	s := &gan.State{Tensors: map[string]gan.Tensor{}}
	src := random.New(1, random.Init, 0)
	for _, n := range m.Tensors(true) {
		x := tensor.New(n.Shape...)
		for i := range x.Data {
			x.Data[i] = src.Uniform(0.3)
			if strings.HasSuffix(n.Name, "_var") {
				x.Data[i] += 0.5
			}
		}
		s.Tensors[n.Name] = gan.Tensor{Kind: n.Kind, Tensor: x}
	}
	return c, m, s
}

// The definition is what the engine computes.
func TestRun(t *testing.T) {
	for name := range models {
		t.Run(name, func(t *testing.T) {
			_, m, s := tiny(t, name)
			n, err := Generator(m, s)
			if err != nil {
				t.Fatal(err)
			}
			sampler, err := engine.OpenSampler(m, s.Weights(), 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer sampler.Close()
			z := m.PictureZ(7, 1)
			want, err := sampler.Generate(z, config.StatisticsCalibrated)
			if err != nil {
				t.Fatal(err)
			}
			got, err := n.Run(z.Data)
			if err != nil {
				t.Fatal(err)
			}
			if d := distance(got, want.Data); d > 1e-5 {
				t.Errorf("the picture is off by %g", d)
			}
		})
	}
}

// distance returns the largest difference of two lists of one length, infinity of others.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var most float64
	for i := range a {
		most = max(most, math.Abs(float64(a[i])-float64(b[i])))
	}
	return most
}

func TestExportErrors(t *testing.T) {
	_, m, s := tiny(t, "vivid")
	s.Tensors["average.generator.deconv1.weight"].Data[3] = float32(math.NaN())
	if _, err := Generator(m, s); err == nil || !strings.Contains(err.Error(), "generator.deconv1") {
		t.Errorf("a weight that is no number: %v", err)
	}
	for _, name := range m.Generator {
		delete(s.Tensors, name.BatchNorm+".sampling_mean")
		delete(s.Tensors, name.BatchNorm+".sampling_var")
	}
	if _, err := Generator(m, s); err == nil || !strings.Contains(err.Error(), "sampling") {
		t.Errorf("a model without statistics: %v", err)
	}
	delete(s.Tensors, "discriminator.conv1.weight")
	if _, err := Discriminator(m, s); err == nil || !strings.Contains(err.Error(), "discriminator.conv1.weight") {
		t.Errorf("a state that lacks a tensor: %v", err)
	}
}
