package kernel

// What is left of a transposed convolution of kernel 4 and stride 2 to at most four
// channels once its products are there. Narrow pixel x, on either axis, gives to four
// wide ones, 2x-1 to 2x+2; the wide pixel 2x+p, of phase p, gets from two narrow ones:
// from x itself (a = 0) and from its neighbour on the side of p, x + 2p-1 (a = 1).

// OverlapLen is the number of a narrow pixel's products, [a][b][p][q][4 channels]: along
// columns a says which of its two pixels of phase p gets them, and along rows b which of
// phase q.
const OverlapLen = 64

// Overlap computes two neighbouring rows of wide pixels of four channels, 2y and 2y+1,
// from the products of the narrow rows y-1 (above), y (middle) and y+1 (below). These
// have a pixel more at both ends, of zeros at the map's edges. For column 2x+q
//
//	row p = middle[x][0][0] + middle[x+2q-1][0][1] + other[x][1][0] + other[x+2q-1][1][1]
//
// each of [p][q], with other = above for p = 0 and below for p = 1. They are added from left
// to right.
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
		x, q, c := i/8+1, i/4%2, i%4 // the narrow pixel, counted from the first
		beside := x + 2*q - 1
		at := func(row []float32, x, a, b, p int) float32 {
			return row[x*OverlapLen+((a*2+b)*4+p*2+q)*4+c]
		}
		top[i] = at(middle, x, 0, 0, 0) + at(middle, beside, 0, 1, 0) + at(above, x, 1, 0, 0) + at(above, beside, 1, 1, 0)
		bottom[i] = at(middle, x, 0, 0, 1) + at(middle, beside, 0, 1, 1) + at(below, x, 1, 0, 1) + at(below, beside, 1, 1, 1)
	}
}
