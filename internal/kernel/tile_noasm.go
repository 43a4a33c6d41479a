//go:build (!amd64 && !arm64) || purego

package kernel

func supportedAsm() []ISA { return nil }

func tile(t *Tile) { tileGeneric(t) }

func peakLoop(int) int { return 0 }
