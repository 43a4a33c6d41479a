package cpu

import (
	"fmt"
	"testing"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// layersAt returns the layers of the reference's networks of a width, as the engine computes them, for 64x64 pictures.
func layersAt(width int) []gan.Layer {
	c := small(64, width, 64)
	c.NZ = 64
	m := gan.NewModel(c)
	return append(computed(m.Generator), m.Discriminator...)
}

// BenchmarkPasses reports the speed of each form of each pass of the reference's layers
// at batch 64 on one thread, and its share of the peak. Operations are counted as
// gan.Layer.Multiplies does. The speed is the best of short runs, which other programs
// on the machine disturb least. The choices of winogradPays and transformsOf are based
// on it.
func BenchmarkPasses(b *testing.B) { benchmarkPasses(b, 64, 64) }

// BenchmarkNarrowPasses is BenchmarkPasses for the widths and batch of the recipe quick.
func BenchmarkNarrowPasses(b *testing.B) { benchmarkPasses(b, 16, 32) }

func benchmarkPasses(b *testing.B, width, n int) {
	const threads = 1
	for _, spec := range layersAt(width) {
		for _, f := range []form{formDirect, formWinograd, formWinograd4, formBF16} {
			for _, pass := range convPasses(&spec, n, threads, f) {
				b.Run(spec.Name+"/"+pass.name+"/"+f.String(), func(b *testing.B) {
					peak, best := kernel.PeakGFLOPS(threads), time.Hour
					for b.Loop() {
						began := time.Now()
						pass.run()
						best = min(best, time.Since(began))
					}
					gflops := float64(2*int64(n)*spec.Multiplies()) / float64(best.Nanoseconds())
					b.ReportMetric(gflops, "GFLOP/s")
					b.ReportMetric(100*gflops/peak, "%peak")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

func (f form) String() string { return [...]string{"by shape", "direct", "2x2", "4x4", "bf16"}[f] }

type convPass struct {
	name string
	run  func()
}

// convPasses returns the three passes of a layer in a form, or none if it has none.
func convPasses(spec *gan.Layer, n, threads int, f form) []convPass {
	if g := geometryOf(spec); f != formDirect && !g.winogradFits() || f == formBF16 && !kernel.HasBF16() {
		return nil
	}
	m := machineFor(threads, f, *spec)
	c := newConv(layout(spec), m)
	wide := mapOf(filled(1, n, c.wideC, c.wide, c.wide), c.widePixel)
	narrow := mapOf(filled(2, n, c.narrowC, c.narrow, c.narrow), lanes)
	w, dw := kernel.Floats(c.weightLen()), kernel.Floats(c.weightLen())
	x, y := newTestMap(n, c.wideC, c.wide, c.widePixel), newTestMap(n, c.narrowC, c.narrow, lanes)
	return []convPass{
		{"wide to narrow", func() { c.forward(y, wide, w) }},
		{"narrow to wide", func() { c.backwardData(x, narrow, w) }},
		{"weights", func() { c.backwardWeight(dw, wide, narrow, false) }},
	}
}

// BenchmarkGenerate reports how fast one thread generates pictures of the reference, for several numbers of
// pictures at a time, and its share of the peak. Operations are those of the folded generator. It reports the
// best run.
func BenchmarkGenerate(b *testing.B) {
	c := small(64, 64, 1)
	c.NZ = 64
	model := gan.NewModel(c)
	s, err := NewSampler(model, model.Init(1), 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	multiplies := int64(0)
	for _, l := range computed(model.Generator) {
		multiplies += l.Multiplies()
	}
	for _, n := range []int{1, 4, 16, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			z := model.PictureZ(0, n)
			peak, best := kernel.PeakGFLOPS(1), time.Hour
			for b.Loop() {
				began := time.Now()
				if _, err := s.Generate(z, config.StatisticsMoving); err != nil {
					b.Fatal(err)
				}
				best = min(best, time.Since(began))
			}
			rate := float64(n) / best.Seconds()
			b.ReportMetric(1e3*best.Seconds(), "ms")
			b.ReportMetric(rate, "pictures/s")
			b.ReportMetric(100*rate*2*float64(multiplies)/1e9/peak, "%peak")
			b.ReportMetric(0, "ns/op")
		})
	}
}
