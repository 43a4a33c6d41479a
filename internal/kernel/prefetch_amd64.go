//go:build !purego

package kernel

// One version serves all: a line of the cache is a pixel's 64 bytes. Steps are bytes; it may ask for what lies
// beyond x, which is no fault.
//
//go:noescape
func prefetch4AVX2(x *float32, next, row, col, n int)

func prefetch4(x []float32, s *Squares) {
	if active != Generic {
		prefetch4AVX2(&x[0], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	}
}
