//go:build !purego

#include "textflag.h"

// The element-wise kernels of elementwise_amd64.s, for NEON: they round every product
// and every sum, as their definitions do. A pixel is four vectors of four floats.

// Go's assembler has no vectors of floats but for fused multiply-adds. These are the
// instructions' codes, on registers by number: d = n op m.
#define FADD4(d, n, m) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d))
#define FSUB4(d, n, m) WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d))
#define FMUL4(d, n, m) WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d))
#define FDIV4(d, n, m) WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d))
#define FMIN4(d, n, m) WORD $(0x4EA0F400 | (m)<<16 | (n)<<5 | (d))
#define FSQRT4(d, n) WORD $(0x6EA1F800 | (n)<<5 | (d))

// FCMGT4 sets d to ones where n > m, else to zeros; BIF16 puts n into d where m is zero.
#define FCMGT4(d, n, m) WORD $(0x6EA0E400 | (m)<<16 | (n)<<5 | (d))
#define BIF16(d, n, m) WORD $(0x6EE01C00 | (m)<<16 | (n)<<5 | (d))

// SLOPE multiplies d by the slope, in V24, wherever by > 0 is false, for NaN too. V25 is 0.
#define SLOPE(d, by) \
	FCMGT4(30, by, 25); \
	FMUL4(31, d, 24);   \
	BIF16(d, 31, 30)

// GRADIENT makes dv of dy in d, and xhat of x in x: mean in V8 to V11, invstd in V12 to V15,
// shift in V16 to V19, of which i is the vector.
#define GRADIENT(d, x, i) \
	FMUL4(31, x, 12+i);  \
	FADD4(31, 31, 16+i); \
	SLOPE(d, 31);        \
	FSUB4(x, x, 8+i);    \
	FMUL4(x, x, 12+i)

// On doubles: a sum of two, and those of the lower and of the upper two floats of n.
#define FADD2(d, n, m) WORD $(0x4E60D400 | (m)<<16 | (n)<<5 | (d))
#define FCVTL(d, n) WORD $(0x0E617800 | (n)<<5 | (d))
#define FCVTL2(d, n) WORD $(0x4E617800 | (n)<<5 | (d))

// ADDROW adds the 16 floats of vectors s to s+3 to the doubles at p, by way of V0 to V4.
#define ADDHALF(s, p) \
	VLD1   (p), [V0.D2, V1.D2, V2.D2, V3.D2];      \
	FCVTL(4, s);                                   \
	FADD2(0, 0, 4);                                \
	FCVTL2(4, s);                                  \
	FADD2(1, 1, 4);                                \
	FCVTL(4, s+1);                                 \
	FADD2(2, 2, 4);                                \
	FCVTL2(4, s+1);                                \
	FADD2(3, 3, 4);                                \
	VST1.P [V0.D2, V1.D2, V2.D2, V3.D2], 64(p)
#define ADDROW(s, p) \
	ADDHALF(s, p);   \
	ADDHALF(s+2, p); \
	SUB    $128, p

// func momentsNEON(x *float32, pixels, rows, gap int, about *[16]float32, sum, sumsq *[16]float64)
// about is V24 to V27, a row's sum V16 to V19, its sumsq V20 to V23.
TEXT ·momentsNEON(SB), NOSPLIT, $0-56
	MOVD x+0(FP), R1
	MOVD pixels+8(FP), R10
	MOVD rows+16(FP), R11
	MOVD gap+24(FP), R12
	MOVD about+32(FP), R9
	VLD1 (R9), [V24.S4, V25.S4, V26.S4, V27.S4]
	MOVD sum+40(FP), R6
	MOVD sumsq+48(FP), R7

row:
	MOVD R10, R5
	VEOR V16.B16, V16.B16, V16.B16
	VEOR V17.B16, V17.B16, V17.B16
	VEOR V18.B16, V18.B16, V18.B16
	VEOR V19.B16, V19.B16, V19.B16
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16

