package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// memory gives out all the large memory of an engine: parameters, maps, scratch. The constructors take it
// from here, so that the same code that allocates also counts.
type memory struct {
	counting bool // count only: what is given out is nil
	bytes    int64
}

// floats returns n zeros, aligned for the kernels; nil where it only counts.
func (m *memory) floats(n int) []float32 {
	m.bytes += 4 * int64(n)
	if m.counting {
		return nil
	}
	return kernel.Floats(n)
}

// cut returns v[from:to], or nil of memory that was only counted.
func cut(v []float32, from, to int) []float32 {
	if v == nil {
		return nil
	}
	return v[from:to]
}

// MemoryNeed returns the memory in bytes that training takes at most, beside the data set. It runs the
// engine's own constructors with an allocator that only counts. It is 0 of networks that New refuses.
func MemoryNeed(c *config.Config) int64 {
	count := &memory{counting: true}
	if _, err := build(c, gan.NewModel(c), count); err != nil {
		return 0
	}
	return count.bytes
}
