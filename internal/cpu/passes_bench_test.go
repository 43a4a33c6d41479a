package cpu

import (
	"testing"
	"time"

	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// BenchmarkPasses reports the speed of one thread in each pass of the layers of the
// reference, by the plain count, and its share of the peak: the best of short runs,
// which is what a quiet machine gives.
func BenchmarkPasses(b *testing.B) {
	c := small(64, 64, 4)
	c.NZ = 64
	model := gan.NewModel(c)
	for _, layers := range [][]gan.Layer{computed(model.Generator), model.Discriminator} {
		for i := range layers {
			spec := &layers[i]
			m := newMachine(1, layers)
			conv := newConv(spec, m)
			n := c.Batch
			wide, narrow := newFeatureMap(n, conv.wideC, conv.wide), newFeatureMap(n, conv.narrowC, conv.narrow)
			w := make([]float32, conv.weightLen())
			for name, pass := range map[string]func(){
				"wide to narrow": func() { conv.forward(narrow, wide, w) },
				"narrow to wide": func() { conv.backwardData(wide, narrow, w) },
				"weights":        func() { conv.backwardWeight(w, wide, narrow, false) },
			} {
				b.Run(spec.Name+"/"+name, func(b *testing.B) {
					peak, best := kernel.PeakGFLOPS(1), time.Hour
					for b.Loop() {
						began := time.Now()
						pass()
						best = min(best, time.Since(began))
					}
					gflops := 2 * float64(n) * float64(spec.Multiplies()) / float64(best.Nanoseconds())
					b.ReportMetric(gflops, "GFLOP/s")
					b.ReportMetric(100*gflops/peak, "%peak")
					b.ReportMetric(0, "ns/op")
				})
			}
			m.pool.Close()
		}
	}
}
