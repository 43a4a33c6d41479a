//go:build !unix

package kernel

import "testing"

// guarded returns n floats; there are no guard pages on this system.
func guarded(_ *testing.T, n int, _ bool) []float32 { return make([]float32, n) }
