//go:build !purego

package kernel

// The arguments are those of winograd_amd64.go.

//go:noescape
func winograd4InputAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4InputAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4FilterAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientAVX512(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4GradientAVX2(dst *float32, matrix int, src *float32, next, row, col, n int)

//go:noescape
func winograd4OutputAVX512(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4OutputAVX2(dst *float32, next, row, col int, src *float32, matrix, n int)

//go:noescape
func winograd4TapsAVX512(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)

//go:noescape
func winograd4TapsAVX2(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)
