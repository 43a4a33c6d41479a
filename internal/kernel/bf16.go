package kernel

import "math"

// Products in bf16: float32's sign and exponent, and the first 7 bits of its fraction. The
// processor's instruction multiplies and adds two terms at once,
//
//	sum += p1*q1;   sum += p0*q0,
//
// so numbers are stored in pairs: two bf16 in the bits of one float32, the first (index 0) in
// the lower half. Read as a float32, a pair means nothing; it is only moved and multiplied.
//
// Operands are rounded to bf16 where they are written for a product, which is in the Winograd
// transforms below: WinogradInput and WinogradFilter, their results rounded to nearest even.
// Sums, and everything else, stay in float32.
//
// The definitions have the same bits as the instructions of AVX512_BF16.

// roundBF16 returns the 16 bits of x rounded to bf16, to nearest even, as VCVTNEPS2BF16 does.
// Subnormal float32 become zeros of their sign.
func roundBF16(x float32) uint32 {
	bits := math.Float32bits(x)
	switch exponent := bits >> 23 & 0xFF; {
	case x != x:
		return bits>>16 | 0x40 // quiet
	case exponent == 0:
		return bits >> 16 & 0x8000
	}
	return (bits + 0x7FFF + bits>>16&1) >> 16
}

// pairOf returns the pair of two numbers, rounded.
func pairOf(first, second float32) float32 {
	return math.Float32frombits(roundBF16(second)<<16 | roundBF16(first))
}

// halves returns the two numbers of a pair.
func halves(pair float32) (first, second float32) {
	bits := math.Float32bits(pair)
	return math.Float32frombits(bits << 16), math.Float32frombits(bits &^ 0xFFFF)
}

// dotBF16 returns sum + p1*q1 + p0*q0, as VDPBF16PS does: the product of the second numbers is
// added first. Each of the two is a fused multiply-add, rounded to nearest even, that takes
// subnormal operands for zero and returns zero for a subnormal result.
func dotBF16(p, q, sum float32) float32 {
	p0, p1 := halves(p)
	q0, q1 := halves(q)
	sum = flush(fma32(flush(p1), flush(q1), flush(sum)))
	return flush(fma32(flush(p0), flush(q0), sum))
}

// flush returns x, or a zero of its sign where x is subnormal.
func flush(x float32) float32 {
	if bits := math.Float32bits(x); bits>>23&0xFF == 0 {
		return math.Float32frombits(bits & 0x80000000)
	}
	return x
}

// fma32 returns x*w+sum, rounded once.
//
// The product p is exact in float64, since 24+24 bits fit in 53. The sum s = p + c is not, and
// rounding it to nearest twice, to float64 and then to float32, may differ from rounding it once.
// So s is rounded to odd: where it is inexact and its last bit is 0, it moves by one unit
// towards the exact sum. That makes the second rounding harmless (Boldo and Melquiond 2008:
// 53 >= 2*24+2 bits). e is the exact error of s, by the two-sum algorithm; where something is
// infinite it is not a number, and s stays.
func fma32(x, w, sum float32) float32 {
	p, c := float64(x)*float64(w), float64(sum)
	s := p + c
	pp := s - c
	if e := (p - pp) + (c - (s - pp)); (e > 0 || e < 0) && math.Float64bits(s)&1 == 0 {
		if (e > 0) == (s > 0) {
			s = math.Float64frombits(math.Float64bits(s) + 1)
		} else {
			s = math.Float64frombits(math.Float64bits(s) - 1)
		}
	}
	return float32(s)
}

// tileBF16Generic is the definition of Tile.Run for pairs: tileGeneric with dotBF16 for a term.
func tileBF16Generic(t *Tile) {
	for r := range t.Rows {
		tileBF16Row(t, t.A[t.RowA[r]:], t.B0, t.C0[t.RowC[r]:])
		if t.B1 != nil {
			tileBF16Row(t, t.A[t.RowA[r]:], t.B1, t.C1[t.RowC[r]:])
		}
	}
}

func tileBF16Row(t *Tile, a, b, c []float32) {
	out := (*[Lanes]float32)(c)
	var acc [Lanes]float32
	if t.Accumulate {
		acc = *out
	}
	for i, offA := range t.OffA {
		offB := t.OffB[i]
		for k := range t.KLen {
			x := a[int(offA)+k*t.StepA]
			for j, w := range (*[Lanes]float32)(b[int(offB)+k*t.StepB:]) {
				acc[j] = dotBF16(x, w, acc[j])
			}
		}
	}
	*out = acc
}

// WinogradInputChannels is WinogradInput with pairs of neighbouring channels, eight pairs for each
// square t:
//
//	dst[(3*a+b)*matrix + 8*t + c/2] = channels c and c+1 of (B d B')[a][b],   c = 0, 2, .. 14
func WinogradInputChannels(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winogradInputChannels(dst, matrix, src, unescaped(s))
	}
}

func winogradInputChannelsGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	var v [9 * Lanes]float32
	for t := range s.N {
		square := s.from(t, 1)
		winogradInputGeneric(v[:], Lanes, src, &square)
		for i := 0; i < len(v); i += 2 {
			dst[i/Lanes*matrix+t*Lanes/2+i%Lanes/2] = pairOf(v[i], v[i+1])
		}
	}
}

// WinogradInputPairs is WinogradInput with pairs of two squares, for even t:
//
//	dst[(3*a+b)*matrix + 16*(t/2) + c] = channel c of (B d B')[a][b] of squares t and t+1
//
// If the number of squares is odd, the second number of the last pairs is zero.
func WinogradInputPairs(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winogradInputPairs(dst, matrix, src, unescaped(s))
	}
}

// WinogradFilterPairs is WinogradFilter with pairs of two squares, laid out as WinogradInputPairs
// lays them out.
func WinogradFilterPairs(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winogradFilterPairs(dst, matrix, src, unescaped(s))
	}
}

func winogradInputPairsGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	for t := 0; t < s.N; t += 2 {
		var v twoSquares
		squares := s.from(t, 2)
		winogradInputGeneric(v[:], 2*Lanes, src, &squares)
		v.round(dst[t/2*Lanes:], matrix)
	}
}

func winogradFilterPairsGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	for t := 0; t < s.N; t += 2 {
		var v twoSquares
		squares := s.from(t, 2)
		winogradFilterGeneric(v[:], 2*Lanes, src, &squares)
		v.round(dst[t/2*Lanes:], matrix)
	}
}

// from returns square t and those after it, at most n.
func (s *Squares) from(t, n int) Squares {
	some := *s
	some.At, some.N = s.At+t*s.Next, min(n, s.N-t)
	return some
}

// twoSquares holds the transforms of two squares, [9 numbers][2 squares][16 channels].
type twoSquares [9 * 2 * Lanes]float32

// round rounds both squares to pairs of the same channel, a matrix for each of the nine numbers.
func (v *twoSquares) round(dst []float32, matrix int) {
	for i := range 9 {
		for c := range Lanes {
			dst[i*matrix+c] = pairOf(v[2*i*Lanes+c], v[(2*i+1)*Lanes+c])
		}
	}
}
