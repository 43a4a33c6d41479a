// Package tensor has the type of the arrays that pass between packages and into
// files: a shape and its numbers in row-major order, in the canonical layouts.
//
//	pictures                  NCHW in [-1, 1]
//	convolution weights       OIHW (output channels first)
//	transposed convolutions   IOHW (input channels first)
//
// An engine may use any other order inside; it converts at its interface.
package tensor

import (
	"fmt"
	"slices"
)

// Tensor is a dense array of float32, the last axis running fastest.
type Tensor struct {
	Shape []int
	Data  []float32
}

// New returns a tensor of zeros.
func New(shape ...int) *Tensor {
	return &Tensor{Shape: slices.Clone(shape), Data: make([]float32, Size(shape))}
}

// Size returns the number of elements of a shape.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Row returns the elements at index i of the first axis. It shares their memory.
func (t *Tensor) Row(i int) []float32 {
	n := len(t.Data) / t.Shape[0]
	return t.Data[i*n : (i+1)*n]
}

// Clone returns a copy with memory of its own.
func (t *Tensor) Clone() *Tensor {
	return &Tensor{Shape: slices.Clone(t.Shape), Data: slices.Clone(t.Data)}
}

// CheckShape returns an error if t's shape is not want.
func (t *Tensor) CheckShape(want ...int) error {
	if !slices.Equal(t.Shape, want) {
		// The copy keeps want off the heap in a call that returns nil.
		return fmt.Errorf("shape %v, want %v", t.Shape, slices.Clone(want))
	}
	return nil
}
