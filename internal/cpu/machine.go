package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// machine is what all layers of an engine share: the threads, and scratch memory
// that one layer uses at a time.
type machine struct {
	pool  *kernel.Pool
	form  form
	tiles []kernel.Tile // one a thread

	shared []float32   // what all threads read: transposed or transformed weights and inputs
	own    [][]float32 // a thread's transforms and products
}

// form is how convolutions are computed. Results differ by rounding.
type form int

const (
	formOfShape form = iota // what is fastest for a layer's shape
	formDirect
	formWinograd // wherever it can be
)

func formOf(exact bool) form {
	if exact {
		return formDirect
	}
	return formOfShape
}

func newMachine(threads int, f form, networks ...[]gan.Layer) *machine {
	m := &machine{pool: kernel.NewPool(threads), form: f, tiles: make([]kernel.Tile, threads), own: make([][]float32, threads)}
	need := scratchOf(f, networks...)
	m.shared = kernel.Floats(need.shared)
	for i := range m.own {
		m.own[i] = kernel.Floats(need.own)
	}
	return m
}

// scratch is the scratch memory that layers need, in floats: in all and for each thread.
type scratch struct{ shared, own int }

func (s *scratch) include(t scratch) {
	s.shared, s.own = max(s.shared, t.shared), max(s.own, t.own)
}

func (s *scratch) bytes(threads int) int64 {
	return 4 * (int64(s.shared) + int64(threads)*int64(s.own))
}

func scratchOf(f form, networks ...[]gan.Layer) (need scratch) {
	for _, layers := range networks {
		for _, l := range computed(layers) {
			need.include(newConv(&l, &machine{form: f}).scratch())
		}
	}
	return need
}
