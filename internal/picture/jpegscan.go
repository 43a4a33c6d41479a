package picture

// The scans of a JPEG: Huffman codes, blocks and restarts.

import (
	"bytes"
	"encoding/binary"
)

// scan is one scan over some components (B.2.3).
type scan struct {
	components []*component
	first      int // of the coefficients, in zigzag order
	last       int
	high, low  uint // in a progressive file: the bit position before and after this scan
}

func (d *jpegDecoder) readScan(b []byte) error {
	s, err := d.scanHeader(b)
	if err != nil {
		return err
	}
	d.allocate()
	d.bits, d.count, d.eobRun = 0, 0, 0
	for _, c := range s.components {
		c.predicted = 0
	}
	if len(s.components) == 1 {
		c := s.components[0]
		return d.readUnits(s, c.ownW, c.ownH, 1, 1)
	}
	across, down := d.units()
	return d.readUnits(s, across, down, 0, 0)
}

func (d *jpegDecoder) scanHeader(b []byte) (*scan, error) {
	if d.components == nil {
		return nil, errUnordered
	}
	if len(b) < 1 || len(b) < 4+2*int(b[0]) || b[0] == 0 || b[0] > 4 {
		return nil, errJPEG
	}
	s := &scan{last: 63}
	for e := b[1 : 1+2*int(b[0])]; len(e) > 0; e = e[2:] {
		for i := range d.components {
			if c := &d.components[i]; c.id == e[0] && !contains(s.components, c) {
				c.dc, c.ac = d.table(0, e[1]>>4&3), d.table(1, e[1]&3)
				s.components = append(s.components, c)
				break
			}
		}
	}
	if len(s.components) != int(b[0]) {
		return nil, errJPEG
	}
	if d.progressive {
		e := b[1+2*int(b[0]):]
		s.first, s.last, s.high, s.low = int(e[0]), int(e[1]), uint(e[2]>>4), uint(e[2]&15)
		if s.first > s.last || s.last > 63 || s.low > 13 || s.first == 0 && s.last > 0 ||
			s.first > 0 && len(s.components) > 1 {
			return nil, errJPEG
		}
	}
	return s, nil
}

func contains(list []*component, c *component) bool {
	for _, k := range list {
		if k == c {
			return true
		}
	}
	return false
}

// table returns a Huffman table: the file's own, or the one of annex K where the file has
// none, like a frame of Motion JPEG.
func (d *jpegDecoder) table(class int, n byte) *huffmanTable {
	if d.huffman[class][n] == nil {
		d.huffman[class][n] = usualTable(class, n&1)
	}
	return d.huffman[class][n]
}

// readUnits reads the minimum coded units of a scan. h and v are the blocks of a
// component in one; 0 means the component's own numbers.
func (d *jpegDecoder) readUnits(s *scan, across, down, h, v int) error {
	for n := range across * down {
		if d.restart > 0 && n > 0 && n%d.restart == 0 {
			if err := d.readRestart(s); err != nil {
				return err
			}
		}
		for _, c := range s.components {
			ch, cv := h, v
			if h == 0 {
				ch, cv = c.h, c.v
			}
			for j := range ch * cv {
				x, y := n%across*ch+j%ch, n/across*cv+j/ch
				if err := d.readBlockOf(s, c, x, y); err != nil {
					return err
				}
			}
		}
		if n%across == across-1 {
			s.count((n/across + 1), v)
		}
	}
	return nil
}

// count notes how many rows of units have been read, of v blocks each, or of the component's
// own number if v is 0.
func (s *scan) count(rows, v int) {
	for _, c := range s.components {
		n := rows * v
		if v == 0 {
			n = rows * c.v
		}
		if s.first == 0 {
			c.begun = max(c.begun, n)
		}
		if s.low == 0 {
			for k := s.first; k <= s.last; k++ {
				c.whole[k] = max(c.whole[k], n)
			}
		}
	}
}

// readBlockOf reads the block at (x, y) of a component.
func (d *jpegDecoder) readBlockOf(s *scan, c *component, x, y int) error {
	if !d.progressive {
		return d.readBlock(c, c.plane[(y*c.stride+x)*d.side:])
	}
	block := (*[64]int16)(c.coefficients[64*(y*c.blocksW+x):])
	var err error
	switch {
	case s.first == 0 && s.high == 0:
		err = d.readDC(c, block, s.low)
	case s.first == 0:
		if d.take(1) == 1 {
			block[0] |= 1 << s.low
		}
	case s.high == 0:
		err = d.readAC(c, block, s)
	default:
		err = d.refineAC(c, block, s)
	}
	if d.count < 0 && err == nil {
		err = errJPEGCut // the data end within the block
	}
	return err
}

// readRestart goes to the next marker, which must be a restart, and resets the decoder
// (E.2.4).
func (d *jpegDecoder) readRestart(s *scan) error {
	for {
		i := bytes.IndexByte(d.data, 0xff)
		if i < 0 || i+1 >= len(d.data) {
			return errJPEGCut
		}
		marker := d.data[i+1]
		if marker == 0 || marker == 0xff {
			d.data = d.data[i+1:]
			continue
		}
		if marker&0xf8 != 0xd0 {
			return errJPEG
		}
		d.data, d.bits, d.count, d.eobRun = d.data[i+2:], 0, 0, 0
		for _, c := range s.components {
			c.predicted = 0
		}
		return nil
	}
}

