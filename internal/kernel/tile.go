package kernel

// The micro-kernel: a small block of C = A*B held in registers while a sum runs
// over all its terms. It is given places, not matrices: eight arbitrary rows of A,
// and a table of where each run of terms lies in A and in B. Thus a convolution
// needs no im2col and no copy of its input: its rows are output pixels and its
// runs are the 16 channels of one tap; in backward-weight the rows are input
// channels and the runs are rows of an image.

// TileRows is the greatest number of rows of a Tile.
const TileRows = 8

// Tile is one block of a product, Rows (1 to 8) by 16 or 32 columns:
//
//	C_b[RowC[r] + j] (+)= sum over t, k of A[RowA[r] + OffA[t] + k*StepA] * B_b[OffB[t] + k*StepB + j]
//
// for b = 0, 1 and j = 0..15, with t over the tables and k = 0..KLen-1. All offsets
// and steps count elements.
//
// Every element of C is summed in the order of (t, k), one fused multiply-add a
// term (one product and one sum, each rounded, in the definition), starting from
// zero or from C. So its bits depend neither on the other rows and blocks nor on
// how the terms are split over calls that accumulate.
//
// The assembly trusts the offsets. The definition checks them as Go does, so a
// caller's tests should run under the build tag purego too.
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

	_ [64]byte // a cache line between tiles side by side: each is another thread's
}

// Run computes the tile. A call cannot be interrupted by the scheduler or the
// collector: keep len(OffA)*KLen at 16384 or less, which takes below 100 us.
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

// tileRow computes one row of one block: a and c start at the row.
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
