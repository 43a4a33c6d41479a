package kernel

// The micro-kernel: a small block of C = A*B stays in registers while a sum runs
// over all its terms. It is given places, not matrices: where up to eight rows of A
// begin, and a table of where each run of terms lies in A and in B. So a convolution
// needs no im2col and no copy of its input. In the forward pass a row is an output
// pixel and a run is the 16 channels of one tap; in backward-weight a row is an
// input channel and a run is a row of an image.

// TileRows is the greatest number of rows of a Tile.
const TileRows = 8

// Tile is one block of a product, Rows (1 to 8) by 16 or 32 columns:
//
//	C_b[RowC[r] + j] (+)= sum over t, k of A[RowA[r] + OffA[t] + k*StepA] * B_b[OffB[t] + k*StepB + j]
//
// for rows r = 0..Rows-1, blocks b = 0, 1 and columns j = 0..15, summed over the runs
// t = 0..len(OffA)-1 and the terms k = 0..KLen-1 of each. All offsets and steps count
// elements.
//
// Every element of C is summed in the order of (t, k), starting from zero or from C.
// A term is one fused multiply-add; in the definition it is a product and a sum, each
// rounded. So the bits of an element depend neither on the other rows and blocks nor
// on how the terms are divided among calls that accumulate.
//
// The assembly does not check the offsets. The definition checks them as Go does, so
// a caller's tests should run under the build tag purego too.
type Tile struct {
	A          []float32
	B0, B1     []float32     // the two blocks of columns of B; B1 is nil if there is one
	C0, C1     []float32     // the two blocks of columns of C; C1 is unused if B1 is nil
	RowA       [TileRows]int // where each row starts in A; in use: the first Rows
	RowC       [TileRows]int // where each row starts in C0 and in C1
	Rows       int           // 1 to 8; no other row of A or C is touched
	OffA, OffB []int32       // where each run of terms starts in A and B, of equal length
	KLen       int           // terms of a run, at least 1
	StepA      int           // from term to term of a run, in A
	StepB      int           // from term to term of a run, in B
	Accumulate bool          // add to C rather than overwrite it
	BF16       bool          // A and B hold pairs of bf16, which count as one term (bf16.go)

	_ [64]byte // a cache line between neighbours in a slice: each belongs to another thread
}

// Run computes the tile. Neither the scheduler nor the garbage collector can interrupt
// a call: keep len(OffA)*KLen at 16384 or less, which takes less than 100 us.
func (t *Tile) Run() {
	if t.Rows < 1 || t.Rows > TileRows || t.KLen < 1 || len(t.OffA) != len(t.OffB) {
		panic("kernel: malformed tile")
	}
	if t.BF16 {
		active.tileBF16(unescaped(t))
		return
	}
	active.tile(unescaped(t))
}

// tileGeneric is the definition of Tile.Run.
func tileGeneric(t *Tile) {
	for r := range t.Rows {
		tileRow(t, t.A[t.RowA[r]:], t.B0, t.C0[t.RowC[r]:])
		if t.B1 != nil {
			tileRow(t, t.A[t.RowA[r]:], t.B1, t.C1[t.RowC[r]:])
		}
	}
}

// tileRow computes one row of one block. a and c begin at the row.
func tileRow(t *Tile, a, b, c []float32) {
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
				acc[j] = float32(x*w) + acc[j]
			}
		}
	}
	*out = acc
}
