package tensorfile

import "math"

// Half returns the float16 nearest to v, of two alike the even one (IEEE 754). What is too
// large becomes an infinity.
func Half(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	abs := bits &^ (1 << 31)
	switch {
	case abs >= 0x7f800000: // infinity or not a number
		return sign | 0x7c00 | uint16(min(abs-0x7f800000, 1))<<9
	case abs >= 0x477ff000: // 65520 and more rounds to 65536
		return sign | 0x7c00
	case abs >= 0x38800000: // 2^-14 and more: 10 of the 23 bits of the fraction stay
		abs -= (127 - 15) << 23
		return sign | uint16((abs+0xfff+abs>>13&1)>>13)
	}
	// Below, a multiple of 2^-24.
	return sign | uint16(math.RoundToEven(math.Abs(float64(v))*0x1p24))
}

// FromHalf returns what a float16 stands for.
func FromHalf(h uint16) float32 {
	v := math.Ldexp(float64(h&0x3ff), -24)
	switch e := int(h >> 10 & 31); {
	case e == 31 && h&0x3ff != 0:
		return float32(math.NaN())
	case e == 31:
		v = math.Inf(1)
	case e > 0:
		v = math.Ldexp(float64(h&0x3ff|0x400), e-25)
	}
	if h&0x8000 != 0 {
		v = -v
	}
	return float32(v)
}
