package picture

// A decoder of baseline JPEGs at an eighth, a quarter or a half of their size.
//
// A block of 8 x 8 pixels is stored as its cosine transform. The inverse transform
// of N x N points, applied to the N x N lowest frequencies, gives the block in N x N
// pixels without the detail that they cannot show. That is enough for a picture that
// becomes much smaller, and several times less work than to decode all pixels and
// reduce them. Uncommon files (progressive, arithmetic, CMYK, RGB, more than one
// scan) and broken ones are left to image/jpeg, which decides what is an error.
//
// Sections and figures are those of ITU-T T.81.

import (
	"encoding/binary"
	"errors"
	"image"
)

// errNotScaled is returned for a file that is left to image/jpeg.
var errNotScaled = errors.New("jpeg: not for decoding in part")

// scaledSides lists the sides in pixels that a block can be decoded to, in
// ascending order.
var scaledSides = []int{1, 2, 4}

// jpegSide returns the smallest side of a block, 1, 2, 4 or 8, at which a picture
// of w x h pixels still has twice the sides of its target, size x size. From twice
// the size on the filter determines the result, not the transform.
func jpegSide(w, h, size int) int {
	for _, n := range scaledSides {
		if w*n/8 >= 2*size && h*n/8 >= 2*size {
			return n
		}
	}
	return 8
}

// scaledDecoder is the state of decoding.
type scaledDecoder struct {
	data []byte // not read yet
	side int    // pixels of a decoded block's side: 1, 2 or 4

	width, height int
	quantizers    [4][64]int32       // in zigzag order
	huffman       [2][4]huffmanTable // for DC and AC
	components    []component
	restart       int // minimum coded units between restart markers, 0 for none

	place [64]uint8 // by zigzag order: the coefficient's index among side x side, or unused
	bits  uint64    // read ahead, the next bit on top
	count int       // of bits; negative if more were taken than there are
}

// component is a channel: Y, Cb or Cr.
type component struct {
	id               byte
	h, v             int // blocks across and down in a minimum coded unit
	quantizer        byte
	dc, ac           byte  // its Huffman tables
	predicted        int32 // the DC coefficient of the block before
	plane            []byte
	stride           int
	blocksW, blocksH int
}

// unused is the place of coefficients that are dropped.
const unused = 16

// decodeScaled decodes a JPEG with blocks of side x side pixels; side is 1, 2 or 4.
func decodeScaled(data []byte, side int) (image.Image, error) {
	d := &scaledDecoder{data: data[2:], side: side}
	for k, natural := range zigzag {
		d.place[k] = unused
		if x, y := int(natural%8), int(natural/8); x < side && y < side {
			d.place[k] = uint8(y*side + x)
		}
	}
	if err := d.readHeaders(); err != nil {
		return nil, err
	}
	if err := d.readScan(); err != nil {
		return nil, err
	}
	return d.image(), nil
}

// readHeaders reads the segments before the scan's data (B.2).
func (d *scaledDecoder) readHeaders() error {
	for {
		if len(d.data) < 4 || d.data[0] != 0xff {
			return errNotScaled
		}
		marker, length := d.data[1], int(binary.BigEndian.Uint16(d.data[2:]))
		if length < 2 || len(d.data) < 2+length {
			return errNotScaled
		}
		content := d.data[4 : 2+length]
		d.data = d.data[2+length:]
		err := error(nil)
		switch marker {
		case 0xc0: // baseline
			err = d.readFrame(content)
		case 0xc4:
			err = d.readHuffman(content)
		case 0xdb:
			err = d.readQuantizers(content)
		case 0xdd:
			if len(content) < 2 {
				return errNotScaled
			}
			d.restart = int(binary.BigEndian.Uint16(content))
		case 0xda:
			return d.readScanHeader(content)
		default:
			// Skip application data and comments, except Adobe's: it may say that the
			// colours are not YCbCr.
			if marker < 0xe0 || marker == 0xee {
				err = errNotScaled
			}
		}
		if err != nil {
			return err
		}
	}
}