pixel:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	FSUB4(0, 0, 24)
	FADD4(16, 16, 0)
	FMUL4(0, 0, 0)
	FADD4(20, 20, 0)
	FSUB4(1, 1, 25)
	FADD4(17, 17, 1)
	FMUL4(1, 1, 1)
	FADD4(21, 21, 1)
	FSUB4(2, 2, 26)
	FADD4(18, 18, 2)
	FMUL4(2, 2, 2)
	FADD4(22, 22, 2)
	FSUB4(3, 3, 27)
	FADD4(19, 19, 3)
	FMUL4(3, 3, 3)
	FADD4(23, 23, 3)
	SUBS   $1, R5, R5
	BNE    pixel

	ADDROW(16, R6)
	ADDROW(20, R7)
	ADD    R12, R1, R1
	SUBS   $1, R11, R11
	BNE    row
	RET

// func normalizeNEON(y, x *float32, pixels, rows, gap int, scale, shift *[16]float32, slope float32)
// scale is V16 to V19, shift V20 to V23.
TEXT ·normalizeNEON(SB), NOSPLIT, $0-60
	MOVD  y+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  pixels+16(FP), R10
	MOVD  rows+24(FP), R11
	MOVD  gap+32(FP), R12
	MOVD  scale+40(FP), R9
	VLD1  (R9), [V16.S4, V17.S4, V18.S4, V19.S4]
	MOVD  shift+48(FP), R9
	VLD1  (R9), [V20.S4, V21.S4, V22.S4, V23.S4]
	FMOVS slope+56(FP), F24
	VDUP  V24.S[0], V24.S4
	VEOR  V25.B16, V25.B16, V25.B16

row:
	MOVD R10, R5

pixel:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	FMUL4(0, 0, 16)
	FADD4(0, 0, 20)
	SLOPE(0, 0)
	FMUL4(1, 1, 17)
	FADD4(1, 1, 21)
	SLOPE(1, 1)
	FMUL4(2, 2, 18)
	FADD4(2, 2, 22)
	SLOPE(2, 2)
	FMUL4(3, 3, 19)
	FADD4(3, 3, 23)
	SLOPE(3, 3)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R0)
	SUBS   $1, R5, R5
	BNE    pixel

	ADD    R12, R0, R0
	ADD    R12, R1, R1
	SUBS   $1, R11, R11
	BNE    row
	RET

// func gradMomentsNEON(dy, x *float32, pixels, rows, gap int, mean, invstd, shift *[16]float32, slope float32, sumDv, sumDvXhat *[16]float64)
// dy is V0 to V3, x V4 to V7, a row's sumDv V20 to V23, its sumDvXhat V26 to V29.
TEXT ·gradMomentsNEON(SB), NOSPLIT, $0-88
	MOVD  dy+0(FP), R0
	MOVD  x+8(FP), R1
	MOVD  pixels+16(FP), R10
	MOVD  rows+24(FP), R11
	MOVD  gap+32(FP), R12
	MOVD  mean+40(FP), R9
	VLD1  (R9), [V8.S4, V9.S4, V10.S4, V11.S4]
	MOVD  invstd+48(FP), R9
	VLD1  (R9), [V12.S4, V13.S4, V14.S4, V15.S4]
	MOVD  shift+56(FP), R9
	VLD1  (R9), [V16.S4, V17.S4, V18.S4, V19.S4]
	FMOVS slope+64(FP), F24
	VDUP  V24.S[0], V24.S4
	VEOR  V25.B16, V25.B16, V25.B16
	MOVD  sumDv+72(FP), R6
	MOVD  sumDvXhat+80(FP), R7

row:
	MOVD R10, R5
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16
	VEOR V26.B16, V26.B16, V26.B16
	VEOR V27.B16, V27.B16, V27.B16
	VEOR V28.B16, V28.B16, V28.B16
	VEOR V29.B16, V29.B16, V29.B16

