package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// MemoryNeed is the memory in bytes that training takes at most, beside the data
// set: parameters with their moments, the larger network's gradient, every layer's maps, and scratch.
func MemoryNeed(c *config.Config) int64 {
	m := gan.NewModel(c)
	gradient, total := 4*int64(largest(m)), int64(0)
	for _, layers := range [][]gan.Layer{m.Generator, m.Discriminator} {
		weights, idle := weightBytes(layers)
		gradient = max(gradient, weights)
		total += 3*weights + idle + foldBytes(layers) + mapBytes(computed(layers), c.Batch)
	}
	if c.Average > 0 {
		weights, _ := weightBytes(m.Generator)
		total += weights
	}
	if c.Augment != config.AugmentNone {
		total += featureMapBytes(c.Batch, c.Channels, c.Size, thin)
	}
	s := scratchOf(formOf(c.Exact, c.Precision), m.Generator, m.Discriminator)
	total += s.bytes(threadsOf(c.Threads)) + gradient + featureMapBytes(c.Batch, c.Channels, c.Size, thin)
	return total
}

// weightBytes is the memory of the parameters of layers, and that of the idle ones.
func weightBytes(layers []gan.Layer) (total, idle int64) {
	for i := range layers {
		g := newGeometry(&layers[i])
		block := int64(g.tapCount() * lanes)
		blocks := int64(blocksOf(g.narrowC)) * int64(blocksOf(g.wideC))
		total += 4 * (blocks*block*int64(g.wideLen) + int64(blocksOf(layers[i].Out)*lanes))
		idle += 4 * int64(g.kernel*g.kernel-g.tapCount()) * int64(g.narrowC) * int64(g.wideC)
	}
	return total, idle
}

// mapBytes is the memory of the maps of layers over n pictures: x and dy, which y shares.
func mapBytes(layers []gan.Layer, n int) int64 {
	total := featureMapBytes(n, layers[0].In, layers[0].InSize, inPixel(&layers[0]))
	for i := range layers {
		l := &layers[i]
		total += 2 * featureMapBytes(n, l.Out, l.OutSize, outPixel(l))
	}
	return total
}
