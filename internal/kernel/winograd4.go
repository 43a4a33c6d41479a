package kernel

// The transforms of F(4x4, 2x2), which takes 25 products where the definition takes 64. In
// one dimension four outputs of a filter of two taps take five products, by interpolation: the
// outputs are the coefficients of a product of polynomials, which its values at five places
// determine (Toom, Cook; Winograd 1980). With the places 0, -1, 1/2, 2 and infinity
//
//	    (2 -3 -3  2  0)           (18  0)           (1  1  8  1  0)
//	    (0  2 -5  2  0)        1  (-4  4)           (0 -1  4  2  0)
//	B = (0  4  2 -2  0) / 2    -- ( 2  1) = G   A = (0  1  2  4  0)    y = A ((G g) * (B d))
//	    (0 -2  2  4  0)        18 ( 1  2)           (0 -1  1  8  1)
//	    (0  2 -3 -3  2)           ( 0 18)
//
// for inputs d0..d4, taps g0, g1 and outputs y0..y3. Of all sets of small numbers that were tried, these
// places have the smallest rounding error, 2 to 3 times that of the definition; 0, 1, -1, 2 have
// half as much again. Factors of two are moved so that B and A take few operations.
//
// A filter's gradient is F(2x2, 4x4): two taps' gradients from the same five inputs and four
// gradients of outputs, by the same places, so that B is the same:
//
//	            (18   0   0   0)
//	         1  (-4   4  -4   4)
//	         -- ( 8   4   2   1) = G      A = (1  1  2  1  0)
//	         18 ( 1   2   4   8)              (0 -1  1  2  1)
//	            ( 0   0   0  18)
//
// The stages are those of winograd.go with 25 matrices in place of nine, each first along columns, then
// along rows. Products by powers of two are exact and all others are rounded before they are added,
// so that every version has the same bits.

// Winograd4Input computes the transform of inputs of 5x5 pixels d, for the squares t of src and
// channels c = 0..15:
//
//	dst[(5*a+b)*matrix + 16*t + c] = (B d B')[a][b],   a, b = 0..4
func Winograd4Input(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winograd4Input(dst, matrix, src, unescaped(s))
	}
}

// Winograd4Filter computes the transform G g G' of filters of 2x2 taps, and stores it as
// Winograd4Input does.
func Winograd4Filter(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winograd4Filter(dst, matrix, src, unescaped(s))
	}
}

// Winograd4Gradient computes the transform G g G' of the gradients of 4x4 outputs, with the G of
// F(2x2, 4x4), and stores it as Winograd4Input does.
func Winograd4Gradient(dst []float32, matrix int, src []float32, s *Squares) {
	if s.N > 0 {
		active.winograd4Gradient(dst, matrix, src, unescaped(s))
	}
}

// Winograd4Output computes outputs of 4x4 pixels, A m A', from their 25 products
//
//	m[a][b] = src[(5*a+b)*matrix + 16*t + c],   a, b = 0..4,
//
// and stores them in the squares t of dst.
func Winograd4Output(dst []float32, s *Squares, src []float32, matrix int) {
	if s.N > 0 {
		active.winograd4Output(dst, unescaped(s), src, matrix)
	}
}

// Winograd4Taps computes the gradients of 2x2 taps, A m A' with the A of F(2x2, 4x4), from their 25
// products. It stores them as Winograd4Output does, or adds them to what is there.
func Winograd4Taps(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	if s.N > 0 {
		active.winograd4Taps(dst, unescaped(s), src, matrix, accumulate)
	}
}

func winograd4InputGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	s.spread4(dst, matrix, src, 5, byInputB)
}

func winograd4FilterGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	s.spread4(dst, matrix, src, 2, byFilterG)
}

func winograd4GradientGeneric(dst []float32, matrix int, src []float32, s *Squares) {
	s.spread4(dst, matrix, src, 4, byGradientG)
}

func winograd4OutputGeneric(dst []float32, s *Squares, src []float32, matrix int) {
	s.gather4(dst, src, matrix, 4, false, byOutputA)
}

func winograd4TapsGeneric(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
	s.gather4(dst, src, matrix, 2, accumulate, byTapsA)
}

