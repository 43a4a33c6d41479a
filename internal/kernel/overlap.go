package kernel

// The last stage of a transposed convolution of kernel 4 and stride 2 to at most four channels:
// the products are there and must be added where they overlap. On either axis, narrow pixel x
// contributes to four wide pixels, 2x-1 to 2x+2. Wide pixel 2x+p, of phase p = 0 or 1, is the sum
// of two contributions: that of x (a = 0), and that of its neighbour on the side of p, x-1 for
// p = 0 and x+1 for p = 1 (a = 1).

// OverlapLen is the number of products of a narrow pixel, [a][b][p][q][4 channels]. a and p are
// the contribution and the phase along columns, from row to row; b and q are those along rows.
const OverlapLen = 64

// Overlap computes two neighbouring rows of wide pixels of four channels: top is row 2y, of phase
// p = 0, and bottom is row 2y+1, of phase p = 1. above, middle and below are the products of the
// narrow rows y-1, y and y+1. A row of 2n wide pixels needs n narrow ones and one more at both
// ends, whose products are zero at the map's edges. The wide pixel in column 2x+q is
//
//	middle[x][0][0] + middle[x+2q-1][0][1] + other[x][1][0] + other[x+2q-1][1][1],
//
// where [a][b] stands for [a][b][p][q], and other is above for p = 0 and below for p = 1. The
// terms are added from left to right.
func Overlap(top, bottom, above, middle, below []float32) {
	n := len(top) / 8
	checkPixels(2*len(top), 2*len(bottom), n*Lanes)
	checkPixels((n+2)*OverlapLen, len(above), len(middle), len(below))
	if n > 0 {
		active.overlap(top, bottom, above, middle, below)
	}
}

func overlapGeneric(top, bottom, above, middle, below []float32) {
	for i := range top {
		x, q, c := i/8+1, i/4%2, i%4 // x counts from the pixel before the first column
		beside := x + 2*q - 1
		at := func(row []float32, x, a, b, p int) float32 {
			return row[x*OverlapLen+((a*2+b)*4+p*2+q)*4+c]
		}
		top[i] = at(middle, x, 0, 0, 0) + at(middle, beside, 0, 1, 0) + at(above, x, 1, 0, 0) + at(above, beside, 1, 1, 0)
		bottom[i] = at(middle, x, 0, 0, 1) + at(middle, beside, 0, 1, 1) + at(below, x, 1, 0, 1) + at(below, beside, 1, 1, 1)
	}
}