// readBlock decodes a block of a sequential file (F.2.2) and writes its pixels to dst.
func (d *jpegDecoder) readBlock(c *component, dst []byte) error {
	var coefficients [unused + 1]int32
	quantizer := &d.quantizers[c.quantizer]
	size, err := d.symbol(c.dc)
	if err != nil || size > 15 {
		return errJPEG
	}
	c.predicted += d.value(int(size))
	coefficients[0] = c.predicted * quantizer[0]
	for k := 1; k < 64; k++ {
		s, err := d.symbol(c.ac)
		if err != nil {
			return err
		}
		run, size := int(s>>4), int(s&15)
		if size == 0 && run < 15 {
			break // the rest is zero
		}
		k += run
		if k > 63 {
			return errJPEG
		}
		v := d.value(size)
		coefficients[d.place[k]] = v * quantizer[k]
	}
	if d.count < 0 {
		return errJPEGCut // the data end within the block
	}
	d.inverse(&coefficients, dst, c.stride)
	return nil
}

// readDC decodes the first bits of a DC coefficient (G.1.2.1).
func (d *jpegDecoder) readDC(c *component, block *[64]int16, low uint) error {
	size, err := d.symbol(c.dc)
	if err != nil || size > 15 {
		return errJPEG
	}
	c.predicted += d.value(int(size))
	block[0] = int16(c.predicted << low)
	return nil
}

// readAC decodes the first bits of a band of AC coefficients (G.1.2.2).
func (d *jpegDecoder) readAC(c *component, block *[64]int16, s *scan) error {
	if d.eobRun > 0 {
		d.eobRun--
		return nil
	}
	for k := s.first; k <= s.last; k++ {
		symbol, err := d.symbol(c.ac)
		if err != nil {
			return err
		}
		run, size := int(symbol>>4), int(symbol&15)
		if size == 0 && run < 15 {
			d.eobRun = 1<<run - 1 + int(d.take(run))
			return nil
		}
		if k += run; k > 63 {
			return errJPEG
		}
		if size > 0 {
			block[k] = int16(d.value(size) << s.low)
		}
	}
	return nil
}

// refineAC decodes one more bit of a band of AC coefficients (G.1.2.3). Each
// coefficient that is not 0 has a bit, and some that were 0 become 1 or -1 at this
// position.
func (d *jpegDecoder) refineAC(c *component, block *[64]int16, s *scan) error {
	bit := int16(1) << s.low
	k := s.first
	for ; k <= s.last && d.eobRun == 0; k++ {
		symbol, err := d.symbol(c.ac)
		if err != nil {
			return err
		}
		zeros, fresh := int(symbol>>4), int16(0)
		switch symbol & 15 {
		case 0:
			if zeros < 15 {
				d.eobRun = 1<<zeros + int(d.take(zeros))
			}
		case 1:
			if fresh = -bit; d.take(1) == 1 {
				fresh = bit
			}
		default:
			return errJPEG
		}
		if d.eobRun > 0 {
			break
		}
		k = d.refine(block, k, s.last, zeros, bit)
		if fresh != 0 && k <= s.last {
			block[k] = fresh
		}
	}
	if d.eobRun > 0 {
		d.refine(block, k, s.last, 64, bit)
		d.eobRun--
	}
	return nil
}

// refine reads the bits of coefficients that are not 0, from k to last. It passes
// over as many that are 0 as zeros says, stops at the next that is 0 and returns its index,
// or last + 1 if there is none.
func (d *jpegDecoder) refine(block *[64]int16, k, last, zeros int, bit int16) int {
	for ; k <= last; k++ {
		v := &block[k]
		switch {
		case *v == 0:
			if zeros == 0 {
				return k
			}
			zeros--
		case d.take(1) == 1 && *v&bit == 0:
			if *v > 0 {
				*v += bit
			} else {
				*v -= bit
			}
		}
	}
	return k
}

// transformAll computes the pixels of a progressive file from its coefficients.
func (d *jpegDecoder) transformAll() {
	for i := range d.components {
		c := &d.components[i]
		quantizer := &d.quantizers[c.quantizer]
		for b := range c.blocksW * c.begun {
			var f [unused + 1]int32
			for k, v := range c.coefficients[64*b:][:64] {
				f[d.place[k]] = int32(v) * quantizer[k]
			}
			x, y := b%c.blocksW, b/c.blocksW
			d.inverse(&f, c.plane[(y*c.stride+x)*d.side:], c.stride)
		}
		c.coefficients = nil
	}
}

// refill reads ahead until there are more than 32 bits, or up to a marker. In the
// data a zero byte is stuffed after each 0xff (B.1.1.5); it is skipped.
func (d *jpegDecoder) refill() {
	if d.count <= 32 && len(d.data) >= 4 {
		if next := binary.BigEndian.Uint32(d.data); !hasOnes(next) {
			d.bits |= uint64(next) << (32 - d.count)
			d.count += 32
			d.data = d.data[4:]
			return
		}
	}
	for d.count <= 56 && len(d.data) >= 1 {
		b := d.data[0]
		if b == 0xff {
			if len(d.data) < 2 || d.data[1] != 0 {
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
func (d *jpegDecoder) symbol(h *huffmanTable) (byte, error) {
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
	return 0, errJPEG
}

func (d *jpegDecoder) skip(n int) {
	d.bits <<= n
	d.count -= n
}

// take reads n bits, at most 16, as a number.
func (d *jpegDecoder) take(n int) uint32 {
	if n == 0 {
		return 0
	}
	if d.count < n {
		d.refill()
	}
	v := uint32(d.bits >> (64 - n))
	d.skip(n)
	return v
}

// value reads a number of size bits; it is negative if the first bit is 0 (F.2.2.1).
func (d *jpegDecoder) value(size int) int32 {
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
