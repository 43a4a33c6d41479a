package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/kernel"
)

// machine is what all layers of an engine share: the threads and the scratch memory. One layer at a time uses them.
type machine struct {
	memory *memory
	pool   *kernel.Pool // nil if memory only counts
	form   form
	tiles  []kernel.Tile // one a thread

	sum *sum // of maps

	shared []float32   // scratch that all threads read: transposed or transformed weights and inputs
	own    [][]float32 // scratch of each thread: transforms and products
}

// form is how convolutions are computed. Results differ by rounding.
type form int

const (
	formOfShape form = iota // the fastest form for a layer's shape
	formDirect
	formWinograd  // Winograd's form wherever it is possible, with squares of 2x2
	formWinograd4 // and with squares of 4x4 where these are possible
	formBF16      // formOfShape with Winograd's products in bf16
)

// formOf returns the form that the settings ask for. Sampling always computes in fp32.
func formOf(exact bool, precision string) form {
	switch {
	case exact:
		return formDirect
	case precision == config.PrecisionBF16:
		return formBF16
	}
	return formOfShape
}

// newMachine starts the threads, and takes the scratch memory that the layers of networks need.
func newMachine(memory *memory, threads int, f form, networks ...[]plan) *machine {
	m := &machine{memory: memory, form: f, tiles: make([]kernel.Tile, threads), own: make([][]float32, threads)}
	need := scratchOf(f, networks...)
	m.shared = memory.floats(need.shared)
	for i := range m.own {
		m.own[i] = memory.floats(need.own)
	}
	if !memory.counting {
		m.pool = kernel.NewPool(threads)
	}
	m.sum = newSum(m.pool)
	return m
}

// sampling returns a machine for sampling during a training. It shares the threads and the memory.
func (m *machine) sampling() *machine {
	if m.form != formBF16 {
		return m
	}
	s := *m
	s.form = formOfShape
	return &s
}

// scratch is the scratch memory that layers need, in floats: shared by all threads, and for each thread.
type scratch struct{ shared, own int }

func (s *scratch) include(t scratch) {
	s.shared, s.own = max(s.shared, t.shared), max(s.own, t.own)
}

// scratchOf returns the scratch memory that the layers of networks need in training and in sampling.
func scratchOf(f form, networks ...[]plan) (need scratch) {
	if f == formBF16 {
		need = scratchOf(formOfShape, networks...)
	}
	for _, plans := range networks {
		for i := range plans {
			if p := &plans[i]; p.Convolves() {
				need.include(newConv(p, &machine{form: f}).scratch())
			} else {
				need.include(resampleScratch(p))
			}
			if plans[i].Smooth {
				need.include(smoothScratch())
			}
		}
	}
	return need
}
