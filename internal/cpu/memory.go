package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// memory allocates all the large memory of an engine: parameters, maps, scratch. It may count only, so that the
// constructors that allocate an engine also say how much memory it needs.
type memory struct {
	counting bool // count only; floats returns nil
	bytes    int64
}

// floats returns n zeros, aligned for the kernels, or nil if m only counts.
func (m *memory) floats(n int) []float32 {
	m.bytes += 4 * int64(n)
	if m.counting {
		return nil
	}
	return kernel.Floats(n)
}

// cut returns v[from:to], or nil if v was only counted.
func cut(v []float32, from, to int) []float32 {
	if v == nil {
		return nil
	}
	return v[from:to]
}

// MemoryNeed returns the number of bytes of memory that training takes at most, without the data set. It runs the
// engine's own constructors with an allocator that only counts. It returns 0 for networks that New refuses.
func MemoryNeed(c *config.Config) int64 {
	count := &memory{counting: true}
	if _, err := build(c, gan.NewModel(c), count); err != nil {
		return 0
	}
	return count.bytes
}
