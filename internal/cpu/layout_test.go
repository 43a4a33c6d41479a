package cpu

import (
	"strings"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// Networks whose maps have other layouts than the reference's have the pictures and gradients of the definition in
// float64, in both forms and on every instruction set.
func TestNetworksOfOtherLayouts(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(m *gan.Model)
	}{
		{"D without batch norm and with few channels", func(m *gan.Model) {
			for i := range m.Discriminator {
				m.Discriminator[i].BatchNorm = ""
			}
		}},
		{"G whose last two layers do not fold", func(m *gan.Model) {
			m.Generator[len(m.Generator)-2].Activation = gan.ReLU
		}},
		{"G that ends in a transposed convolution", func(m *gan.Model) {
			n := len(m.Generator) - 2
			m.Generator = m.Generator[:n+1]
			m.Generator[n].Out, m.Generator[n].Activation = m.Channels, gan.Tanh
		}},
		{"smooth kernels", func(m *gan.Model) {
			for _, network := range []gan.Network{m.Generator, m.Discriminator} {
				for i := range network {
					l := &network[i]
					l.Smooth = l.Stride == 2 && min(l.InSize, l.OutSize) > 1
				}
			}
		}},
		{"D that reads a 3x3 convolution", func(m *gan.Model) {
			first := gan.Layer{
				Name: "discriminator.conv0", In: m.Channels, Out: 5, InSize: m.Size, OutSize: m.Size,
				Kernel: 3, Stride: 1, Pad: 1, Activation: gan.LeakyReLU,
			}
			m.Discriminator[0].In = 5
			m.Discriminator = append([]gan.Layer{first}, m.Discriminator...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachISA(t, func(t *testing.T) {
				if kernel.Active() != kernel.Best() && testing.Short() {
					t.Skip("the definition is slow under the race detector")
				}
				for _, width := range []int{2, 4, 17} {
					testOtherLayout(t, width, c.change)
				}
			})
		})
	}
}

func testOtherLayout(t *testing.T, width int, change func(m *gan.Model)) {
	c := small(16, width, 3)
	real, z := formula("real", 3, 3, 16, 16), formula("z", 3, c.NZ)
	for _, exact := range []bool{false, true} {
		c.Exact = exact
		m := gan.NewModel(c)
		change(m)
		e, err := build(c, m, &memory{})
		if err != nil {
			t.Fatal(err)
		}
		setFormula(t, e)
		e.show(real, z)
		newUpdates(e, float64s(real.Data), float64s(z.Data)).compare(t, e)
		e.Profile()
		steps(t, e, 1, 1)
		e.PassTimes()
		e.Close()
	}
}

// A layer that the engine cannot compute correctly is refused before anything is allocated.
func TestSupports(t *testing.T) {
	good := gan.Layer{Name: "conv", In: 3, Out: 5, InSize: 8, OutSize: 4, Kernel: 4, Stride: 2, Pad: 1}
	for _, c := range []struct {
		what   string
		change func(l *gan.Layer)
		want   string // "" if it is computed
	}{
		{"as it is", func(*gan.Layer) {}, ""},
		{"3x3, stride 1", func(l *gan.Layer) { l.Kernel, l.Stride, l.OutSize = 3, 1, 8 }, ""},
		{"padding 2", func(l *gan.Layer) { l.Kernel, l.Pad = 6, 2 }, "pads by 1"},
		{"no tap meets a pixel", func(l *gan.Layer) { l.InSize, l.OutSize, l.Kernel, l.Pad = 1, 1, 2, 3 }, "padding"},
		{"a kernel of nothing", func(l *gan.Layer) { l.Kernel = 0 }, "kernel of 0"},
		{"sizes that do not fit", func(l *gan.Layer) { l.OutSize = 5 }, "do not fit"},
		{"no channels", func(l *gan.Layer) { l.In = 0 }, "channels"},
		{"stride 3", func(l *gan.Layer) { l.Stride, l.InSize, l.OutSize, l.Kernel = 3, 8, 3, 4 }, "ratio"},
		{"tanh after a batch norm", func(l *gan.Layer) { l.BatchNorm, l.Activation = "bn", gan.Tanh }, "tanh"},
	} {
		l := good
		c.change(&l)
		err := Supports(&l)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want an error with %q", c.what, err, c.want)
		}
		m := gan.NewModel(small(8, 4, 2))
		m.Discriminator[0] = l
		if _, built := build(small(8, 4, 2), m, &memory{counting: true}); err != nil && built == nil {
			t.Errorf("%s: an engine is built", c.what)
		}
	}
}

// Layers whose input has another shape than the output they read are refused.
func TestSupportsChains(t *testing.T) {
	for _, change := range []func(m *gan.Model){
		func(m *gan.Model) { m.Discriminator[0].Out++ },
		func(m *gan.Model) { m.Generator[0].In++ },
		func(m *gan.Model) { m.Discriminator = m.Discriminator[1:] },
		func(m *gan.Model) { m.Generator = nil },
	} {
		m := gan.NewModel(small(16, 4, 2))
		change(m)
		if _, err := build(small(16, 4, 2), m, &memory{counting: true}); err == nil {
			t.Error("an engine is built of layers that do not fit")
		}
	}
}

// Multiplies counts the multiply-adds of the definition, those of padding included.
func TestMultiplies(t *testing.T) {
	for _, c := range []struct {
		layer gan.Layer
		want  int64
	}{
		{gan.Layer{In: 18, Out: 20, InSize: 8, OutSize: 8, Kernel: 3, Stride: 1, Pad: 1}, 207_360},
		{gan.Layer{In: 6, Out: 10, InSize: 16, OutSize: 8, Kernel: 4, Stride: 2, Pad: 1}, 61_440},
		{gan.Layer{
			In: 6, Out: 10, InSize: 8, OutSize: 16, Kernel: 4, Stride: 2, Pad: 1, Op: gan.TransposedConvolution,
		}, 61_440},
		{gan.Layer{In: 6, Out: 10, InSize: 1, OutSize: 4, Kernel: 4, Stride: 1, Op: gan.TransposedConvolution}, 960},
		{gan.Layer{In: 6, Out: 10, InSize: 9, OutSize: 9, Kernel: 1, Stride: 1}, 4_860},
	} {
		if got := c.layer.Multiplies(); got != c.want {
			t.Errorf("%+v: %d, want %d", c.layer, got, c.want)
		}
	}
}
