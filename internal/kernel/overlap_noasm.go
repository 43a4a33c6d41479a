//go:build (!amd64 && !arm64) || purego

package kernel

func overlap(top, bottom, above, middle, below []float32) {
	overlapGeneric(top, bottom, above, middle, below)
}
