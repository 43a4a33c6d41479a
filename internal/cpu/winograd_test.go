package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// winogradLayers has a layer for each variant of the data passes, at awkward widths.
var winogradLayers = []gan.Layer{
	{Name: "small maps", In: 40, Out: 56, InSize: 8, OutSize: 4, Kernel: 4, Stride: 2, Pad: 1},
	{Name: "large maps", In: 20, Out: 33, InSize: 32, OutSize: 16, Kernel: 4, Stride: 2, Pad: 1},
}

// On every instruction set, the bits of a picture's results depend neither on the other
// pictures of the batch nor on the number of threads. Those of the weights' gradient do not
// depend on the number of threads.
func TestWinogradIsOfOnePicture(t *testing.T) {
	defer kernel.Use(kernel.Active())
	for _, isa := range kernel.Supported() {
		if err := kernel.Use(isa); err != nil {
			t.Fatal(err)
		}
		for i := range 2 * len(winogradLayers) {
			spec, f := &winogradLayers[i/2], [...]form{formWinograd, formWinograd4}[i%2]
			t.Run(fmt.Sprintf("%v/%s/%v", isa, spec.Name, f), func(t *testing.T) {
				const n = 9
				wide := mapOf(filled(1, n, spec.In, spec.InSize, spec.InSize), lanes)
				narrow := mapOf(filled(2, n, spec.Out, spec.OutSize, spec.OutSize), lanes)
				want := runPasses(spec, f, wide, narrow, 1)
				for _, threads := range []int{2, 3, 7} {
					got := runPasses(spec, f, wide, narrow, threads)
					for pass := range want {
						if !slices.Equal(got[pass], want[pass]) {
							t.Errorf("pass %d on %d threads differs", pass, threads)
						}
					}
				}
				for k := range n {
					one := runPasses(spec, f, wide.picture(k), narrow.picture(k), 2)
					for pass, whole := range want[:2] {
						if size := len(whole) / n; !slices.Equal(one[pass], whole[k*size:][:size]) {
							t.Errorf("pass %d of picture %d alone differs", pass, k)
						}
					}
				}
			})
		}
	}
}

// runPasses returns what the three passes compute in a form.
func runPasses(spec *gan.Layer, f form, wide, narrow *featureMap, threads int) [3][]float32 {
	p := newThreePasses(spec, wide, narrow, threads, f)
	return [3][]float32{p.y.data, p.x.data, p.dw}
}

// threePasses holds the operands of the three passes and their results: y is the
// narrow map computed from wide, x the wide map computed from narrow.
type threePasses struct {
	c                  *conv
	wide, narrow, x, y *featureMap
	w, dw              []float32
}

func newThreePasses(spec *gan.Layer, wide, narrow *featureMap, threads int, f form) *threePasses {
	m := machineFor(threads, f, *spec)
	defer m.pool.Close()
	c := newConv(layout(spec), m)
	p := &threePasses{c: c, wide: wide, narrow: narrow, w: weightsFor(c), dw: make([]float32, c.weightLen())}
	p.x, p.y = newTestMap(wide.n, c.wideC, c.wide, wide.pixel), newTestMap(wide.n, c.narrowC, c.narrow, lanes)
	c.forward(p.y, wide, p.w)
	c.backwardData(p.x, narrow, p.w)
	c.backwardWeight(p.dw, wide, narrow, false)
	return p
}

// weightsFor returns random weights in the engine's layout, zero where channels pad.
func weightsFor(c *conv) []float32 {
	w, rng := make([]float32, c.weightLen()), rand.New(rand.NewPCG(3, 0))
	p := &parameter{Named: gan.Named{Shape: []int{c.narrowC, c.wideC, c.kernel, c.kernel}}, conv: c}
	p.each(func(engine, _ int) { w[engine] = 2*rng.Float32() - 1 }, func(_, _ int) {})
	return w
}

// picture returns a map of one picture alone.
func (m *featureMap) picture(n int) *featureMap {
	one := *m
	one.n, one.data = 1, m.data[n*m.image:][:m.image]
	return &one
}

// at returns an element by its place in the padded map.
func (m *featureMap) at(n, c, y, x int) float64 {
	return float64(m.data[n*m.image+c/lanes*m.plane+y*m.row+x*lanes+c%lanes])
}

// The rounding error of each pass of the reference's layers is small, both in the form that is
// used and with squares of 2x2 throughout. It is a relative rms over some hundred results,
// compared with float64.
func TestWinogradError(t *testing.T) {
	const n, tolerance = 2, 4e-6
	for _, spec := range layersAt(64) {
		g := geometryOf(&spec)
		if !g.winogradFits() || g.wideC < lanes {
			continue
		}
		wide := mapOf(filled(1, n, g.wideC, g.wide, g.wide), g.widePixel)
		narrow := mapOf(filled(2, n, g.narrowC, g.narrow, g.narrow), lanes)
		for _, f := range []form{formOfShape, formWinograd} {
			t.Run(fmt.Sprintf("%s %v", spec.Name, f), func(t *testing.T) {
				p := newThreePasses(&spec, wide, narrow, 2, f)
				checkError(t, "forward", p.forward, 0, tolerance)
				checkError(t, "backward-data", p.backwardData, 0, tolerance)
				checkError(t, "backward-weight", p.backwardWeight, 0, tolerance)
			})
		}
	}
}