// readFrame reads the size and the components (B.2.2). It accepts Y alone, and Y
// with Cb and Cr where one block of chroma covers one, two or four blocks of Y.
func (d *scaledDecoder) readFrame(b []byte) error {
	if len(b) < 6 || b[0] != 8 || len(b) != 6+3*int(b[5]) || b[5] != 1 && b[5] != 3 || d.components != nil {
		return errNotScaled
	}
	d.height, d.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	for c := b[6:]; len(c) > 0; c = c[3:] {
		d.components = append(d.components,
			component{id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), quantizer: c[2] & 3})
	}
	first := &d.components[0]
	if len(d.components) == 1 {
		first.h, first.v = 1, 1 // a single component is not interleaved (A.2.2)
	} else if first.id == 'R' || !d.components[1].isSingle() || !d.components[2].isSingle() {
		return errNotScaled
	}
	if first.h < 1 || first.h > 2 || first.v < 1 || first.v > 2 || d.width == 0 || d.height == 0 {
		return errNotScaled
	}
	across, down := d.units()
	for i := range d.components {
		c := &d.components[i]
		c.blocksW, c.blocksH = across*c.h, down*c.v
		c.stride = c.blocksW * d.side
		c.plane = make([]byte, c.stride*c.blocksH*d.side)
	}
	return nil
}

// isSingle reports whether the component has one block in a minimum coded unit.
func (c *component) isSingle() bool { return c.h == 1 && c.v == 1 }

// units returns the number of minimum coded units across and down.
func (d *scaledDecoder) units() (across, down int) {
	w, h := 8*d.components[0].h, 8*d.components[0].v
	return (d.width + w - 1) / w, (d.height + h - 1) / h
}

// readQuantizers reads tables of 8-bit values (B.2.4.1).
func (d *scaledDecoder) readQuantizers(b []byte) error {
	for ; len(b) >= 65 && b[0] <= 3; b = b[65:] {
		for k, v := range b[1:65] {
			d.quantizers[b[0]][k] = int32(v)
		}
	}
	if len(b) > 0 {
		return errNotScaled
	}
	return nil
}

// readHuffman reads Huffman tables (B.2.4.2).
func (d *scaledDecoder) readHuffman(b []byte) error {
	for len(b) > 17 && b[0]&0xef <= 3 {
		n, err := d.huffman[b[0]>>4][b[0]&3].read(b[1:])
		if err != nil {
			return err
		}
		b = b[1+n:]
	}
	if len(b) > 0 {
		return errNotScaled
	}
	return nil
}

// readScanHeader reads which Huffman tables the components use (B.2.3). All
// components must be in the one scan.
func (d *scaledDecoder) readScanHeader(b []byte) error {
	n := len(d.components)
	if n == 0 || len(b) != 1+2*n+3 || int(b[0]) != n {
		return errNotScaled
	}
	for i := range d.components {
		c := &d.components[i]
		if b[1+2*i] != c.id {
			return errNotScaled
		}
		c.dc, c.ac = b[2+2*i]>>4&3, b[2+2*i]&3
	}
	return nil
}

// readScan decodes all minimum coded units. The end of the image must follow them.
func (d *scaledDecoder) readScan() error {
	across, down := d.units()
	for n := range across * down {
		if d.restart > 0 && n > 0 && n%d.restart == 0 {
			if err := d.readRestart(); err != nil {
				return err
			}
		}
		for i := range d.components {
			c := &d.components[i]
			for j := range c.h * c.v {
				x, y := n%across*c.h+j%c.h, n/across*c.v+j/c.h
				if err := d.readBlock(c, c.plane[(y*c.stride+x)*d.side:]); err != nil {
					return err
				}
			}
		}
	}
	if !d.atMarker() || d.data[1] != 0xd9 {
		return errNotScaled
	}
	return nil
}

