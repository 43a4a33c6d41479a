package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// eachISA runs body once for every instruction set of this machine and build.
func eachISA(t *testing.T, body func(t *testing.T, isa ISA)) {
	for _, isa := range Supported() {
		t.Run(isa.String(), func(t *testing.T) {
			was := Active()
			t.Cleanup(func() { Use(was) })
			if err := Use(isa); err != nil {
				t.Fatal(err)
			}
			body(t, isa)
		})
	}
}

// random returns n numbers in [-1, 1) in guarded memory. An odd seed puts them at its end, an
// even one at its start.
func random(t *testing.T, n int, seed uint64) []float32 {
	x := guarded(t, n, seed%2 == 1)
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	for i := range x {
		x[i] = 2*rng.Float32() - 1
	}
	return x
}

// perChannel returns a random number in [-1, 1) for each channel.
func perChannel(seed uint64) *[Lanes]float32 {
	var c [Lanes]float32
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range c {
		c[i] = 2*rng.Float32() - 1
	}
	return &c
}

// sameBits fails unless got and want are equal bit by bit, any NaN equal to any other.
func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			t.Fatalf("%s[%d] = %v (%#x), want %v (%#x)",
				what, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}
