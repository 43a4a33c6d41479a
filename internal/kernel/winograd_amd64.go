//go:build !purego

package kernel

// The pointers are those of the first square and of the first matrix. n is the number of squares, at
// least 1. matrix, next, row and col are in bytes.

//go:noescape
func winogradInputAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradInputAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradOutputAVX512(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winogradOutputAVX2(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)
