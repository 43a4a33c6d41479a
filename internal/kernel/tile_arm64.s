//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// ROW4 adds to four sums of a row its pixel, in every lane of x, times four vectors of B.
#define ROW4(x, a, b, c, d) \
	VFMLA V16.S4, x.S4, a.S4; \
	VFMLA V17.S4, x.S4, b.S4; \
	VFMLA V18.S4, x.S4, c.S4; \
	VFMLA V19.S4, x.S4, d.S4

// ZERO4 clears four sums.
#define ZERO4(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16; \
	VEOR b.B16, b.B16, b.B16; \
	VEOR c.B16, c.B16, c.B16; \
	VEOR d.B16, d.B16, d.B16

// ROWC sets R9 to where row r is in C, from C0 in R10.
#define ROWC(r) \
	MOVD (Tile_RowC+8*r)(R1), R9; \
	ADD  R9<<2, R10, R9

// func tile4x1NEON(t *Tile, row, block int)
// The sums of row r are V(4r) to V(4r+3); rows that the tile has not are copies of the first.
TEXT ·tile4x1NEON(SB), NOSPLIT, $0-24
	MOVD t+0(FP), R0
	MOVD row+8(FP), R1
	MOVD block+16(FP), R2
	MOVD Tile_Rows(R0), R3
	SUB  R1, R3, R3           // rows to compute
	ADD  R1<<3, R0, R1        // its RowA and RowC are those of the first row
	ADD  R2<<1, R2, R2
	ADD  R2<<3, R0, R2        // its B0 and C0 are those of the block: slices are 24 bytes
	MOVD Tile_A(R0), R8
	MOVD (Tile_RowA+0)(R1), R4
	MOVD (Tile_RowA+8)(R1), R5
	MOVD (Tile_RowA+16)(R1), R6
	MOVD (Tile_RowA+24)(R1), R7
	CMP  $1, R3
	CSEL GT, R5, R4, R5
	CMP  $2, R3
	CSEL GT, R6, R4, R6
	CMP  $3, R3
	CSEL GT, R7, R4, R7
	ADD  R4<<2, R8, R4
	ADD  R5<<2, R8, R5
	ADD  R6<<2, R8, R6
	ADD  R7<<2, R8, R7

	MOVD  Tile_C0(R2), R10
	ZERO4(V0, V1, V2, V3)
	ZERO4(V4, V5, V6, V7)
	ZERO4(V8, V9, V10, V11)
	ZERO4(V12, V13, V14, V15)
	MOVBU Tile_Accumulate(R0), R9
	CBZ   R9, sum
	ROWC(0)
	VLD1  (R9), [V0.S4, V1.S4, V2.S4, V3.S4]
	CMP   $1, R3
	BLE   sum
	ROWC(1)
	VLD1  (R9), [V4.S4, V5.S4, V6.S4, V7.S4]
	CMP   $2, R3
	BLE   sum
	ROWC(2)
	VLD1  (R9), [V8.S4, V9.S4, V10.S4, V11.S4]
	CMP   $3, R3
	BLE   sum
	ROWC(3)
	VLD1  (R9), [V12.S4, V13.S4, V14.S4, V15.S4]

sum:
	MOVD Tile_OffA(R0), R11
	MOVD Tile_OffB(R0), R12
	MOVD (Tile_OffA+8)(R0), R13 // runs left
	MOVD Tile_StepA(R0), R14
	MOVD Tile_StepB(R0), R15
	LSL  $2, R14, R14
	LSL  $2, R15, R15
	MOVD Tile_B0(R2), R16
	CBZ  R13, store

run:
	MOVW.P 4(R11), R9
	MOVW.P 4(R12), R17
	ADD    R9<<2, R4, R20
	ADD    R9<<2, R5, R21
	ADD    R9<<2, R6, R22
	ADD    R9<<2, R7, R23
	ADD    R17<<2, R16, R24
	MOVD   Tile_KLen(R0), R25

term:
	VLD1.P  (R24)(R15), [V16.S4, V17.S4, V18.S4, V19.S4]
	VLD1R.P (R20)(R14), [V20.S4]
	VLD1R.P (R21)(R14), [V21.S4]
	VLD1R.P (R22)(R14), [V22.S4]
	VLD1R.P (R23)(R14), [V23.S4]
	ROW4(V20, V0, V1, V2, V3)
	ROW4(V21, V4, V5, V6, V7)
	ROW4(V22, V8, V9, V10, V11)
	ROW4(V23, V12, V13, V14, V15)
	SUBS $1, R25, R25
	BNE  term
	SUBS $1, R13, R13
	BNE  run

store:
	ROWC(0)
	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R9)
	CMP  $1, R3
	BLE  end
	ROWC(1)
	VST1 [V4.S4, V5.S4, V6.S4, V7.S4], (R9)
	CMP  $2, R3
	BLE  end
	ROWC(2)
	VST1 [V8.S4, V9.S4, V10.S4, V11.S4], (R9)
	CMP  $3, R3
	BLE  end
	ROWC(3)
	VST1 [V12.S4, V13.S4, V14.S4, V15.S4], (R9)

end:
	RET

// func peakNEON(loops int)
// 16 independent fused multiply-adds of four floats a round.
TEXT ·peakNEON(SB), NOSPLIT, $0-8
	MOVD  loops+0(FP), R0
	ZERO4(V0, V1, V2, V3)
	ZERO4(V4, V5, V6, V7)
	ZERO4(V8, V9, V10, V11)
	ZERO4(V12, V13, V14, V15)
	ZERO4(V16, V17, V18, V19)
	VEOR  V20.B16, V20.B16, V20.B16

round:
	ROW4(V20, V0, V1, V2, V3)
	ROW4(V20, V4, V5, V6, V7)
	ROW4(V20, V8, V9, V10, V11)
	ROW4(V20, V12, V13, V14, V15)
	SUBS  $1, R0, R0
	BNE   round
	RET
