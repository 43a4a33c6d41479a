package foreign

import (
	"maps"
	"math"
	"strings"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/export"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
)

func read(t testing.TB, path string) map[string]*tensor.Tensor {
	t.Helper()
	tensors, err := tensorfile.ReadTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

// paints fails the test if the model does not paint pictures (of which every stride-th
// number is given) from z, to half a step of a byte.
func paints(t *testing.T, m *Model, z, want *tensor.Tensor, stride int) {
	t.Helper()
	sampler, err := engine.OpenSampler(gan.NewModel(m.Config), m.State, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Close()
	got, err := sampler.Generate(z, config.StatisticsCalibrated)
	if err != nil {
		t.Fatal(err)
	}
	for n := range z.Shape[0] {
		row := got.Row(n)
		for i, v := range want.Row(n) {
			if d := math.Abs(float64(row[i*stride] - v)); d > 1/255. {
				t.Fatalf("picture %d is off by %g at %d", n, d, i*stride)
			}
		}
	}
}

// What PyTorch's example has learnt paints the same pictures here, and judges them alike.
func TestTorch(t *testing.T) {
	m, err := Torch(read(t, "testdata/torch.pth"), read(t, "testdata/torch.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Config; c.Size != 64 || c.Channels != 3 || c.NZ != 6 || c.NGF != 4 || c.NDF != 3 {
		t.Errorf("the settings are %s", c.JSON())
	}
	answers := read(t, "testdata/torch_answers.safetensors")
	paints(t, m, answers["z"], answers["pictures"], 13)

	g, err := export.Generator(gan.NewModel(m.Config), m.State)
	if err != nil {
		t.Fatal(err)
	}
	d, err := export.Discriminator(gan.NewModel(m.Config), m.State)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range answers["logits"].Data {
		picture, err := g.Run(answers["z"].Row(n))
		if err != nil {
			t.Fatal(err)
		}
		logit, err := d.Run(picture)
		if err != nil {
			t.Fatal(err)
		}
		if off := math.Abs(float64(logit[0] - want)); off > 1e-4 {
			t.Errorf("the logit of picture %d is off by %g", n, off)
		}
	}
}

// renamed returns tensors under other names.
func renamed(tensors map[string]*tensor.Tensor, name func(string) string) map[string]*tensor.Tensor {
	out := map[string]*tensor.Tensor{}
	for n, t := range tensors {
		out[name(n)] = t
	}
	return out
}

// Both networks may lie in one file, each behind a prefix, and a generator may come alone.
func TestTorchNames(t *testing.T) {
	both := renamed(read(t, "testdata/torch.pth"), func(n string) string { return "netG.module." + n })
	maps.Copy(both, renamed(read(t, "testdata/torch.safetensors"), func(n string) string { return "netD.module." + n }))
	answers := read(t, "testdata/torch_answers.safetensors")
	m, err := Torch(both)
	if err != nil {
		t.Fatal(err)
	}
	paints(t, m, answers["z"], answers["pictures"], 13)

	bare := renamed(read(t, "testdata/torch.pth"), func(n string) string { return strings.TrimPrefix(n, "main.") })
	if m, err = Torch(bare); err != nil {
		t.Fatal(err)
	}
	paints(t, m, answers["z"], answers["pictures"], 13)
	if m.Config.NDF != 8 {
		t.Errorf("a new discriminator begins with %d channels", m.Config.NDF)
	}
}

// What is no DCGAN of PyTorch's is refused, with a word about what is wrong.
func TestTorchRefuses(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(g, d map[string]*tensor.Tensor)
	}{
		{"a tensor more", `tensor "classes"`, func(g, _ map[string]*tensor.Tensor) { g["classes"] = tensor.New(2) }},
		{"no generator", "no generator", func(g, _ map[string]*tensor.Tensor) { clear(g) }},
		{"no norm", "not those of a DCGAN", func(g, _ map[string]*tensor.Tensor) {
			for _, kind := range []string{"weight", "bias", "running_mean", "running_var", "num_batches_tracked"} {
				delete(g, "main.4."+kind)
			}
		}},
		{"half a norm", "module main.4", func(g, _ map[string]*tensor.Tensor) { delete(g, "main.4.running_var") }},
		{"a kernel of 3", "not 4x4", func(_, d map[string]*tensor.Tensor) { d["main.0.weight"] = tensor.New(3, 3, 3, 3) }},
		{"a shallower D", "reads 3 of 32x32", func(_, d map[string]*tensor.Tensor) {
			d["main.8.weight"] = tensor.New(1, 12, 4, 4)
			for name := range d {
				if strings.HasPrefix(name, "main.9.") || strings.HasPrefix(name, "main.11.") {
					delete(d, name)
				}
			}
			delete(d, "main.5.weight")
			d["main.5.weight"] = tensor.New(12, 6, 4, 4)
		}},
		{"other channels", "channels", func(g, _ map[string]*tensor.Tensor) { g["main.12.weight"] = tensor.New(8, 5, 4, 4) }},
	} {
		g, d := read(t, "testdata/torch.pth"), read(t, "testdata/torch.safetensors")
		c.change(g, d)
		_, err := Torch(g, d)
		if err == nil || !strings.Contains(err.Error(), c.want) || config.HintOf(err) == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
