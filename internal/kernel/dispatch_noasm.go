//go:build (!amd64 && !arm64) || purego

package kernel

// assembly returns no table: there is no assembly for this processor, or the build leaves it out.
func assembly() []*functions { return nil }
