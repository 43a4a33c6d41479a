package cpu

import (
	"math"
	"math/rand/v2"
)

// The definition of a pass in bf16, from its algebra alone (winograd.go, bf16.go): squares of
// 2x2 results by F(2x2, 2x2), with transforms in float32 whose results are rounded to bf16, and
// products and sums in float64. The engine's results differ from it by the rounding of float32
// sums alone, which is a thousandth of the error of bf16.

// The two transforms of a square x, M x M' for inputs and for filters.
var (
	inputMatrix  = [3][]float32{{1, -1, 0}, {0, 1, 0}, {0, 1, -1}}
	filterMatrix = [3][]float32{{1, 0}, {1, 1}, {0, 1}}
)

// transformBF16 returns M x M' in float32, computed along columns first and rounded to bf16.
func transformBF16(m [3][]float32, x func(i, j int) float64) (r [3][3]float64) {
	for a := range 3 {
		for b := range 3 {
			var sum float32
			for j, second := range m[b] {
				var column float32
				for i, first := range m[a] {
					column += first * float32(x(i, j))
				}
				sum += second * column
			}
			r[a][b] = nearestBF16(sum)
		}
	}
	return r
}

// nearestBF16 rounds to 8 digits, to nearest even.
func nearestBF16(x float32) float64 {
	fraction, exponent := math.Frexp(float64(x))
	return math.Ldexp(math.RoundToEven(fraction*256)/256, exponent)
}

// results sums the products of transformed squares d and filters g.
type results [3][3]float64

func (m *results) add(d, g func(i, j int) float64) {
	x, w := transformBF16(inputMatrix, d), transformBF16(filterMatrix, g)
	for a := range m {
		for b := range m {
			m[a][b] += x[a][b] * w[a][b]
		}
	}
}

// at returns (A m A')[y][x] with A = (1 1 0;  0 1 -1).
func (m *results) at(y, x int) float64 {
	along := func(k int, v [3]float64) float64 { return [...]float64{v[0] + v[1], v[1] - v[2]}[k] }
	return along(x, [3]float64{
		along(y, [3]float64{m[0][0], m[1][0], m[2][0]}),
		along(y, [3]float64{m[0][1], m[1][1], m[2][1]}),
		along(y, [3]float64{m[0][2], m[1][2], m[2][2]}),
	})
}

// forwardBF16, backwardDataBF16 and backwardWeightBF16 return a random result of a pass and what
// the definition gives for it. Squares begin at even places of narrow, or of a phase of wide.
func (p *threePasses) forwardBF16(rng *rand.Rand) (got, want float64) {
	c := p.c
	n, nc, v, u := rng.IntN(p.y.n), rng.IntN(c.narrowC), rng.IntN(c.narrow), rng.IntN(c.narrow)
	var m results
	for phase := range 4 {
		py, px := phase/2, phase%2
		for wc := range c.wideC {
			m.add(func(i, j int) float64 { return p.wide.at(n, wc, 2*(v&^1+i)+py, 2*(u&^1+j)+px) },
				func(i, j int) float64 { return p.weight(p.w, nc, wc, 2*i+py, 2*j+px) })
		}
	}
	return p.y.at(n, nc, v+1, u+1), m.at(v%2, u%2)
}

func (p *threePasses) backwardDataBF16(rng *rand.Rand) (got, want float64) {
	c := p.c
	n, wc, y, x := rng.IntN(p.x.n), rng.IntN(c.wideC), rng.IntN(c.wide), rng.IntN(c.wide)
	py, px, v, u := y%2, x%2, y/2, x/2
	var m results
	for nc := range c.narrowC {
		m.add(func(i, j int) float64 { return p.narrow.at(n, nc, v&^1+py+i, u&^1+px+j) },
			func(i, j int) float64 { return p.weight(p.w, nc, wc, 3-py-2*i, 3-px-2*j) })
	}
	return p.x.at(n, wc, y+1, x+1), m.at(v%2, u%2)
}

func (p *threePasses) backwardWeightBF16(rng *rand.Rand) (got, want float64) {
	c := p.c
	nc, wc, ky, kx := rng.IntN(c.narrowC), rng.IntN(c.wideC), rng.IntN(4), rng.IntN(4)
	var m results
	for n := range p.wide.n {
		for v := 0; v < c.narrow; v += 2 {
			for u := 0; u < c.narrow; u += 2 {
				m.add(func(i, j int) float64 { return p.wide.at(n, wc, 2*(v+i)+ky%2, 2*(u+j)+kx%2) },
					func(i, j int) float64 { return p.narrow.at(n, nc, v+1+i, u+1+j) })
			}
		}
	}
	return p.weight(p.dw, nc, wc, ky, kx), m.at(ky/2, kx/2)
}
