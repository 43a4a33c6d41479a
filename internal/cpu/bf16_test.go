package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// bf16Layers have every way of the passes in bf16, at awkward widths: maps of one square (4 to 2),
// small and large ones.
var bf16Layers = []gan.Layer{
	{Name: "one square", In: 40, Out: 56, InSize: 4, OutSize: 2, Kernel: 4, Stride: 2, Pad: 1},
	{Name: "small maps", In: 33, Out: 70, InSize: 8, OutSize: 4, Kernel: 4, Stride: 2, Pad: 1},
	{Name: "large maps", In: 36, Out: 33, InSize: 32, OutSize: 16, Kernel: 4, Stride: 2, Pad: 1},
}

// bf16Sums is relative rms: what rounding in float32's sums makes.
const bf16Sums = 2e-6

// Every pass in bf16 against its definition. A pass that computed in float32, or rounded
// otherwise than to nearest even, would be off by a thousand times as much.
func TestBF16Passes(t *testing.T) {
	for i := range bf16Layers {
		spec := &bf16Layers[i]
		for _, n := range []int{1, 3, 9} {
			t.Run(fmt.Sprintf("%s,n=%d", spec.Name, n), func(t *testing.T) {
				p := newThreePasses(spec, mapOf(filled(1, n, spec.In, spec.InSize, spec.InSize), lanes),
					mapOf(filled(2, n, spec.Out, spec.OutSize, spec.OutSize), lanes), 2, formBF16)
				checkPadding(t, p.y)
				checkPadding(t, p.x)
				checkError(t, "forward", p.forwardBF16, 0, bf16Sums)
				checkError(t, "backward-data", p.backwardDataBF16, 0, bf16Sums)
				checkError(t, "backward-weight", p.backwardWeightBF16, 0, bf16Sums)
			})
		}
	}
}

// The rounding error of each pass of the reference's layers in bf16. Rounding to bf16 is off by up
// to 2^-9 relative, 0.6 of that in rms, in both operands of a product: 1.6e-3. Winograd's transforms add
// and subtract up to four operands before and sum up to nine products afterwards, of which parts
// cancel: some 2.5 times as much is left. A sum of many terms is not relatively better or worse than
// one, for errors of both signs.
func TestBF16Error(t *testing.T) {
	needBF16(t)
	const n, least, most = 2, 3e-3, 6e-3
	for _, spec := range layersAt(64) {
		g := geometryOf(&spec)
		if !g.winogradPays(formBF16, false) {
			continue
		}
		t.Run(spec.Name, func(t *testing.T) {
			p := newThreePasses(&spec, mapOf(filled(1, n, g.wideC, g.wide, g.wide), lanes),
				mapOf(filled(2, n, g.narrowC, g.narrow, g.narrow), lanes), 2, formBF16)
			checkError(t, "forward", p.forward, least, most)
			checkError(t, "backward-data", p.backwardData, least, most)
			checkError(t, "backward-weight", p.backwardWeight, least, most)
		})
	}
}

// Every convolution in bf16 behind a gradient of D and one of G against its definition, each for the operands
// that it has there: what lies between them computes as in fp32. Another computation of the whole cannot be
// compared so sharply. A number that float32's rounding alone puts on the other side of the middle between two
// bf16 is off by 4e-3 from then on, and turns more of those behind it, until ReLUs turn too.
func TestBF16InNetworks(t *testing.T) {
	needBF16(t)
	c := inBF16()
	c.Size, c.NGF, c.NDF, c.Batch = 64, 32, 32, 3
	e := newEngine(t, c)
	setFormula(t, e)
	real := filled(1, c.Batch, c.Channels, c.Size, c.Size)
	e.show(real, e.model.TrainingZ(0, 1, c.Batch))

	d, g := e.real, e.painted
	d.checkForward(t, e.pictures)
	d.verdicts()
	e.objective.DiscriminatorSlopes(d.slopes, nil, d.logits, nil, c.LabelSmoothing)
	d.setSlopes(d.slopes)
	d.checkBackward(t, nil, e.pictures, true)

	g.checkForward(t, g.input)
	d.checkForward(t, g.output())
	d.verdicts()
	e.objective.GeneratorSlopes(d.slopes, nil, d.logits)
	d.setSlopes(d.slopes)
	d.checkBackward(t, g.last().dy, g.output(), false)
	g.checkBackward(t, nil, g.input, true)
}

// checkForward is forward with every x of a layer in bf16 checked.
func (p *pass) checkForward(t *testing.T, input *featureMap) {
	p.net.derive()
	for _, l := range p.layers {
		l.forward(input, nil, ofBatch)
		switch p := (&threePasses{c: l.conv, w: l.weight.w}); {
		case l.conv.winoNarrow != nil && l.Op == gan.Convolution:
			p.wide, p.y = input, l.x
			checkError(t, l.Name+" forward", p.forwardBF16, 0, bf16Sums)
		case l.conv.winoWide != nil && l.Op == gan.TransposedConvolution:
			p.narrow, p.x = input, l.x
			checkError(t, l.Name+" forward", p.backwardDataBF16, 0, bf16Sums)
		}
		input = l.y
	}
}

