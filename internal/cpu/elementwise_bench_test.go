package cpu

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkElementwisePasses reports what the element-wise passes of the layers with a batch norm
// take on one thread at batch 64, in picoseconds a number of the map: the best of short runs.
func BenchmarkElementwisePasses(b *testing.B) {
	for _, width := range []int{16, 64} {
		layers := layersAt(width)
		for i := range layers {
			spec := &layers[i]
			if spec.BatchNorm == "" {
				continue
			}
			m := machineFor(1, formOfShape, layers...)
			l := newActivations(newLayer(layout(spec), m), mapOf(filled(1, 64, spec.Out, spec.OutSize, spec.OutSize), lanes))
			l.bias.w = make([]float32, l.bias.len())
			l.bias.g = make([]float32, l.bias.len())
			l.makeTrainable(1)
			l.prepare(ofBatch)
			for _, pass := range []struct {
				name string
				run  func()
			}{
				{"moments", l.measure},
				{"normalise", func() { l.machine.pool.Run(len(l.sums), l.activate) }},
				{"gather", func() { l.machine.pool.Run(len(l.sums), l.gather) }},
				{"back", func() { l.machine.pool.Run(len(l.sums), l.goBack) }},
			} {
				b.Run(fmt.Sprintf("%d/%s/%s", width, spec.Name, pass.name), func(b *testing.B) {
					best := time.Hour
					for b.Loop() {
						began := time.Now()
						pass.run()
						best = min(best, time.Since(began))
					}
					numbers := l.x.n * l.x.blocks * lanes * l.x.size * l.x.size
					b.ReportMetric(float64(best.Nanoseconds())*1000/float64(numbers), "ps/number")
					b.ReportMetric(float64(best.Microseconds()), "us")
					b.ReportMetric(0, "ns/op")
				})
			}
			m.pool.Close()
		}
	}
}