pixel:
	VLD1.P 64(R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	GRADIENT(0, 4, 0)
	FADD4(20, 20, 0)
	FMUL4(4, 4, 0)
	FADD4(26, 26, 4)
	GRADIENT(1, 5, 1)
	FADD4(21, 21, 1)
	FMUL4(5, 5, 1)
	FADD4(27, 27, 5)
	GRADIENT(2, 6, 2)
	FADD4(22, 22, 2)
	FMUL4(6, 6, 2)
	FADD4(28, 28, 6)
	GRADIENT(3, 7, 3)
	FADD4(23, 23, 3)
	FMUL4(7, 7, 3)
	FADD4(29, 29, 7)
	SUBS   $1, R5, R5
	BNE    pixel

	ADDROW(20, R6)
	ADDROW(26, R7)
	ADD    R12, R0, R0
	ADD    R12, R1, R1
	SUBS   $1, R11, R11
	BNE    row
	RET

// func normGradNEON(dx, dy, x *float32, pixels, rows, gap int, mean, invstd, shift, a, b *[16]float32, slope float32)
// dy is V0 to V3, x V4 to V7, a V20 to V23, b V26 to V29.
TEXT ·normGradNEON(SB), NOSPLIT, $0-92
	MOVD  dx+0(FP), R2
	MOVD  dy+8(FP), R0
	MOVD  x+16(FP), R1
	MOVD  pixels+24(FP), R10
	MOVD  rows+32(FP), R11
	MOVD  gap+40(FP), R12
	MOVD  mean+48(FP), R9
	VLD1  (R9), [V8.S4, V9.S4, V10.S4, V11.S4]
	MOVD  invstd+56(FP), R9
	VLD1  (R9), [V12.S4, V13.S4, V14.S4, V15.S4]
	MOVD  shift+64(FP), R9
	VLD1  (R9), [V16.S4, V17.S4, V18.S4, V19.S4]
	MOVD  a+72(FP), R9
	VLD1  (R9), [V20.S4, V21.S4, V22.S4, V23.S4]
	MOVD  b+80(FP), R9
	VLD1  (R9), [V26.S4, V27.S4, V28.S4, V29.S4]
	FMOVS slope+88(FP), F24
	VDUP  V24.S[0], V24.S4
	VEOR  V25.B16, V25.B16, V25.B16

row:
	MOVD R10, R5

pixel:
	VLD1.P 64(R0), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	GRADIENT(0, 4, 0)
	FMUL4(4, 4, 26)
	FSUB4(0, 0, 20)
	FSUB4(0, 0, 4)
	FMUL4(0, 0, 12)
	GRADIENT(1, 5, 1)
	FMUL4(5, 5, 27)
	FSUB4(1, 1, 21)
	FSUB4(1, 1, 5)
	FMUL4(1, 1, 13)
	GRADIENT(2, 6, 2)
	FMUL4(6, 6, 28)
	FSUB4(2, 2, 22)
	FSUB4(2, 2, 6)
	FMUL4(2, 2, 14)
	GRADIENT(3, 7, 3)
	FMUL4(7, 7, 29)
	FSUB4(3, 3, 23)
	FSUB4(3, 3, 7)
	FMUL4(3, 3, 15)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R2)
	SUBS   $1, R5, R5
	BNE    pixel

	ADD    R12, R0, R0
	ADD    R12, R1, R1
	ADD    R12, R2, R2
	SUBS   $1, R11, R11
	BNE    row
	RET

// func adamNEON(w, dw, m, v *float32, pixels int, lr, beta1, rest1, beta2, rest2, eps float32)
// dw is V0 to V3, m V4 to V7, v V8 to V11, w V12 to V15; the numbers are V24 to V29 in their order.
TEXT ·adamNEON(SB), NOSPLIT, $0-64
	MOVD  w+0(FP), R0
	MOVD  dw+8(FP), R1
	MOVD  m+16(FP), R2
	MOVD  v+24(FP), R3
	MOVD  pixels+32(FP), R5
	FMOVS lr+40(FP), F24
	VDUP  V24.S[0], V24.S4
	FMOVS beta1+44(FP), F25
	VDUP  V25.S[0], V25.S4
	FMOVS rest1+48(FP), F26
	VDUP  V26.S[0], V26.S4
	FMOVS beta2+52(FP), F27
	VDUP  V27.S[0], V27.S4
	FMOVS rest2+56(FP), F28
	VDUP  V28.S[0], V28.S4
	FMOVS eps+60(FP), F29
	VDUP  V29.S[0], V29.S4