// checkError bounds the relative rms of a pass's error, over some hundred results.
func checkError(t *testing.T, pass string, sample func(*rand.Rand) (got, want float64), least, most float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 0))
	var diff, norm float64
	for range 300 {
		got, want := sample(rng)
		diff += (got - want) * (got - want)
		norm += want * want
	}
	r := math.Sqrt(diff / norm)
	t.Logf("%s: %.2g", pass, r)
	if !(r >= least && r <= most) {
		t.Errorf("%s: relative error %g, want %g to %g", pass, r, least, most)
	}
}

// forward, backwardData and backwardWeight return a random result of a pass and what it should
// be. All places are of the padded maps: narrow pixel v+1 meets wide pixel 2v+k under tap k.
func (p *threePasses) forward(rng *rand.Rand) (got, want float64) {
	c := p.c
	n, nc, v, u := rng.IntN(p.y.n), rng.IntN(c.narrowC), rng.IntN(c.narrow), rng.IntN(c.narrow)
	for wc := range c.wideC {
		for k := range 16 {
			want += p.wide.at(n, wc, 2*v+k/4, 2*u+k%4) * p.weight(p.w, nc, wc, k/4, k%4)
		}
	}
	return p.y.at(n, nc, v+1, u+1), want
}

func (p *threePasses) backwardData(rng *rand.Rand) (got, want float64) {
	c := p.c
	n, wc, y, x := rng.IntN(p.x.n), rng.IntN(c.wideC), 1+rng.IntN(c.wide), 1+rng.IntN(c.wide)
	for nc := range c.narrowC {
		for ky := y % 2; ky < 4; ky += 2 {
			for kx := x % 2; kx < 4; kx += 2 {
				want += p.narrow.at(n, nc, (y-ky)/2+1, (x-kx)/2+1) * p.weight(p.w, nc, wc, ky, kx)
			}
		}
	}
	return p.x.at(n, wc, y, x), want
}

func (p *threePasses) backwardWeight(rng *rand.Rand) (got, want float64) {
	c := p.c
	nc, wc, k := rng.IntN(c.narrowC), rng.IntN(c.wideC), rng.IntN(16)
	for n := range p.wide.n {
		for v := range c.narrow {
			for u := range c.narrow {
				want += p.wide.at(n, wc, 2*v+k/4, 2*u+k%4) * p.narrow.at(n, nc, v+1, u+1)
			}
		}
	}
	return p.weight(p.dw, nc, wc, k/4, k%4), want
}

func (p *threePasses) weight(w []float32, nc, wc, ky, kx int) float64 {
	c := p.c
	block := (nc/lanes*c.wideBlocks + wc/lanes) * c.blockLen
	return float64(w[block+(c.index(tap{ky, kx})*c.wideLen+wc%lanes)*lanes+nc%lanes])
}

// The layer's shape decides the form. The setting exact forces the direct form.
func TestFormOfLayers(t *testing.T) {
	const twos = `generator.deconv2 2 2 2
generator.deconv3 2 2 2
generator.deconv4 2 2 2
discriminator.conv2 2 2 2
discriminator.conv3 2 2 2
discriminator.conv4 2 2 2
discriminator.conv5 2 2 2
`
	for _, c := range []struct {
		width int
		form  form
		want  string
	}{
		{64, formDirect, ""},
		{64, formBF16, twos},
		{64, formOfShape, `generator.deconv2 2 2 4
generator.deconv3 4 4 4
generator.deconv4 4 4 4
discriminator.conv2 4 4 4
discriminator.conv3 4 4 4
discriminator.conv4 4 4 4
discriminator.conv5 0 2 2
`},
		{32, formOfShape, `generator.deconv2 4 4 4
generator.deconv3 4 4 4
generator.deconv4 4 4 4
discriminator.conv2 4 4 4
discriminator.conv3 4 4 4
discriminator.conv4 4 4 4
discriminator.conv5 0 2 2
`},
	} {
		list := ""
		for _, spec := range layersAt(c.width) {
			c := newConv(layout(&spec), &machine{form: c.form})
			narrow, wide, weight := 0, 0, 0
			if c.winoNarrow != nil {
				narrow = c.winoNarrow.transforms.size
			}
			if c.winoWide != nil {
				wide = c.winoWide.transforms.size
			}
			if c.winoWeight != nil {
				weight = c.winoWeight.transforms.size
			}
			if narrow+wide+weight > 0 {
				list += fmt.Sprintln(spec.Name, narrow, wide, weight)
			}
		}
		if list != c.want {
			t.Errorf("width %d, %v: squares (forward, backward-data, backward-weight) of\n%s, want\n%s",
				c.width, c.form, list, c.want)
		}
	}
}
