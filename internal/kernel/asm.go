//go:build (amd64 || arm64) && !purego

package kernel

// What makes functions of a table from assembly, which takes pointers, counts and distances in
// bytes for slices. A function here divides long work, because nothing can interrupt a call
// into assembly, and leaves to the definition what is less than a pixel.

// maxPixels bounds a call to about 100 us even from memory: 256 KiB of each operand.
const maxPixels = 4096

// maxFloats is maxPixels in floats.
const maxFloats = maxPixels * Lanes

// maxRows returns how many rows of the plane a call takes: at most maxPixels pixels, or one row.
func (p Plane) maxRows() int { return max(1, maxPixels/p.Pixels) }

// part returns where the part of a plane that begins with a row lies: its first float, and its number
// of rows.
func (p Plane) part(row int) (at, rows int) { return row * p.Step, min(p.Rows-row, p.maxRows()) }

// gap returns the number of bytes from the end of a row to the next one.
func (p Plane) gap() int { return 4 * (p.Step - p.Pixels*Lanes) }

func momentsBy(f func(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)) momentsFunc {
	return func(p Plane, x []float32, about *[Lanes]float32, sum, sumsq *[Lanes]float64) {
		for row := 0; row < p.Rows; row += p.maxRows() {
			i, rows := p.part(row)
			f(&x[i], p.Pixels, rows, p.gap(), about, sum, sumsq)
		}
	}
}

func normalizeBy(f func(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)) normalizeFunc {
	return func(p Plane, y, x []float32, scale, shift *[Lanes]float32, slope float32) {
		for row := 0; row < p.Rows; row += p.maxRows() {
			i, rows := p.part(row)
			f(&y[i], &x[i], p.Pixels, rows, p.gap(), scale, shift, slope)
		}
	}
}

func gradMomentsBy(f func(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32,
	sumDv, sumDvXhat *[16]float64)) gradMomentsFunc {
	return func(p Plane, dy, x []float32, mean, invstd, shift *[Lanes]float32, slope float32,
		sumDv, sumDvXhat *[Lanes]float64) {
		for row := 0; row < p.Rows; row += p.maxRows() {
			i, rows := p.part(row)
			f(&dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, slope, sumDv, sumDvXhat)
		}
	}
}

func normGradBy(f func(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32,
	slope float32)) normGradFunc {
	return func(p Plane, dx, dy, x []float32, mean, invstd, shift, a, b *[Lanes]float32, slope float32) {
		for row := 0; row < p.Rows; row += p.maxRows() {
			i, rows := p.part(row)
			f(&dx[i], &dy[i], &x[i], p.Pixels, rows, p.gap(), mean, invstd, shift, a, b, slope)
		}
	}
}

// adamBy passes 1-beta1 and 1-beta2 too, rounded as the definition rounds them.
func adamBy(f func(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32),
) func(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	return func(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
		whole := len(w) / Lanes * Lanes
		for i := 0; i < whole; i += maxFloats {
			n := min(whole-i, maxFloats) / Lanes
			f(&w[i], &dw[i], &m[i], &v[i], n, lr, beta1, 1-beta1, beta2, 1-beta2, eps)
		}
		adamGeneric(w[whole:], dw[whole:], m[whole:], v[whole:], lr, beta1, beta2, eps)
	}
}

func tanhBy(f func(y, x *float32, pixels int, table *float32)) func(y, x []float32) {
	return func(y, x []float32) {
		whole := len(x) / Lanes * Lanes
		for i := 0; i < whole; i += maxFloats {
			n := min(whole-i, maxFloats) / Lanes
			f(&y[i], &x[i], n, &tanhTable[0])
		}
		tanhGeneric(y[whole:], x[whole:])
	}
}

func tanhGradBy(f func(dx, dy, y *float32, pixels int, one float32)) func(dx, dy, y []float32) {
	return func(dx, dy, y []float32) {
		whole := len(y) / Lanes * Lanes
		for i := 0; i < whole; i += maxFloats {
			n := min(whole-i, maxFloats) / Lanes
			f(&dx[i], &dy[i], &y[i], n, 1)
		}
		tanhGradGeneric(dx[whole:], dy[whole:], y[whole:])
	}
}

func transpose16By(f func(dst, src *float32, blocks int)) func(dst, src []float32) {
	return func(dst, src []float32) {
		for i := 0; i < len(src); i += maxFloats {
			f(&dst[i], &src[i], min(len(src)-i, maxFloats)/(Lanes*Lanes))
		}
	}
}

// overlapBy passes the rows from their second pixel on, and the number of narrow pixels.
func overlapBy(f func(top, bottom, above, middle, below *float32, n int),
) func(top, bottom, above, middle, below []float32) {
	return func(top, bottom, above, middle, below []float32) {
		f(&top[0], &bottom[0], &above[OverlapLen], &middle[OverlapLen], &below[OverlapLen], len(top)/8)
	}
}

func spreadBy(f func(dst *float32, matrix int, src *float32, next, row, col, n int)) spreadFunc {
	return func(dst []float32, matrix int, src []float32, s *Squares) {
		f(&dst[0], 4*matrix, &src[s.At], 4*s.Next, 4*s.Row, 4*s.Col, s.N)
	}
}

func gatherBy(f func(dst *float32, next, row, col int, src *float32, matrix, n int, accumulate bool)) gatherFunc {
	return func(dst []float32, s *Squares, src []float32, matrix int, accumulate bool) {
		f(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N, accumulate)
	}
}

func winograd4OutputBy(f func(dst *float32, next, row, col int, src *float32, matrix, n int),
) func(dst []float32, s *Squares, src []float32, matrix int) {
	return func(dst []float32, s *Squares, src []float32, matrix int) {
		f(&dst[s.At], 4*s.Next, 4*s.Row, 4*s.Col, &src[0], 4*matrix, s.N)
	}
}
