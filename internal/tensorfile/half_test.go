package tensorfile

import (
	"math"
	"testing"
)

func TestHalf(t *testing.T) {
	for _, c := range []struct {
		v    float32
		want uint16
	}{
		{0, 0}, {float32(math.Copysign(0, -1)), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {0.1, 0x2e66},
		{65504, 0x7bff}, {65519, 0x7bff}, {65520, 0x7c00}, {float32(math.Inf(-1)), 0xfc00},
		{0x1p-14, 0x0400}, {0x1p-24, 1}, {0x1p-25, 0}, {0x1.8p-24, 2}, {0x1.ff8p-15, 0x03ff}, {0x1.ffcp-15, 0x0400},
		{1 + 0x1p-11, 0x3c00}, {1 + 0x3p-11, 0x3c02}, {2 - 0x1p-12, 0x4000},
	} {
		if got := Half(c.v); got != c.want {
			t.Errorf("Half(%g) = %#04x, want %#04x", c.v, got, c.want)
		}
	}
	if v := FromHalf(Half(float32(math.NaN()))); v == v {
		t.Errorf("NaN becomes %g", v)
	}
}

// Every float16 comes back as itself.
func TestHalfThereAndBack(t *testing.T) {
	for h := range uint16(math.MaxUint16) {
		if v := FromHalf(h); v == v && Half(v) != h {
			t.Fatalf("%#04x is %g, which becomes %#04x", h, v, Half(v))
		}
	}
}
