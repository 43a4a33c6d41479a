package picture

// Huffman tables and cosine transforms of JPEG.

// shortCode is the length in bits up to which one table look-up decodes a code.
const shortCode = 10

// huffmanTable is a Huffman code. The arrays of 17 are indexed by length in bits.
type huffmanTable struct {
	short   [1 << shortCode]uint16 // by the next bits: symbol<<4 | length, or 0 for a longer code
	symbols []byte                 // in the order of their codes
	first   [17]int32              // the first code of a length
	number  [17]int32              // the number of codes of a length
	start   [17]int                // the index of the first code's symbol
}

// newHuffmanTable reads a table (B.2.4.2) and returns its length in bytes. Codes of one
// length are consecutive numbers (annex C).
func newHuffmanTable(b []byte) (*huffmanTable, int, error) {
	h := &huffmanTable{}
	code, n := int32(0), 0
	for length := 1; length <= 16; length++ {
		h.first[length], h.number[length], h.start[length] = code, int32(b[length-1]), n
		code, n = code+h.number[length], n+int(b[length-1])
		if code > 1<<length {
			return nil, 0, errJPEG
		}
		code <<= 1
	}
	if n > 256 || len(b) < 16+n {
		return nil, 0, errJPEG
	}
	h.symbols = b[16 : 16+n]
	for length := 1; length <= shortCode; length++ {
		for i := range h.number[length] {
			entry := uint16(h.symbols[h.start[length]+int(i)])<<4 | uint16(length)
			from := int(h.first[length]+i) << (shortCode - length)
			for k := range 1 << (shortCode - length) {
				h.short[from+k] = entry
			}
		}
	}
	return h, 16 + n, nil
}

// usualTables are the tables of annex K.3: for luma and for chroma, of the DC and of
// the AC coefficients. Each has the number of codes by length, then the symbols.
var usualTables = [2][2]string{
	{
		"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00" +
			"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
		"\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00" +
			"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
	},
	{
		"\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d" +
			"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08" +
			"\x23\x42\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28" +
			"\x29\x2a\x34\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59" +
			"\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89" +
			"\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6" +
			"\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2" +
			"\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
		"\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77" +
			"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91" +
			"\xa1\xb1\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26" +
			"\x27\x28\x29\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58" +
			"\x59\x5a\x63\x64\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87" +
			"\x88\x89\x8a\x92\x93\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4" +
			"\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda" +
			"\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
	},
}

// usualTable returns a table of annex K for class 0, DC, or 1, AC.
func usualTable(class int, n byte) *huffmanTable {
	h, _, err := newHuffmanTable([]byte(usualTables[class][n]))
	if err != nil {
		panic(err) // the tables are constants
	}
	return h
}

// inverse writes the pixels of a block, whose coefficients are at d.place.
func (d *jpegDecoder) inverse(f *[unused + 1]int32, dst []byte, stride int) {
	more := uint(0) // bits to drop of samples of 12 bits
	if d.bits12 {
		more = 4
	}
	switch d.side {
	case 1:
		dst[0] = level(f[0], 3+more)
	case 2:
		inverse2(f, dst, stride, more)
	case 4:
		inverse4(f, dst, stride, more)
	default:
		inverse8(f, dst, stride, more)
	}
}

// level returns v / 2^shift + 128, rounded to nearest and clamped to a byte.
func level(v int32, shift uint) byte {
	v = (v+1<<(shift-1))>>shift + 128
	return byte(min(max(v, 0), 255))
}

// inverse2 computes the inverse transform of 2 x 2 points: sums and differences.
func inverse2(f *[unused + 1]int32, dst []byte, stride int, more uint) {
	a, b := f[0]+f[2], f[0]-f[2]
	c, e := f[1]+f[3], f[1]-f[3]
	dst[0], dst[1] = level(a+c, 3+more), level(a-c, 3+more)
	dst[stride], dst[stride+1] = level(b+e, 3+more), level(b-e, 3+more)
}

// The factors of the transform of four points, times 2^12: cos(pi/8) sqrt 2 and
// sin(pi/8) sqrt 2.
const cos8, sin8 = 5352, 2217

// inverse4 computes the inverse transform of 4 x 4 points, first down, then across.
// Each is sqrt 8 times the transform with the orthonormal basis of eight points.
func inverse4(f *[unused + 1]int32, dst []byte, stride int, more uint) {
	var t [16]int32
	for x := range 4 {
		t[x], t[4+x], t[8+x], t[12+x] = inverseLine(f[x], f[4+x], f[8+x], f[12+x])
	}
	for y := range 4 {
		row := dst[y*stride : y*stride+4]
		a, b, c, d := inverseLine(t[4*y]>>9, t[4*y+1]>>9, t[4*y+2]>>9, t[4*y+3]>>9)
		row[0], row[1] = level(a, 18+more), level(b, 18+more)
		row[2], row[3] = level(c, 18+more), level(d, 18+more)
	}
}

// inverseLine computes the inverse transform of four points, times 2^12.
func inverseLine(f0, f1, f2, f3 int32) (a, b, c, d int32) {
	even0, even1 := (f0+f2)<<12, (f0-f2)<<12
	odd0, odd1 := f1*cos8+f3*sin8, f1*sin8-f3*cos8
	return even0 + odd0, even1 + odd1, even1 - odd1, even0 - odd0
}

// inverse8 computes the inverse transform of 8 x 8 points, first down, then across.
func inverse8(f *[unused + 1]int32, dst []byte, stride int, more uint) {
	if isFlat(f) {
		v := level(f[0], 3+more)
		for y := range 8 {
			row := dst[y*stride : y*stride+8]
			for x := range row {
				row[x] = v
			}
		}
		return
	}
	var t [64]int32
	for x := range 8 {
		line := eight{f[x], f[8+x], f[16+x], f[24+x], f[32+x], f[40+x], f[48+x], f[56+x]}
		line.transform()
		for y, v := range line {
			t[8*y+x] = (v + 1<<10) >> 11
		}
	}
	for y := range 8 {
		line := (*eight)(t[8*y : 8*y+8])
		line.transform()
		row := dst[y*stride : y*stride+8]
		for x, v := range line {
			row[x] = level(v, 18+more)
		}
	}
}

// isFlat reports whether only the DC coefficient differs from 0.
func isFlat(f *[unused + 1]int32) bool {
	var any int32
	for _, v := range f[1:unused] {
		any |= v
	}
	return any == 0
}

// eight is a line of eight points.
type eight [8]int32

// transform computes the inverse transform, times sqrt 8 and 2^13, with eleven products
// (C. Loeffler, A. Ligtenberg, G. Moschytz: Practical fast 1-D DCT algorithms with 11
// multiplications; ICASSP 1989, figure 1 backwards). Factors are sums of cosines
// times 2^13.
func (p *eight) transform() {
	a := (p[2] + p[6]) * 4433
	even2, even3 := a-p[6]*15137, a+p[2]*6270
	sum, difference := (p[0]+p[4])<<13, (p[0]-p[4])<<13
	e0, e3, e1, e2 := sum+even3, sum-even3, difference+even2, difference-even2

	b := (p[7] + p[3] + p[5] + p[1]) * 9633
	c17, c35 := -(p[7]+p[1])*7373, -(p[5]+p[3])*20995
	c37, c15 := b-(p[7]+p[3])*16069, b-(p[5]+p[1])*3196
	o0 := p[7]*2446 + c17 + c37
	o1 := p[5]*16819 + c35 + c15
	o2 := p[3]*25172 + c35 + c37
	o3 := p[1]*12299 + c17 + c15
	*p = eight{e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3}
}
