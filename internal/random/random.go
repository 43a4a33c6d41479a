// Package random draws every random number of a run. It is counter-based: the numbers
// for one purpose at one index are a pure function of (seed, stream, index). A resumed
// run therefore draws the same numbers as an uninterrupted one, and no generator state
// is saved.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random
// Numbers: As Easy as 1, 2, 3; SC 2011): ten rounds of multiplication and
// exchange on a 128-bit counter under a 64-bit key.
package random

import "math"

// Stream identifies the purpose that numbers are drawn for. The values never change,
// since the meaning of a seed depends on them.
type Stream uint32

const (
	Init      Stream = 1  // initial weights; index: the tensor's place in its table
	Latent    Stream = 2  // z of a training batch; index: the step
	Picture   Stream = 3  // z of one generated picture; seed: the picture's, index 0
	Shuffle   Stream = 4  // the order of pictures; index: the epoch
	Draw      Stream = 5  // pictures drawn with replacement; index: the step
	Mirror    Stream = 6  // random horizontal flips; index: the step
	Score     Stream = 7  // subsets, places and directions of scores; seed: which of them
	SeenD     Stream = 8  // augmentation in D's updates; index: the pass, two an update
	SeenG     Stream = 9  // augmentation in G's updates; index: the update, of what G painted
	SeenGReal Stream = 10 // the same, of the real pictures
)

// Source yields the numbers of one (seed, stream, index). Two sources with the same
// arguments yield the same numbers. It is not safe for concurrent use.
type Source struct {
	key     [2]uint32
	counter [4]uint32 // block number, stream, index low, index high
	block   [4]uint32
	used    int
}

// New returns the source of (seed, stream, index), at its first number.
func New(seed uint64, stream Stream, index uint64) *Source {
	return &Source{
		key:     [2]uint32{uint32(seed), uint32(seed >> 32)},
		counter: [4]uint32{0, uint32(stream), uint32(index), uint32(index >> 32)},
		used:    4,
	}
}

// Uint32 returns the next 32 bits. A source has 2^34 of them.
func (s *Source) Uint32() uint32 {
	if s.used == 4 {
		s.block = philox(s.counter, s.key)
		s.counter[0]++
		s.used = 0
	}
	s.used++
	return s.block[s.used-1]
}

// Uint64 returns the next 64 bits, the earlier word in the low half.
func (s *Source) Uint64() uint64 {
	lo := uint64(s.Uint32())
	return lo | uint64(s.Uint32())<<32
}

// Float64 returns a number uniform in [0, 1), a multiple of 2^-53.
func (s *Source) Float64() float64 {
	return float64(s.Uint64()>>11) * 0x1p-53
}

// Uniform returns a number uniform in [-limit, limit).
func (s *Source) Uniform(limit float64) float32 {
	return float32((2*s.Float64() - 1) * limit)
}

// Normal returns a number from N(0, 1) by the Box-Muller transform. It drops the
// second number of the pair, so that every call takes two uniform numbers.
func (s *Source) Normal() float32 {
	r := math.Sqrt(-2 * math.Log(1-s.Float64())) // 1-u is in (0, 1]
	return float32(r * math.Cos(2*math.Pi*s.Float64()))
}

// IntN returns an integer uniform in [0, n), without bias, for n >= 1.
func (s *Source) IntN(n int) int {
	// Values from the last multiple of n on would favour small results.
	limit := math.MaxUint64 - math.MaxUint64%uint64(n)
	for {
		if v := s.Uint64(); v < limit {
			return int(v % uint64(n))
		}
	}
}

// Perm returns a permutation of 0..n-1 (Fisher-Yates).
func (s *Source) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		j := s.IntN(i + 1)
		p[i] = p[j]
		p[j] = i
	}
	return p
}

// philox is the bijection of the paper's section 3.3: ten rounds of
// (L, R) -> (high(R*M) ^ key ^ L, low(R*M)) on two pairs of words.
func philox(c [4]uint32, k [2]uint32) [4]uint32 {
	const (
		m0, m1 = 0xD2511F53, 0xCD9E8D57 // multipliers
		w0, w1 = 0x9E3779B9, 0xBB67AE85 // the key's Weyl increments: golden ratio, sqrt(3)-1
	)
	for range 10 {
		p0 := uint64(c[0]) * m0
		p1 := uint64(c[2]) * m1
		c = [4]uint32{
			uint32(p1>>32) ^ c[1] ^ k[0], uint32(p1),
			uint32(p0>>32) ^ c[3] ^ k[1], uint32(p0),
		}
		k[0] += w0
		k[1] += w1
	}
	return c
}
