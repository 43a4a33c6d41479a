package kernel

// Transpose16 transposes each block of 16x16 floats: dst[n][c][r] = src[n][r][c]. src and dst hold
// the same number of whole blocks, one after the other, and do not overlap. It turns weights
// [in][out] into [out][in].
func Transpose16(dst, src []float32) {
	if len(src)%(Lanes*Lanes) != 0 || len(dst) != len(src) {
		panic("kernel: not the same whole number of 16x16 blocks")
	}
	if len(src) > 0 {
		active.transpose16(dst, src)
	}
}

func transpose16Generic(dst, src []float32) {
	for ; len(src) > 0; src, dst = src[Lanes*Lanes:], dst[Lanes*Lanes:] {
		for r := range Lanes {
			for c, v := range (*[Lanes]float32)(src[r*Lanes:]) {
				dst[c*Lanes+r] = v
			}
		}
	}
}