// checkBackward is backward with every gradient of a layer in bf16 checked.
func (p *pass) checkBackward(t *testing.T, dinput, input *featureMap, weights bool) {
	for i, l := range slices.Backward(p.layers) {
		from, to := input, dinput
		if i > 0 {
			from, to = p.layers[i-1].y, p.layers[i-1].dy
		}
		x := *from // its memory may be that of to
		x.data = slices.Clone(from.data)
		l.backward(to, from, weights, false)

		p := &threePasses{c: l.conv, w: l.weight.w, dw: l.weight.g, wide: &x, narrow: l.dy, x: to}
		inBF16, gradient := l.conv.winoWide != nil, p.backwardDataBF16
		if l.Op == gan.TransposedConvolution {
			p = &threePasses{c: l.conv, w: l.weight.w, dw: l.weight.g, wide: l.dy, narrow: &x, y: to}
			inBF16, gradient = l.conv.winoNarrow != nil, p.forwardBF16
		}
		if inBF16 && to != nil {
			checkError(t, l.Name+" gradient of the input", gradient, 0, bf16Sums)
		}
		if l.conv.winoWeight != nil && weights {
			checkError(t, l.Name+" gradient of the weights", p.backwardWeightBF16, 0, bf16Sums)
		}
	}
}

// The definitions give the instructions' bits through a whole pass, on any number of threads, and a
// picture's bits do not depend on those beside it.
func TestBF16IsOfOnePicture(t *testing.T) {
	defer kernel.Use(kernel.Active())
	for i := range bf16Layers {
		spec := &bf16Layers[i]
		t.Run(spec.Name, func(t *testing.T) {
			const n = 5
			wide := mapOf(filled(1, n, spec.In, spec.InSize, spec.InSize), lanes)
			narrow := mapOf(filled(2, n, spec.Out, spec.OutSize, spec.OutSize), lanes)
			passes := func(wide, narrow *featureMap, threads int) [3][]float32 {
				p := newThreePasses(spec, wide, narrow, threads, formBF16)
				return [3][]float32{p.y.data, p.x.data, p.dw}
			}
			if err := kernel.Use(kernel.Generic); err != nil {
				t.Fatal(err)
			}
			want := passes(wide, narrow, 1)
			if err := kernel.Use(kernel.Best()); err != nil {
				t.Fatal(err)
			}
			for _, threads := range []int{1, 2, 3, 7} {
				got := passes(wide, narrow, threads)
				for pass := range want {
					if !slices.Equal(got[pass], want[pass]) {
						t.Errorf("pass %d on %d threads differs", pass, threads)
					}
				}
			}
			for k := range n {
				one := passes(wide.picture(k), narrow.picture(k), 2)
				for pass, whole := range want[:2] {
					if size := len(whole) / n; !slices.Equal(one[pass], whole[k*size:][:size]) {
						t.Errorf("pass %d of picture %d alone differs", pass, k)
					}
				}
			}
		})
	}
}

// needBF16 skips a test of training in bf16 where that is refused.
func needBF16(t testing.TB) {
	if !kernel.HasBF16() {
		t.Skip("this processor or build has no bf16 instructions")
	}
}

// inBF16 are settings of which most layers compute in bf16.
func inBF16() *config.Config {
	c := small(32, 16, 5)
	c.Precision = config.PrecisionBF16
	return c
}

// Identical bits at any number of threads, and through a state.
func TestBF16ThreadsAndState(t *testing.T) {
	needBF16(t)
	var first *gan.State
	for _, threads := range []int{1, 2, 3, 7} {
		c := inBF16()
		c.Threads = threads
		e := newEngine(t, c)
		steps(t, e, 1, 1)
		if threads == 3 { // go on in another engine
			b := newEngine(t, c)
			if err := b.SetState(stateOf(t, e)); err != nil {
				t.Fatal(err)
			}
			e = b
		}
		steps(t, e, 2, 3)
		if err := e.Calibrate(e.model.CalibrationZ()); err != nil {
			t.Fatal(err)
		}
		if s := stateOf(t, e); first == nil {
			first = s
		} else {
			sameState(t, fmt.Sprintf("%d threads", threads), first, s)
		}
	}
}

// A training in bf16 samples in float32: its pictures are those of a sampler of its state.
func TestBF16SamplesInFloat32(t *testing.T) {
	needBF16(t)
	e := newEngine(t, inBF16())
	steps(t, e, 1, 2)
	if err := e.Calibrate(e.model.CalibrationZ()); err != nil {
		t.Fatal(err)
	}
	z := e.model.PictureZ(0, 21)
	got, err := e.Generate(z, config.StatisticsCalibrated)
	if err != nil {
		t.Fatal(err)
	}
	state := stateOf(t, e)
	s, err := NewSampler(e.model, state, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want, err := s.Generate(z, config.StatisticsCalibrated)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Data, want.Data) {
		t.Error("the sampler's pictures differ")
	}
}

// What bf16 does to the first gradients, against the golden: rounding, 5e-3 a pass, turns the sign of the few
// numbers in a thousand that are so near a ReLU's kink, whose gradients come or go as a whole. Over the layers
// of both networks a fifth to two fifths of a gradient's norm add up, at right angles to it, so that its
// cosine with the true one is above 0.9. TestBF16InNetworks is the sharp test.
func TestBF16Gradients(t *testing.T) {
	needBF16(t)
	c := inBF16()
	c.Size, c.NZ, c.Batch, c.NGF, c.NDF = 64, 64, 4, 8, 8
	e := newEngine(t, c)
	setFormula(t, e)
	readGolden(t, "size64").compareFirstGradients(t, e, tolerances{gradient: math.Sin(math.Acos(0.9)), terms: 5e-3})
}

func TestBF16IsRefusedWithoutInstructions(t *testing.T) {
	defer kernel.Use(kernel.Active())
	if err := kernel.Use(kernel.Generic); err != nil {
		t.Fatal(err)
	}
	_, err := New(inBF16())
	if err == nil || config.HintOf(err) == "" {
		t.Errorf("New without bf16: %v, hint %q", err, config.HintOf(err))
	}
}
