package cpu

import (
	"strings"
	"testing"

	"dcgan/internal/gan"
)

// branching gives a model of 16x16 networks that branch in every way that a table allows. They have maps that are read
// twice, added, or both, the network's input among them, each operation, and activations after sums. With norm, some
// layers have batch norms.
func branching(m *gan.Model, width int, norm bool) {
	bn := func(l gan.Layer) gan.Layer {
		if norm {
			l.BatchNorm = l.Name + "_bn"
		}
		return l
	}
	conv := func(name, from string, in, out, size, kernel int, a gan.Activation) gan.Layer {
		return gan.Layer{Name: name, From: from, In: in, Out: out, InSize: size, OutSize: size,
			Kernel: kernel, Stride: 1, Pad: kernel / 2, Activation: a}
	}
	resample := func(name string, op gan.Operation, channels, from, to, kernel int) gan.Layer {
		return gan.Layer{Name: name, Op: op, In: channels, Out: channels, InSize: from, OutSize: to,
			Kernel: kernel, Stride: 2, Pad: kernel/2 - 1}
	}
	sum := func(name, from, add string, channels, size int, a gan.Activation) gan.Layer {
		return gan.Layer{Name: name, Op: gan.Identity, From: from, Add: add, In: channels, Out: channels,
			InSize: size, OutSize: size, Kernel: 1, Stride: 1, Activation: a}
	}
	added := func(l gan.Layer, add string) gan.Layer {
		l.Add = add
		return l
	}
	from := func(l gan.Layer, name string) gan.Layer {
		l.From = name
		return l
	}
	last := func(l gan.Layer) gan.Layer {
		l.Kernel, l.Pad, l.OutSize = l.InSize, 0, 1
		return l
	}
	w := width
	m.Generator = gan.Network{
		bn(gan.Layer{Name: "g.z", Op: gan.TransposedConvolution, In: m.NZ, Out: 2 * w, InSize: 1, OutSize: 4, Kernel: 4,
			Stride: 1, Activation: gan.ReLU}),
		bn(conv("g.one", "", 2*w, w, 4, 1, gan.LeakyReLU)),
		bn(conv("g.two", "g.z", 2*w, w, 4, 3, gan.Linear)),
		sum("g.both", "g.one", "g.two", w, 4, gan.ReLU),
		added(conv("g.three", "", w, 2*w, 4, 3, gan.Linear), "g.z"),
		resample("g.up", gan.Upsampling, 2*w, 4, 8, 4),
		{Name: "g.deconv", Op: gan.TransposedConvolution, From: "g.three", In: 2 * w, Out: 2 * w, InSize: 4, OutSize: 8,
			Kernel: 4, Stride: 2, Pad: 1, Add: "g.up", Activation: gan.LeakyReLU},
		conv("g.narrow", "", 2*w, w, 8, 1, gan.LeakyReLU),
		resample("g.repeat", gan.Upsampling, w, 8, 16, 2),
		conv("g.picture", "", w, m.Channels, 16, 3, gan.Tanh),
	}
	m.Discriminator = gan.Network{
		conv("d.first", "", m.Channels, w, 16, 3, gan.LeakyReLU),
		{Name: "d.strided", From: gan.Input, In: m.Channels, Out: w, InSize: 16, OutSize: 8, Kernel: 4, Stride: 2, Pad: 1},
		added(from(resample("d.half", gan.Downsampling, w, 16, 8, 4), "d.first"), "d.strided"),
		bn(conv("d.one", "d.half", w, 2*w, 8, 1, gan.LeakyReLU)),
		conv("d.two", "", 2*w, w, 8, 3, gan.LeakyReLU),
		sum("d.sum", "d.two", "d.half", w, 8, gan.LeakyReLU),
		resample("d.quarter", gan.Downsampling, w, 8, 4, 2),
		conv("d.wide", "d.quarter", w, 2*w, 4, 1, gan.LeakyReLU),
		added(conv("d.block", "", 2*w, w, 4, 3, gan.Linear), "d.quarter"),
		last(conv("d.side", "d.quarter", w, 1, 4, 1, gan.Linear)),
		added(last(conv("d.logit", "d.block", w, 1, 4, 1, gan.Linear)), "d.side"),
	}
}

// Networks that branch have the pictures and gradients of the definition in float64, in both forms and on every
// instruction set.
func TestBranchingNetworks(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, width := range []int{3, 17} {
			testOtherLayout(t, width, func(m *gan.Model) { branching(m, width, true) })
			testOtherLayout(t, width, func(m *gan.Model) { *m = *gan.NewModel(residual(small(16, width, 3))) })
		}
	})
}

// Invalid branches are refused.
func TestBranchesAreChecked(t *testing.T) {
	for _, c := range []struct {
		what, want string
		change     func(m *gan.Model)
	}{
		{"a later layer is read", "no layer before it", func(m *gan.Model) { m.Discriminator[3].From = "d.two" }},
		{"no such layer", "no layer before it", func(m *gan.Model) { m.Discriminator[2].Add = "d.nowhere" }},
		{"another shape is added", "adds", func(m *gan.Model) { m.Discriminator[2].Add = gan.Input }},
		{"another shape is read", "takes", func(m *gan.Model) { m.Discriminator[3].From = gan.Input }},
		{"a name twice", "that name", func(m *gan.Model) { m.Discriminator[1].Name = "d.first" }},
		{"a layer that nobody reads", "no layer reads it", func(m *gan.Model) { m.Discriminator[2].Add = "" }},
		{"a batch norm plus something", "adds nothing", func(m *gan.Model) {
			m.Discriminator[2].Add, m.Discriminator[8].BatchNorm = "d.strided", "bn"
		}},
		{"resampling with a kernel of 3", "kernel 2 without padding", func(m *gan.Model) {
			m.Generator[5].Kernel, m.Generator[5].OutSize = 3, 7
		}},
		{"two numbers a picture", "one number", func(m *gan.Model) {
			m.Discriminator[9].Out, m.Discriminator[10].Out = 2, 2
		}},
	} {
		config := small(16, 3, 2)
		m := gan.NewModel(config)
		branching(m, 3, false)
		c.change(m)
		if _, err := build(config, m, &memory{counting: true}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.what, err, c.want)
		}
	}
}
