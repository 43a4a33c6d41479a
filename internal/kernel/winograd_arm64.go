//go:build !purego

package kernel

// The arguments are those of winograd_amd64.go.

//go:noescape
func winogradInputNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradFilterNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4InputNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientNEON(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winogradOutputNEON(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winograd4OutputNEON(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4TapsNEON(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)
