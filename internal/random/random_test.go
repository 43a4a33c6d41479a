package random

import (
	"math"
	"slices"
	"testing"
)

// The known answers that the authors publish with the generator (Random123,
// kat_vectors, philox4x32 with 10 rounds).
func TestPhiloxKnownAnswers(t *testing.T) {
	const f = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{f, f, f, f}, [2]uint32{f, f}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philox(c.counter, c.key); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

func TestSourcesDifferInEveryCoordinate(t *testing.T) {
	base := New(7, Latent, 3).Uint64()
	for name, s := range map[string]*Source{
		"seed":       New(8, Latent, 3),
		"high seed":  New(7|1<<40, Latent, 3),
		"stream":     New(7, Draw, 3),
		"index":      New(7, Latent, 4),
		"high index": New(7, Latent, 3|1<<40),
	} {
		if s.Uint64() == base {
			t.Errorf("another %s draws the same number", name)
		}
	}
	if New(7, Latent, 3).Uint64() != base {
		t.Error("the same coordinates draw another number")
	}
}

// The first two moments and the range; bounds are six standard errors of n draws.
func TestLaws(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		name             string
		draw             func(*Source) float64
		variance, fourth float64 // E x^2 and E x^4
	}{
		{"uniform", func(s *Source) float64 { return float64(s.Uniform(1)) }, 1.0 / 3, 1.0 / 5},
		{"normal", func(s *Source) float64 { return float64(s.Normal()) }, 1, 3},
	} {
		s := New(1, Latent, 0)
		var sum, squares float64
		for range n {
			x := c.draw(s)
			sum += x
			squares += x * x
		}
		if mean := sum / n; math.Abs(mean) > 6*math.Sqrt(c.variance/n) {
			t.Errorf("%s: mean %g", c.name, mean)
		}
		if v := squares / n; math.Abs(v-c.variance) > 6*math.Sqrt((c.fourth-c.variance*c.variance)/n) {
			t.Errorf("%s: variance %g, want %g", c.name, v, c.variance)
		}
	}
}

func TestPermIsAPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 10, 1000} {
		p := New(3, Shuffle, 0).Perm(n)
		slices.Sort(p)
		for i, v := range p {
			if i != v {
				t.Fatalf("n = %d: %d missing", n, i)
			}
		}
	}
}

// Each of the 6 orders of 3 things comes up 1 time in 6.
func TestPermIsUniform(t *testing.T) {
	const n = 60_000
	counts := map[[3]int]int{}
	for i := range uint64(n) {
		counts[[3]int(New(1, Shuffle, i).Perm(3))]++
	}
	for order, c := range counts {
		if d := math.Abs(float64(c) - n/6); d > 6*math.Sqrt(n*5/36) {
			t.Errorf("order %v came up %d times of %d", order, c, n)
		}
	}
	if len(counts) != 6 {
		t.Errorf("%d orders came up", len(counts))
	}
}
