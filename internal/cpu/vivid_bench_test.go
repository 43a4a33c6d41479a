package cpu

import (
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// BenchmarkVivid measures a step of the recipe vivid and of variants of it, in pictures per second.
func BenchmarkVivid(b *testing.B) {
	for _, v := range []struct {
		name   string
		change func(*config.Config)
	}{
		{"vivid", func(*config.Config) {}},
		{"simultaneous", func(c *config.Config) { c.Updates = config.UpdatesSimultaneous }},
		{"free kernels", func(c *config.Config) { c.Kernels = config.KernelsFree }},
		{"linear", func(c *config.Config) { c.Output = config.OutputLinear }},
		{"residual G", func(c *config.Config) { c.Generator = config.GeneratorResidual }},
		{"residual D", func(c *config.Config) { c.Discriminator = config.DiscriminatorResidual }},
		{"residual", func(c *config.Config) {
			c.Generator, c.Discriminator = config.GeneratorResidual, config.DiscriminatorResidual
		}},
		{"smooth-both", func(c *config.Config) { c.Kernels = config.KernelsSmoothBoth }},
	} {
		b.Run(v.name, func(b *testing.B) {
			c, err := config.Recipe(config.Vivid)
			if err != nil {
				b.Fatal(err)
			}
			v.change(c)
			benchmarkSteps(b, c)
		})
	}
}

func benchmarkSteps(b *testing.B, c *config.Config) {
	e := newEngine(b, c)
	x, z := filled(1, c.Batch, c.Channels, c.Size, c.Size), e.model.TrainingZ(0, 1, c.Batch)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Step(gan.Batch{Real: x, Z: z}, c.RatesAt(1)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Batch*b.N)/b.Elapsed().Seconds(), "pictures/s")
}