loop:
	VLD1   (R0), [V12.S4, V13.S4, V14.S4, V15.S4]
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1   (R2), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1   (R3), [V8.S4, V9.S4, V10.S4, V11.S4]
	FMUL4(4, 4, 25)
	FMUL4(31, 0, 26)
	FADD4(4, 4, 31)
	FMUL4(0, 0, 0)
	FMUL4(0, 0, 28)
	FMUL4(8, 8, 27)
	FADD4(8, 8, 0)
	FSQRT4(31, 8)
	FADD4(31, 31, 29)
	FMUL4(30, 4, 24)
	FDIV4(30, 30, 31)
	FSUB4(12, 12, 30)
	FMUL4(5, 5, 25)
	FMUL4(31, 1, 26)
	FADD4(5, 5, 31)
	FMUL4(1, 1, 1)
	FMUL4(1, 1, 28)
	FMUL4(9, 9, 27)
	FADD4(9, 9, 1)
	FSQRT4(31, 9)
	FADD4(31, 31, 29)
	FMUL4(30, 5, 24)
	FDIV4(30, 30, 31)
	FSUB4(13, 13, 30)
	FMUL4(6, 6, 25)
	FMUL4(31, 2, 26)
	FADD4(6, 6, 31)
	FMUL4(2, 2, 2)
	FMUL4(2, 2, 28)
	FMUL4(10, 10, 27)
	FADD4(10, 10, 2)
	FSQRT4(31, 10)
	FADD4(31, 31, 29)
	FMUL4(30, 6, 24)
	FDIV4(30, 30, 31)
	FSUB4(14, 14, 30)
	FMUL4(7, 7, 25)
	FMUL4(31, 3, 26)
	FADD4(7, 7, 31)
	FMUL4(3, 3, 3)
	FMUL4(3, 3, 28)
	FMUL4(11, 11, 27)
	FADD4(11, 11, 3)
	FSQRT4(31, 11)
	FADD4(31, 31, 29)
	FMUL4(30, 7, 24)
	FDIV4(30, 30, 31)
	FSUB4(15, 15, 30)
	VST1.P [V12.S4, V13.S4, V14.S4, V15.S4], 64(R0)
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R2)
	VST1.P [V8.S4, V9.S4, V10.S4, V11.S4], 64(R3)
	SUBS   $1, R5, R5
	BNE    loop
	RET

// func tanhNEON(y, x *float32, pixels int, table *float32)
// A vector at a time: the table is V16 to V28, 2a is V2, 2^k V3, k V4, f V5, the sum V6.
TEXT ·tanhNEON(SB), NOSPLIT, $0-32
	MOVD    y+0(FP), R0
	MOVD    x+8(FP), R1
	MOVD    pixels+16(FP), R5
	LSL     $2, R5, R5        // vectors
	MOVD    table+24(FP), R3
	VLD1R.P 4(R3), [V16.S4]
	VLD1R.P 4(R3), [V17.S4]
	VLD1R.P 4(R3), [V18.S4]
	VLD1R.P 4(R3), [V19.S4]
	VLD1R.P 4(R3), [V20.S4]
	VLD1R.P 4(R3), [V21.S4]
	VLD1R.P 4(R3), [V22.S4]
	VLD1R.P 4(R3), [V23.S4]
	VLD1R.P 4(R3), [V24.S4]
	VLD1R.P 4(R3), [V25.S4]
	VLD1R.P 4(R3), [V26.S4]
	VLD1R.P 4(R3), [V27.S4]
	VLD1R.P 4(R3), [V28.S4]

