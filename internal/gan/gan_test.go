package gan

import (
	"math"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/config"
)

func model(t *testing.T, recipe string, change func(*config.Config)) *Model {
	t.Helper()
	c, err := config.Recipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return NewModel(c)
}

func outputs(layers []Layer) (list [][2]int) {
	for _, l := range layers {
		list = append(list, [2]int{l.OutSize, l.Out})
	}
	return list
}

// The networks have the sizes and channels that the reference states.
func TestLayerTables(t *testing.T) {
	d64 := [][2]int{{32, 64}, {16, 128}, {8, 256}, {4, 512}, {2, 1024}, {1, 2048}, {1, 1}}
	for _, c := range []struct {
		name, recipe string
		size         int
		generator    [][2]int
		d            [][2]int
	}{
		{"corrected", config.Reference, 64, [][2]int{{4, 1024}, {8, 512}, {16, 256}, {32, 128}, {64, 64}, {64, 3}}, d64},
		{"published slip", config.Published, 64, [][2]int{{4, 1024}, {8, 384}, {16, 256}, {32, 128}, {64, 64}, {64, 3}}, d64},
		{"smallest", config.Reference, 8, [][2]int{{4, 128}, {8, 64}, {8, 3}}, [][2]int{{4, 64}, {2, 128}, {1, 256}, {1, 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := model(t, c.recipe, func(s *config.Config) { s.Size = c.size })
			if got := outputs(m.Generator); !slices.Equal(got, c.generator) {
				t.Errorf("generator %v, want %v", got, c.generator)
			}
			if got := outputs(m.Discriminator); !slices.Equal(got, c.d) {
				t.Errorf("discriminator %v, want %v", got, c.d)
			}
		})
	}
	// At 32x32 the published widths equal the corrected ones.
	at32 := func(c *config.Config) { c.Size = 32 }
	a, b := model(t, config.Published, at32), model(t, config.Reference, at32)
	if !slices.Equal(a.Generator, b.Generator) {
		t.Error("published and corrected widths differ at 32x32")
	}
}

// The numbers of parameters and multiply-adds are those of the reference.
func TestCounts(t *testing.T) {
	count := func(layers []Layer) (parameters, multiplies int64) {
		for _, p := range Parameters(layers) {
			n := int64(1)
			for _, d := range p.Shape {
				n *= int64(d)
			}
			parameters += n
		}
		for i := range layers {
			multiplies += layers[i].Multiplies()
		}
		return parameters, multiplies
	}
	m := model(t, config.Reference, nil)
	gp, gm := count(m.Generator)
	dp, dm := count(m.Discriminator)
	if gp != 12_191_875 || dp != 44_704_705 {
		t.Errorf("parameters of G %d, of D %d", gp, dp)
	}
	if gm != 538_705_920 || dm != 170_919_936 {
		t.Errorf("multiplies of G %d, of D %d", gm, dm)
	}
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	if flop := m.StepFlop(c); math.Abs(float64(flop)/1.565e12-1) > 0.001 {
		t.Errorf("flop of a step %d", flop)
	}
	// With penalties and pairs: 1 + 3 passes of G and 8 + 3 of D, at two operations a multiply-add.
	c.Loss, c.Gamma, c.GenUpdates, c.Batch = config.LossRelativistic, 1, 1, 1
	if flop, want := m.StepFlop(c), 2*(4*gm+11*dm); flop != want {
		t.Errorf("flop of a step with penalties %d, want %d", flop, want)
	}
}

func TestInit(t *testing.T) {
	m := model(t, config.Reference, func(c *config.Config) { c.Size, c.NGF, c.NDF = 16, 8, 8 })
	s := m.Init(1).Copy()
	if err := m.Check(s); err != nil {
		t.Fatal(err)
	}
	for name, x := range s.Tensors {
		lo, hi := slices.Min(x.Data), slices.Max(x.Data)
		switch {
		case strings.HasPrefix(name, "adam_"), strings.HasSuffix(name, ".bias"), strings.HasSuffix(name, ".running_mean"):
			if lo != 0 || hi != 0 {
				t.Errorf("%s is not 0", name)
			}
		case strings.HasSuffix(name, ".running_var"):
			if lo != 1 || hi != 1 {
				t.Errorf("%s is not 1", name)
			}
		default: // a weight: within the Xavier limit, and filling it when there are many
			limit := math.Sqrt(6 / float64(x.Shape[2]*x.Shape[3]*(x.Shape[0]+x.Shape[1])))
			if float64(hi) > limit || float64(lo) < -limit {
				t.Errorf("%s reaches from %g to %g, the limit is %g", name, lo, hi, limit)
			}
			if len(x.Data) > 1000 && float64(hi-lo) < 1.98*limit {
				t.Errorf("%s reaches only from %g to %g of %g", name, lo, hi, limit)
			}
		}
	}
	if slices.Equal(s.Tensors["generator.deconv1.weight"].Data, m.Init(2).Load("generator.deconv1.weight").Data) {
		t.Error("two seeds give the same weights")
	}
	weights := s.Weights()
	if err := m.Check(weights); err != nil || weights.Full() || !s.Full() || 3*len(weights.Tensors) <= len(s.Tensors) {
		t.Errorf("of %d tensors %d are weights (%v)", len(s.Tensors), len(weights.Tensors), err)
	}
	delete(weights.Tensors, "generator.bn1.running_var")
	if err := m.Check(weights); err == nil {
		t.Error("weights may lack a tensor")
	}
	delete(s.Tensors, "adam_v.generator.logits.bias")
	if err := m.Check(s); err == nil || !strings.Contains(err.Error(), "adam_v.generator.logits.bias") {
		t.Errorf("a missing tensor is reported as %v", err)
	}
}

// The bilinear initial weights equal Xavier's, except the kernels of G's stride-2 layers,
// which interpolate. Averages start as the weights.
func TestInitBilinear(t *testing.T) {
	small := func(c *config.Config) { c.Size, c.NGF, c.NDF = 32, 8, 8 }
	plain := model(t, config.Reference, small).Init(1).Copy()
	s := model(t, config.Reference, func(c *config.Config) {
		small(c)
		c.Init, c.Average = config.InitBilinear, 1
	}).Init(1).Copy()
	interpolating := []string{"generator.deconv2.weight", "generator.deconv3.weight", "generator.deconv4.weight"}
	for name, want := range plain.Tensors {
		got := s.Tensors[name]
		if !slices.Contains(interpolating, name) {
			if !slices.Equal(got.Data, want.Data) {
				t.Errorf("%s differs from Xavier's", name)
			}
			continue
		}
		for i, f := range []float32{1, 3, 3, 1, 3, 9, 9, 3, 3, 9, 9, 3, 1, 3, 3, 1} {
			if v := f / 8 * want.Data[0]; math.Abs(float64(got.Data[i]-v)) > 1e-6*math.Abs(float64(v)) {
				t.Errorf("%s: tap %d is %g, want %g", name, i, got.Data[i], v)
			}
		}
		if average := s.Tensors["average."+name]; !slices.Equal(average.Data, got.Data) {
			t.Errorf("the average of %s begins as something else", name)
		}
	}
}

// The z of a picture depends on its seed alone.
func TestPictureZ(t *testing.T) {
	m := model(t, config.Reference, nil)
	many, one := m.PictureZ(10, 5), m.PictureZ(13, 1)
	if !slices.Equal(many.Row(3), one.Row(0)) {
		t.Error("seed 13 gives another z alone than behind 10, 11, 12")
	}
	if slices.Equal(m.TrainingZ(1, 2, 4).Data, m.TrainingZ(1, 3, 4).Data) {
		t.Error("two steps draw the same z")
	}
}
