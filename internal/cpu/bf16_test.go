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

// bf16Layers has a layer for each variant of the passes in bf16, at awkward widths: maps of one
// square (4 to 2), small maps and large maps.
var bf16Layers = []gan.Layer{
	{Name: "one square", In: 40, Out: 56, InSize: 4, OutSize: 2, Kernel: 4, Stride: 2, Pad: 1},
	{Name: "small maps", In: 33, Out: 70, InSize: 8, OutSize: 4, Kernel: 4, Stride: 2, Pad: 1},
	{Name: "large maps", In: 36, Out: 33, InSize: 32, OutSize: 16, Kernel: 4, Stride: 2, Pad: 1},
}

// bf16Sums is the relative rms error that rounding in float32 sums makes.
const bf16Sums = 2e-6

// Every pass in bf16 agrees with its definition. A pass that computed in float32, or did not
// round to nearest even, would differ by a thousand times as much.
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

// The rounding error of each pass of the reference's layers in bf16 is as large as expected. The
// relative error of rounding to bf16 is at most 2^-9, and 0.6 of that in rms. Both operands of a
// product have it, which gives 1.6e-3. Winograd's transforms add and subtract up to four operands
// before the products and up to nine products after them. The results partly cancel, so that the
// relative error grows to about 2.5 times as much. The number of terms in a sum does not change the
// relative error, since the terms and their errors have both signs.
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

// Every convolution in bf16 that a gradient of D or of G needs agrees with its definition for the operands that it
// has in the network. The rest of the network computes as in fp32. The gradients as a whole cannot be compared so
// sharply: if float32's rounding alone moves a number across the middle between two bf16 numbers, it differs by
// 4e-3 from then on, and so do more numbers in later layers, until ReLUs switch too.
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

// Through a whole pass, plain Go's definitions of the instructions give the same bits as the
// instructions, on any number of threads. A picture's bits do not depend on the other pictures.
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

// needBF16 skips a test of training in bf16 if the engine refuses bf16 on this machine.
func needBF16(t testing.TB) {
	if !kernel.HasBF16() {
		t.Skip("this processor or build has no bf16 instructions")
	}
}

// inBF16 returns settings with which most layers compute in bf16.
func inBF16() *config.Config {
	c := small(32, 16, 5)
	c.Precision = config.PrecisionBF16
	return c
}

// Training in bf16 gives the same bits at any number of threads, and after a state is taken over.
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

// A training in bf16 samples in float32, so that its pictures are those of a sampler of its state.
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

// The first gradients in bf16 have a cosine above 0.9 with the golden ones. Rounding, 5e-3 a pass, changes the sign
// of the few numbers in a thousand that are near a ReLU's kink, and their gradients appear or vanish. Over the
// layers of both networks this adds an error of a fifth to two fifths of a gradient's norm, at right angles to it.
// TestBF16InNetworks is the sharp test.
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
