package kernel

// The transforms of Winograd's minimal filtering algorithm F(2x2, 2x2), which takes 9
// products where the definition takes 16 (Winograd 1980; Lavin and Gray 2016). In
// one dimension two outputs of a filter of two taps are
//
//	y0 = d0*g0 + d1*g1 = (d0 - d1)*g0 + d1*(g0 + g1)
//	y1 = d1*g0 + d2*g1 = d1*(g0 + g1) - (d1 - d2)*g1
//
// so with the three products
//
//	m0 = (d0 - d1) * g0,   m1 = d1 * (g0 + g1),   m2 = (d1 - d2) * g1
//
// y0 = m0 + m1 and y1 = m1 - m2: three products for four. In matrices
//
//	    (1 -1  0)       (1  0)
//	B = (0  1  0)   G = (1  1)   A = (1  1  0)    y = A ((G g) * (B d))
//	    (0  1 -1)       (0  1)       (0  1 -1)
//
// In two dimensions each stage is done along columns and along rows, which makes 3x3
// products for 4x4:
//
//	input    B d B'    3x3 pixels to 3x3 numbers
//	filter   G g G'    2x2 taps to 3x3 numbers
//	product            the nine numbers of both, one by one, summed over input channels
//	output   A m A'    3x3 sums to 2x2 pixels
//
// With many channels the products are nine matrix products, which Tile computes. The
// other stages are the kernels here. They only add, so that every version has the same
// bits.
//
// The same identity serves a filter's gradient. There d is the input, g is the gradient
// of two neighbouring outputs and y is the gradient of the two taps.
//
// The assembly checks neither places nor steps, as Tile's does not.

// Squares says where the pixels of N squares of up to 5x5 pixels lie in a slice: pixel (y, x) of
// square t is the 16 floats from At + t*Next + y*Row + x*Col on. Steps may be negative.
// Functions take a pointer: the load of a copy that the caller has just written would wait for
// all stores before it.
type Squares struct {
	At, Next, Row, Col int
	N                  int
}

// WinogradInput computes the transform of inputs of 3x3 pixels d, for the squares t of src and
// channels c = 0..15,
//
//	dst[(3*a+b)*matrix + 16*t + c] = (B d B')[a][b],   a, b = 0..2,
//
// first along columns (a), then along rows (b).
func WinogradInput(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winogradInput(dst, matrix, src, unescaped(s))
	}
}

func winogradInputGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	for t := range s.N {
		d := func(y, x int) *[Lanes]float32 { return s.pixel(src, t, y, x) }
		for a := range 3 {
			var row [3][Lanes]float32 // row a of B d
			for x := range row {
				for c := range Lanes {
					switch a {
					case 0:
						row[x][c] = d(0, x)[c] - d(1, x)[c]
					case 1:
						row[x][c] = d(1, x)[c]
					case 2:
						row[x][c] = d(1, x)[c] - d(2, x)[c]
					}
				}
			}
			for b := range 3 {
				out := (*[Lanes]float32)(dst[(3*a+b)*matrix+t*Lanes:])
				for c := range out {
					switch b {
					case 0:
						out[c] = row[0][c] - row[1][c]
					case 1:
						out[c] = row[1][c]
					case 2:
						out[c] = row[1][c] - row[2][c]
					}
				}
			}
		}
	}
}

// WinogradFilter computes the transform of filters of 2x2 taps g, G g G', for the squares t of src,
// and stores it as WinogradInput does.
func WinogradFilter(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winogradFilter(dst, matrix, src, unescaped(s))
	}
}

func winogradFilterGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	for t := range s.N {
		g := func(y, x int) *[Lanes]float32 { return s.pixel(src, t, y, x) }
		for a := range 3 {
			var row [2][Lanes]float32 // row a of G g
			for x := range row {
				for c := range Lanes {
					switch a {
					case 0:
						row[x][c] = g(0, x)[c]
					case 1:
						row[x][c] = g(0, x)[c] + g(1, x)[c]
					case 2:
						row[x][c] = g(1, x)[c]
					}
				}
			}
			for b := range 3 {
				out := (*[Lanes]float32)(dst[(3*a+b)*matrix+t*Lanes:])
				for c := range out {
					switch b {
					case 0:
						out[c] = row[0][c]
					case 1:
						out[c] = row[0][c] + row[1][c]
					case 2:
						out[c] = row[1][c]
					}
				}
			}
		}
	}
}

// WinogradOutput computes outputs of 2x2 pixels, A m A', from their nine products
//
//	m[a][b] = src[(3*a+b)*matrix + 16*t + c],   a, b = 0..2,
//
// first along columns, then along rows. It stores them in the squares t of dst, or adds them to
// what is there.
func WinogradOutput(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	if s.N > 0 {
		active.winogradOutput(dst, unescaped(s), src, matrix, accumulate)
	}
}

func winogradOutputGeneric(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	for t := range s.N {
		m := func(a, b int) *[Lanes]float32 { return (*[Lanes]float32)(src[(3*a+b)*matrix+t*Lanes:]) }
		for y := range 2 {
			var row [3][Lanes]float32 // row y of A m
			for b := range row {
				for c := range Lanes {
					if y == 0 {
						row[b][c] = m(0, b)[c] + m(1, b)[c]
					} else {
						row[b][c] = m(1, b)[c] - m(2, b)[c]
					}
				}
			}
			for x := range 2 {
				out := s.pixel(dst, t, y, x)
				for c := range out {
					v := row[0][c] + row[1][c]
					if x == 1 {
						v = row[1][c] - row[2][c]
					}
					if accumulate {
						v += out[c]
					}
					out[c] = v
				}
			}
		}
	}
}

// pixel returns pixel (row, col) of square t of x.
func (s *Squares) pixel(x []float32, t, row, col int) *[Lanes]float32 {
	return (*[Lanes]float32)(x[s.At+t*s.Next+row*s.Row+col*s.Col:])
}
