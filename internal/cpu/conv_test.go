package cpu

import (
	"fmt"
	"math"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// filled returns a tensor of numbers uniform in [-1, 1).
func filled(seed uint64, shape ...int) *tensor.Tensor {
	t, src := tensor.New(shape...), random.New(seed, random.Init, 0)
	for i := range t.Data {
		t.Data[i] = src.Uniform(1)
	}
	return t
}

func mapOf(t *tensor.Tensor, pixel int) *featureMap {
	m := newTestMap(t.Shape[0], t.Shape[1], t.Shape[2], pixel)
	m.set(t)
	return m
}

func tensorOf(m *featureMap) *tensor.Tensor {
	t := tensor.New(m.n, m.channels, m.size, m.size)
	for n := range m.n {
		m.get(n, t.Row(n))
	}
	return t
}

// unpack returns src, in the engine's layout, as a canonical tensor.
func (p *parameter) unpack(src []float32) *tensor.Tensor {
	t := tensor.New(p.Shape...)
	p.unpackTo(t.Data, src, nil)
	return t
}

// relative returns the norm of a-b divided by the norm of b.
func relative(a []float32, b []float64) float64 {
	diff, norm := difference(a, b)
	if norm == 0 {
		return diff
	}
	return diff / norm
}

// difference returns the norms of a-b and of b.
func difference(a []float32, b []float64) (diff, norm float64) {
	for i := range b {
		d := float64(a[i]) - b[i]
		diff += d * d
		norm += b[i] * b[i]
	}
	return math.Sqrt(diff), math.Sqrt(norm)
}

// meet calls product for each pair of a wide and a narrow pixel that a tap joins. This
// is the definition of a strided convolution with padding: all three passes are sums
// over these pairs.
func meet(g *geometry, n int, product func(n, wc, wy, wx, nc, ny, nx, ky, kx int)) {
	for n := range n {
		for nc := range g.narrowC {
			for ny := range g.narrow {
				for nx := range g.narrow {
					for wc := range g.wideC {
						for ky := range g.kernel {
							for kx := range g.kernel {
								wy, wx := ny*g.stride-g.pad+ky, nx*g.stride-g.pad+kx
								if wy >= 0 && wy < g.wide && wx >= 0 && wx < g.wide {
									product(n, wc, wy, wx, nc, ny, nx, ky, kx)
								}
							}
						}
					}
				}
			}
		}
	}
}

// Every pass of every kind of layer agrees with its definition in float64, at numbers of
// channels around a block of 16 and batches around a tile of 8 rows.
func TestConvPasses(t *testing.T) {
	var layers []gan.Layer
	add := func(transposed bool, in, out, inSize, outSize, k, stride, pad int) {
		op := gan.Convolution
		if transposed {
			op = gan.TransposedConvolution
		}
		layers = append(layers, gan.Layer{Name: "l", Op: op, In: in, Out: out,
			InSize: inSize, OutSize: outSize, Kernel: k, Stride: stride, Pad: pad})
	}
	for _, c := range [][2]int{{3, 8}, {1, 5}, {4, 16}, {7, 9}, {16, 16}, {17, 33}, {40, 24}, {32, 48}} {
		add(false, c[0], c[1], 8, 4, 4, 2, 1)
		add(false, c[0], c[1], 2, 1, 4, 2, 1)
		add(true, c[1], c[0], 4, 8, 4, 2, 1)
		add(true, c[1], c[0], 1, 4, 4, 1, 0)
		add(false, c[1], c[0], 4, 4, 1, 1, 0)
		add(false, c[1], 1, 1, 1, 1, 1, 0)
	}
	add(false, 3, 20, 16, 8, 4, 2, 1)
	add(true, 20, 3, 64, 128, 4, 2, 1)  // two tasks a picture in the form for few channels
	add(true, 20, 17, 32, 64, 4, 2, 1)  // strips of rows in backward-weight
	add(false, 17, 20, 32, 16, 4, 2, 1) // several stretches in Winograd's form of backward-weight
	add(false, 16, 3, 64, 64, 1, 1, 0)
	for _, spec := range layers {
		for _, n := range []int{1, 3, 9} {
			if spec.OutSize > 32 && n > 1 {
				continue
			}
			name := fmt.Sprintf("%dx%d-%dx%d,k%d,T=%v,n=%d", spec.In, spec.InSize, spec.Out, spec.OutSize,
				spec.Kernel, spec.Op == gan.TransposedConvolution, n)
			t.Run(name, func(t *testing.T) {
				testPasses(t, &spec, n, formDirect)
				if g := geometryOf(&spec); g.winogradFits() {
					testPasses(t, &spec, n, formWinograd)
					testPasses(t, &spec, n, formWinograd4)
				}
			})
		}
	}
}

func testPasses(t *testing.T, spec *gan.Layer, n int, f form) {
	m := machineFor(2, f, *spec)
	defer m.pool.Close()
	c := newConv(layout(spec), m)
	g := &c.geometry
	wide := filled(1, n, g.wideC, g.wide, g.wide)
	narrow := filled(2, n, g.narrowC, g.narrow, g.narrow)
	weight := filled(3, g.narrowC, g.wideC, g.kernel, g.kernel)
	atWide := func(n, c, y, x int) int { return ((n*g.wideC+c)*g.wide+y)*g.wide + x }
	atNarrow := func(n, c, y, x int) int { return ((n*g.narrowC+c)*g.narrow+y)*g.narrow + x }
	atWeight := func(nc, wc, ky, kx int) int { return ((nc*g.wideC+wc)*g.kernel+ky)*g.kernel + kx }

	toNarrow := make([]float64, len(narrow.Data))
	toWide := make([]float64, len(wide.Data))
	dw := make([]float64, len(weight.Data))
	meet(g, n, func(n, wc, wy, wx, nc, ny, nx, ky, kx int) {
		w, x, y := atWeight(nc, wc, ky, kx), atWide(n, wc, wy, wx), atNarrow(n, nc, ny, nx)
		toNarrow[y] += float64(wide.Data[x]) * float64(weight.Data[w])
		toWide[x] += float64(narrow.Data[y]) * float64(weight.Data[w])
		dw[w] += float64(wide.Data[x]) * float64(narrow.Data[y])
	})

	p := &parameter{Named: gan.Named{Shape: spec.WeightShape()}, conv: c}
	w := make([]float32, c.weightLen())
	p.pack(w, make([]float32, p.idleLen()), weight)
	// Float32 sums of up to 1000 terms of size 1: each relative error is of the
	// order of 2^-24 * sqrt(1000).
	const tolerance = 2e-6
	check := func(name string, got []float32, want []float64) {
		if r := relative(got, want); r > tolerance {
			t.Errorf("%s: relative error %g", name, r)
		}
	}
	out := newTestMap(n, g.narrowC, g.narrow, lanes)
	c.forward(out, mapOf(wide, g.widePixel), w)
	check("forward", tensorOf(out).Data, toNarrow)
	checkPadding(t, out)

	back := newTestMap(n, g.wideC, g.wide, g.widePixel)
	c.backwardData(back, mapOf(narrow, lanes), w)
	check("backward-data", tensorOf(back).Data, toWide)
	checkPadding(t, back)

	grad := make([]float32, c.weightLen())
	for i := range grad {
		grad[i] = 7 // what other layers left in the shared memory
	}
	c.backwardWeight(grad, mapOf(wide, g.widePixel), mapOf(narrow, lanes), false)
	check("backward-weight", p.unpack(grad).Data, dw)
	c.backwardWeight(grad, mapOf(wide, g.widePixel), mapOf(narrow, lanes), true)
	for i := range dw {
		dw[i] *= 2
	}
	check("accumulated backward-weight", p.unpack(grad).Data, dw)
}

// checkPadding checks that a map's borders and the channels past the last are zero.
func checkPadding(t *testing.T, m *featureMap) {
	t.Helper()
	for n := range m.n {
		for b := range m.blocks {
			for y := range m.size + 2 {
				for x := range m.size + 2 {
					for c := range m.pixel {
						inside := y > 0 && y <= m.size && x > 0 && x <= m.size && b*lanes+c < m.channels
						if v := m.data[n*m.image+b*m.plane+y*m.row+x*m.pixel+c]; !inside && v != 0 {
							t.Fatalf("padding of picture %d, channel %d at (%d, %d) is %g", n, b*lanes+c, y, x, v)
						}
					}
				}
			}
		}
	}
}