loop:
	VLD1.P 16(R1), [V0.S4]
	VAND   V16.B16, V0.B16, V1.B16 // sign
	VEOR   V1.B16, V0.B16, V2.B16
	FMIN4(2, 2, 17)
	FADD4(2, 2, 2)
	FMUL4(3, 2, 18)
	FADD4(3, 3, 19)
	FSUB4(4, 3, 19)
	FMUL4(5, 4, 20)
	FSUB4(5, 2, 5)
	FMUL4(4, 4, 21)
	FSUB4(5, 5, 4)
	FMUL4(6, 22, 5)
	FADD4(6, 6, 23)
	FMUL4(6, 6, 5)
	FADD4(6, 6, 24)
	FMUL4(6, 6, 5)
	FADD4(6, 6, 25)
	FMUL4(6, 6, 5)
	FADD4(6, 6, 26)
	FMUL4(7, 5, 5)
	FMUL4(6, 7, 6)
	FADD4(6, 6, 5)
	VSHL   $23, V3.S4, V3.S4
	VADD   V27.S4, V3.S4, V3.S4    // of integers
	FMUL4(6, 3, 6)
	FSUB4(3, 3, 27)
	FADD4(6, 6, 3)
	FADD4(7, 6, 28)
	FDIV4(6, 6, 7)
	VORR   V1.B16, V6.B16, V6.B16
	VST1.P [V6.S4], 16(R0)
	SUBS   $1, R5, R5
	BNE    loop
	RET

// func tanhGradNEON(dx, dy, y *float32, pixels int, one float32)
// y is V0 to V3, dy V4 to V7.
TEXT ·tanhGradNEON(SB), NOSPLIT, $0-36
	MOVD  dx+0(FP), R2
	MOVD  dy+8(FP), R0
	MOVD  y+16(FP), R1
	MOVD  pixels+24(FP), R5
	FMOVS one+32(FP), F24
	VDUP  V24.S[0], V24.S4

loop:
	VLD1.P 64(R0), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	FMUL4(0, 0, 0)
	FSUB4(0, 24, 0)
	FMUL4(0, 0, 4)
	FMUL4(1, 1, 1)
	FSUB4(1, 24, 1)
	FMUL4(1, 1, 5)
	FMUL4(2, 2, 2)
	FSUB4(2, 24, 2)
	FMUL4(2, 2, 6)
	FMUL4(3, 3, 3)
	FSUB4(3, 24, 3)
	FMUL4(3, 3, 7)
	VST1.P [V0.S4, V1.S4, V2.S4, V3.S4], 64(R2)
	SUBS   $1, R5, R5
	BNE    loop
	RET

// TURN4 turns four vectors, of which each is of a row, into those of four columns, and stores them
// to four rows of dst from byte at on.
#define TURN4(a, b, c, d, at) \
	VTRN1 b.S4, a.S4, V16.S4;   \
	VTRN2 b.S4, a.S4, V17.S4;   \
	VTRN1 d.S4, c.S4, V18.S4;   \
	VTRN2 d.S4, c.S4, V19.S4;   \
	VTRN1 V18.D2, V16.D2, V20.D2; \
	VTRN1 V19.D2, V17.D2, V21.D2; \
	VTRN2 V18.D2, V16.D2, V22.D2; \
	VTRN2 V19.D2, V17.D2, V23.D2; \
	FMOVQ F20, at(R0);          \
	FMOVQ F21, (at+64)(R0);     \
	FMOVQ F22, (at+128)(R0);    \
	FMOVQ F23, (at+192)(R0)

// func transpose16NEON(dst, src *float32, blocks int)
// Four rows of a block at a time become four columns.
TEXT ·transpose16NEON(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD blocks+16(FP), R5

block:
	MOVD $4, R6

rows:
	VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]
	VLD1.P 64(R1), [V4.S4, V5.S4, V6.S4, V7.S4]
	VLD1.P 64(R1), [V8.S4, V9.S4, V10.S4, V11.S4]
	VLD1.P 64(R1), [V12.S4, V13.S4, V14.S4, V15.S4]
	TURN4(V0, V4, V8, V12, 0)
	TURN4(V1, V5, V9, V13, 256)
	TURN4(V2, V6, V10, V14, 512)
	TURN4(V3, V7, V11, V15, 768)
	ADD    $16, R0
	SUBS   $1, R6, R6
	BNE    rows
	ADD    $960, R0 // a block is 1024 bytes
	SUBS   $1, R5, R5
	BNE    block
	RET
