//go:build !purego

#include "textflag.h"

// Overlap for NEON: a wide pixel is a vector of four floats, and the products of an
// (a, b) are four of them.

// d = n + m, on registers by number (see elementwise_arm64.s).
#define FADD4(d, n, m) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d))

// PIXEL adds up the wide pixel of the phases at byte at of an (a, b): its neighbour is beside
// bytes away, and a = 1 lies in other.
#define PIXEL(dst, to, other, at, beside) \
	FMOVQ (at)(R3), F0;               \
	FMOVQ (at+beside+64)(R3), F1;     \
	FMOVQ (at+128)(other), F2;        \
	FMOVQ (at+beside+192)(other), F3; \
	FADD4(0, 0, 1);                   \
	FADD4(0, 0, 2);                   \
	FADD4(0, 0, 3);                   \
	FMOVQ F0, to(dst)

// func overlapNEON(top, bottom, above, middle, below *float32, n int)
TEXT ·overlapNEON(SB), NOSPLIT, $0-48
	MOVD top+0(FP), R0
	MOVD bottom+8(FP), R1
	MOVD above+16(FP), R2
	MOVD middle+24(FP), R3
	MOVD below+32(FP), R4
	MOVD n+40(FP), R5

pixel:
	PIXEL(R0, 0, R2, 0, -256)
	PIXEL(R0, 16, R2, 16, 256)
	PIXEL(R1, 0, R4, 32, -256)
	PIXEL(R1, 16, R4, 48, 256)
	ADD  $32, R0
	ADD  $32, R1
	ADD  $256, R2
	ADD  $256, R3
	ADD  $256, R4
	SUBS $1, R5, R5
	BNE  pixel
	RET