// atMarker reports whether at most the padding of one byte comes before a marker.
func (d *scaledDecoder) atMarker() bool {
	d.refill()
	return d.count < 8 && len(d.data) >= 2 && d.data[0] == 0xff
}

// readRestart reads a restart marker and resets the decoder (E.2.4).
func (d *scaledDecoder) readRestart() error {
	if !d.atMarker() || d.data[1]&0xf8 != 0xd0 {
		return errNotScaled
	}
	d.data, d.bits, d.count = d.data[2:], 0, 0
	for i := range d.components {
		d.components[i].predicted = 0
	}
	return nil
}

// readBlock decodes a block (F.2.2) and writes its pixels to dst.
func (d *scaledDecoder) readBlock(c *component, dst []byte) error {
	var coefficients [unused + 1]int32
	quantizer := &d.quantizers[c.quantizer]
	size, err := d.symbol(&d.huffman[0][c.dc])
	if err != nil || size > 11 {
		return errNotScaled
	}
	c.predicted += d.value(int(size))
	coefficients[0] = c.predicted * quantizer[0]
	for k := 1; k < 64; k++ {
		s, err := d.symbol(&d.huffman[1][c.ac])
		if err != nil {
			return err
		}
		run, size := int(s>>4), int(s&15)
		if size == 0 && run < 15 {
			break // the rest is zero
		}
		k += run
		if k > 63 {
			return errNotScaled
		}
		v := d.value(size)
		coefficients[d.place[k]] = v * quantizer[k]
	}
	if d.count < 0 {
		return errNotScaled // the data end within the block
	}
	switch d.side {
	case 1:
		dst[0] = level(coefficients[0], 3)
	case 2:
		inverse2(&coefficients, dst, c.stride)
	default:
		inverse4(&coefficients, dst, c.stride)
	}
	return nil
}

// refill reads ahead until there are more than 32 bits, or up to a marker. In the
// data a zero byte is stuffed after each 0xff (B.1.1.5); it is skipped.
func (d *scaledDecoder) refill() {
	if d.count <= 32 && len(d.data) >= 4 {
		if next := binary.BigEndian.Uint32(d.data); !hasOnes(next) {
			d.bits |= uint64(next) << (32 - d.count)
			d.count += 32
			d.data = d.data[4:]
			return
		}
	}
	for d.count <= 56 && len(d.data) >= 2 {
		b := d.data[0]
		if b == 0xff {
			if d.data[1] != 0 {
				return
			}
			d.data = d.data[1:]
		}
		d.data = d.data[1:]
		d.bits |= uint64(b) << (56 - d.count)
		d.count += 8
	}
}

// hasOnes reports whether one of the four bytes of v is 0xff. It looks for a zero
// byte in the complement.
func hasOnes(v uint32) bool {
	v = ^v
	return (v-0x01010101)&^v&0x80808080 != 0
}

// symbol decodes the next symbol, whose code has at most 16 bits. At least 16 bits
// are left read ahead for the value after it, unless the data end.
func (d *scaledDecoder) symbol(h *huffmanTable) (byte, error) {
	if d.count <= 32 {
		d.refill()
	}
	if e := h.short[d.bits>>(64-shortCode)]; e != 0 {
		d.skip(int(e & 15))
		return byte(e >> 4), nil
	}
	code := uint32(d.bits >> 48)
	for length := shortCode + 1; length <= 16; length++ {
		if i := int32(code>>(16-length)) - h.first[length]; i >= 0 && i < h.number[length] {
			d.skip(length)
			return h.symbols[int32(h.start[length])+i], nil
		}
	}
	return 0, errNotScaled
}

func (d *scaledDecoder) skip(n int) {
	d.bits <<= n
	d.count -= n
}