// vector holds up to five numbers, each of 16 channels: a row or a column of a square or of its
// transform. The functions below multiply it by one of the matrices above.
type vector [5][Lanes]float32

func byInputB(x vector) (y vector) {
	for c := range Lanes {
		x0, x1, x2, x3, x4 := x[0][c], x[1][c], x[2][c], x[3][c], x[4][c]
		y[0][c] = (x0 + x3) - float32(1.5*(x1+x2))
		y[1][c] = (x1 + x3) - float32(2.5*x2)
		y[2][c] = (x2 - x3) + float32(2*x1)
		y[3][c] = (x2 - x1) + float32(2*x3)
		y[4][c] = (x1 + x4) - float32(1.5*(x2+x3))
	}
	return y
}

func byFilterG(x vector) (y vector) {
	for c := range Lanes {
		x0, x1 := x[0][c], x[1][c]
		y[0][c] = x0
		y[1][c] = 2. / 9 * (x1 - x0)
		y[2][c] = 1. / 18 * (float32(2*x0) + x1)
		y[3][c] = 1. / 18 * (float32(2*x1) + x0)
		y[4][c] = x1
	}
	return y
}

func byGradientG(x vector) (y vector) {
	for c := range Lanes {
		x0, x1, x2, x3 := x[0][c], x[1][c], x[2][c], x[3][c]
		y[0][c] = x0
		y[1][c] = 2. / 9 * ((x1 - x0) + (x3 - x2))
		y[2][c] = 1. / 18 * (((float32(2*x2) + x3) + float32(4*x1)) + float32(8*x0))
		y[3][c] = 1. / 18 * (((float32(2*x1) + x0) + float32(4*x2)) + float32(8*x3))
		y[4][c] = x3
	}
	return y
}

func byOutputA(x vector) (y vector) {
	for c := range Lanes {
		x0, x1, x2, x3, x4 := x[0][c], x[1][c], x[2][c], x[3][c], x[4][c]
		y[0][c] = ((x0 + x1) + x3) + float32(8*x2)
		y[1][c] = (float32(2*x3) - x1) + float32(4*x2)
		y[2][c] = (float32(2*x2) + x1) + float32(4*x3)
		y[3][c] = ((x2 - x1) + x4) + float32(8*x3)
	}
	return y
}

func byTapsA(x vector) (y vector) {
	for c := range Lanes {
		x0, x1, x2, x3, x4 := x[0][c], x[1][c], x[2][c], x[3][c], x[4][c]
		y[0][c] = ((x0 + x1) + x3) + float32(2*x2)
		y[1][c] = ((x2 - x1) + x4) + float32(2*x3)
	}
	return y
}

// spread4 transforms squares of pixels x pixels to 5x5 numbers each: multiply along columns, then
// along rows.
func (s *Squares) spread4(dst []float32, matrix int, src []float32, pixels int, multiply func(vector) vector) {
	for t := range s.N {
		var x, row vector
		var columns [5]vector
		for i := range pixels {
			for k := range pixels {
				x[k] = *s.pixel(src, t, k, i)
			}
			columns[i] = multiply(x)
		}
		for a := range 5 {
			for i := range pixels {
				row[i] = columns[i][a]
			}
			y := multiply(row)
			for b := range y {
				*(*[Lanes]float32)(dst[(5*a+b)*matrix+t*Lanes:]) = y[b]
			}
		}
	}
}

// gather4 transforms 5x5 numbers each to squares of pixels x pixels.
func (s *Squares) gather4(dst, src []float32, matrix, pixels int, accumulate bool,
	multiply func(vector) vector) {
	for t := range s.N {
		var x, row vector
		var columns [5]vector
		for b := range columns {
			for a := range x {
				x[a] = *(*[Lanes]float32)(src[(5*a+b)*matrix+t*Lanes:])
			}
			columns[b] = multiply(x)
		}
		for a := range pixels {
			for b := range row {
				row[b] = columns[b][a]
			}
			y := multiply(row)
			for b := range pixels {
				out := s.pixel(dst, t, a, b)
				for c := range out {
					if accumulate {
						y[b][c] += out[c]
					}
					out[c] = y[b][c]
				}
			}
		}
	}
}
