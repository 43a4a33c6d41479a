package foreign

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
)

func variables(t *testing.T) map[string]*tensor.Tensor {
	t.Helper()
	v, err := tensorfile.ReadTensorFlow("testdata/slim.ckpt-10")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What the article's code has learnt paints the same pictures here, by the batch's own
// statistics, as it has no others.
func TestSlim(t *testing.T) {
	m, err := Slim(variables(t))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Config; c.Size != 16 || c.NZ != 5 || c.NGF != 3 || c.NDF != 3 || c.Widths != config.WidthsCorrected {
		t.Errorf("the settings are %s", c.JSON())
	}
	answers := read(t, "testdata/slim_answers.safetensors")
	sampler, err := engine.OpenSampler(gan.NewModel(m.Config), m.State, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer sampler.Close()
	got, err := sampler.Generate(answers["z"], config.StatisticsBatch)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range answers["pictures"].Data {
		if d := got.Data[i] - v; d > 1e-4 || d < -1e-4 {
			t.Fatalf("the pictures are off by %g at %d", d, i)
		}
	}
	if name := "discriminator.conv3.weight"; !slices.Equal(m.State.Tensors[name].Data, answers[name].Data) {
		t.Errorf("%s has other numbers", name)
	}
}

// Scopes around the networks make no difference; variables that are not the article's do.
func TestSlimNames(t *testing.T) {
	if _, err := Slim(renamed(variables(t), func(n string) string { return "tower/" + n })); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		name, want string
		change     func(v map[string]*tensor.Tensor)
	}{
		{"nothing", "not those of the article's", func(v map[string]*tensor.Tensor) { clear(v) }},
		{"no discriminator", "not those of the article's", func(v map[string]*tensor.Tensor) {
			maps.DeleteFunc(v, func(n string, _ *tensor.Tensor) bool { return strings.HasPrefix(n, "Discriminator/") })
		}},
		{"a layer more", "none of the article's", func(v map[string]*tensor.Tensor) {
			v["Discriminator/Discriminator/conv9/weights"] = tensor.New(4, 4, 24, 48)
		}},
		{"another width", "generator.deconv2.weight", func(v map[string]*tensor.Tensor) {
			v["Generator/Generator/deconv2/weights"] = tensor.New(4, 4, 7, 12)
		}},
	} {
		v := variables(t)
		c.change(v)
		if _, err := Slim(v); err == nil || !strings.Contains(err.Error(), c.want) || config.HintOf(err) == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