// value reads a number of size bits; it is negative if the first bit is 0 (F.2.2.1).
func (d *scaledDecoder) value(size int) int32 {
	if size == 0 {
		return 0
	}
	v := int32(d.bits >> (64 - size))
	d.skip(size)
	if v < 1<<(size-1) {
		v += -1<<size + 1
	}
	return v
}

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

// read reads a table (B.2.4.2) and returns its length in bytes. Codes of one length
// are consecutive numbers (annex C).
func (h *huffmanTable) read(b []byte) (int, error) {
	*h = huffmanTable{}
	code, n := int32(0), 0
	for length := 1; length <= 16; length++ {
		h.first[length], h.number[length], h.start[length] = code, int32(b[length-1]), n
		code, n = code+h.number[length], n+int(b[length-1])
		if code > 1<<length {
			return 0, errNotScaled
		}
		code <<= 1
	}
	if n > 256 || len(b) < 16+n {
		return 0, errNotScaled
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
	return 16 + n, nil
}

// level returns v / 2^shift + 128, rounded to nearest and clamped to a byte.
func level(v int32, shift uint) byte {
	v = (v+1<<(shift-1))>>shift + 128
	return byte(min(max(v, 0), 255))
}

// inverse2 computes the inverse transform of 2 x 2 points: sums and differences.
func inverse2(f *[unused + 1]int32, dst []byte, stride int) {
	a, b := f[0]+f[2], f[0]-f[2]
	c, e := f[1]+f[3], f[1]-f[3]
	dst[0], dst[1] = level(a+c, 3), level(a-c, 3)
	dst[stride], dst[stride+1] = level(b+e, 3), level(b-e, 3)
}

// The factors of the transform of four points, times 2^12: cos(pi/8) sqrt 2 and
// sin(pi/8) sqrt 2.
const cos8, sin8 = 5352, 2217

// inverse4 computes the inverse transform of 4 x 4 points, first down, then across.
// Each is sqrt 8 times the transform with the orthonormal basis of eight points.
func inverse4(f *[unused + 1]int32, dst []byte, stride int) {
	var t [16]int32
	for x := range 4 {
		t[x], t[4+x], t[8+x], t[12+x] = inverseLine(f[x], f[4+x], f[8+x], f[12+x])
	}
	for y := range 4 {
		row := dst[y*stride : y*stride+4]
		a, b, c, d := inverseLine(t[4*y]>>9, t[4*y+1]>>9, t[4*y+2]>>9, t[4*y+3]>>9)
		row[0], row[1], row[2], row[3] = level(a, 18), level(b, 18), level(c, 18), level(d, 18)
	}
}

// inverseLine computes the inverse transform of four points, times 2^12.
func inverseLine(f0, f1, f2, f3 int32) (a, b, c, d int32) {
	even0, even1 := (f0+f2)<<12, (f0-f2)<<12
	odd0, odd1 := f1*cos8+f3*sin8, f1*sin8-f3*cos8
	return even0 + odd0, even1 + odd1, even1 - odd1, even0 - odd0
}

// image returns the planes as an image, cropped to the picture.
func (d *scaledDecoder) image() image.Image {
	w, h := (d.width*d.side+7)/8, (d.height*d.side+7)/8
	y := &d.components[0]
	if len(d.components) == 1 {
		return &image.Gray{Pix: y.plane, Stride: y.stride, Rect: image.Rect(0, 0, w, h)}
	}
	ratios := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422,
		{1, 2}: image.YCbCrSubsampleRatio440, {2, 2}: image.YCbCrSubsampleRatio420,
	}
	return &otherYCbCr{&image.YCbCr{
		Y: y.plane, Cb: d.components[1].plane, Cr: d.components[2].plane,
		YStride: y.stride, CStride: d.components[1].stride,
		SubsampleRatio: ratios[[2]int{y.h, y.v}], Rect: image.Rect(0, 0, w, h),
	}, jfifMatrix, true}
}

// zigzag is the index of coefficient k in an 8 x 8 block (figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
