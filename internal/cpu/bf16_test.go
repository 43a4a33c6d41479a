package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// bf16Tolerance is relative rms. Rounding to bf16 is off by up to 2^-9 relative, 0.6 of that in rms, in both
// operands of a product: 1.6e-3. Winograd's transforms add and subtract up to four operands before and
// sum up to nine products afterwards, of which parts cancel: some 2.5 times as much is left. A sum of many
// terms is not relatively better or worse than one, for errors of both signs.
const bf16Tolerance = 6e-3

// Every pass in bf16 against its definition in float64, and no better than it can be: a
// pass that computed in float32 would not be one in bf16.
func TestBF16Passes(t *testing.T) {
	for i := range bf16Layers {
		spec := &bf16Layers[i]
		for _, n := range []int{1, 3, 9} {
			t.Run(fmt.Sprintf("%s,n=%d", spec.Name, n), func(t *testing.T) {
				p := newThreePasses(spec, mapOf(filled(1, n, spec.In, spec.InSize, spec.InSize), lanes),
					mapOf(filled(2, n, spec.Out, spec.OutSize, spec.OutSize), lanes), 2, formBF16)
				checkPadding(t, p.y)
				checkPadding(t, p.x)
				p.checkErrors(t, 1e-3, bf16Tolerance)
			})
		}
	}
}

// The rounding error of each pass of the reference's layers in bf16.
func TestBF16Error(t *testing.T) {
	needBF16(t)
	const n = 2
	for _, spec := range layersAt(64) {
		g := newGeometry(&spec)
		if !g.winogradPays(formBF16, false) {
			continue
		}
		t.Run(spec.Name, func(t *testing.T) {
			p := newThreePasses(&spec, mapOf(filled(1, n, g.wideC, g.wide, g.wide), lanes),
				mapOf(filled(2, n, g.narrowC, g.narrow, g.narrow), lanes), 2, formBF16)
			p.checkErrors(t, 1e-3, bf16Tolerance)
		})
	}
}

// checkErrors bounds the relative rms of each pass's error, over some hundred results.
func (p *threePasses) checkErrors(t *testing.T, least, most float64) {
	t.Helper()
	for _, pass := range []struct {
		name   string
		sample func(*rand.Rand) (got, want float64)
	}{{"forward", p.forward}, {"backward-data", p.backwardData}, {"backward-weight", p.backwardWeight}} {
		rng := rand.New(rand.NewPCG(4, 0))
		var diff, norm float64
		for range 300 {
			got, want := pass.sample(rng)
			diff += (got - want) * (got - want)
			norm += want * want
		}
		r := math.Sqrt(diff / norm)
		t.Logf("%s: %.2g", pass.name, r)
		if !(r >= least && r <= most) {
			t.Errorf("%s: relative error %g, want %g to %g", pass.name, r, least, most)
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

// The first gradients against the golden, which is computed in float64. Each layer is off by up to
// bf16Tolerance each way. That turns the sign of the few numbers in a thousand that are so near a ReLU's
// kink, whose gradients come or go as a whole; over the layers of both networks a fifth to two fifths of
// a gradient's norm add up, at right angles to it: its direction stays, its cosine with the true one is 0.9.
// Two sums of both signs over all pixels cancel nearly: no digit of them is sure.
func TestBF16Gradients(t *testing.T) {
	needBF16(t)
	c := inBF16()
	c.Size, c.NZ, c.Batch, c.NGF, c.NDF = 64, 64, 4, 8, 8
	e := newEngine(t, c)
	setFormula(t, e)
	readGolden(t, "size64").compareFirstGradients(t, e, tolerances{gradient: 0.5, cancelling: 1})
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
