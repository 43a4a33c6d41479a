package cpu

import (
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// BenchmarkVivid is a step of the recipe vivid, in either order of its updates; pictures/s is what ten minutes are
// made of.
func BenchmarkVivid(b *testing.B) {
	for _, order := range []string{config.UpdatesAlternating, config.UpdatesSimultaneous} {
		b.Run(order, func(b *testing.B) {
			c, err := config.Recipe(config.Vivid)
			if err != nil {
				b.Fatal(err)
			}
			c.Updates = order
			e := newEngine(b, c)
			x, z := filled(1, c.Batch, c.Channels, c.Size, c.Size), e.model.TrainingZ(0, 1, c.Batch)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Step(gan.Batch{Real: x, Z: z}, c.RatesAt(1)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.Batch*b.N)/b.Elapsed().Seconds(), "pictures/s")
		})
	}
}
