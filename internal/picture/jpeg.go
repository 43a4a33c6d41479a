package picture

// JPEG: baseline, extended and progressive files with Huffman codes, of 8 or 12 bits,
// with any sampling (ITU-T T.81, to which sections and figures refer). The standard
// library's decoder refuses several of these, and takes nothing of a file that is cut
// short.
//
// A block of 8 x 8 pixels is stored as its cosine transform. The inverse transform of
// N x N points, applied to the N x N lowest frequencies, gives the block in N x N
// pixels without the detail that they cannot show. That is enough for a picture that
// becomes much smaller, and several times less work than to decode all pixels and
// reduce them.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
)

var (
	errJPEG      = errors.New("jpeg: invalid format")
	errJPEGCut   = errors.New("jpeg: cut short")
	errUnordered = errors.New("jpeg: pixels before the header")
)

// jpegSide returns the smallest side of a block, 1, 2, 4 or 8, at which a picture
// of w x h pixels still has twice the sides of its target, size x size. From twice
// the size on the filter determines the result, not the transform.
func jpegSide(w, h, size int) int {
	for _, n := range []int{1, 2, 4} {
		if w*n/8 >= 2*size && h*n/8 >= 2*size {
			return n
		}
	}
	return 8
}

// jpegDecoder is the state of decoding.
type jpegDecoder struct {
	data []byte // not read yet
	side int    // pixels of a decoded block's side: 1, 2, 4 or 8

	width, height int
	bits12        bool // 12 bits a sample, otherwise 8
	progressive   bool
	quantizers    [4][64]int32 // in zigzag order
	huffman       [2][4]*huffmanTable
	components    []component
	hMax, vMax    int
	restart       int // minimum coded units between restart markers, 0 for none
	colours       jpegColours

	place  [64]uint8 // by zigzag order: the coefficient's index among side x side, or unused
	bits   uint64    // read ahead, the next bit on top
	count  int       // of bits; negative if more were taken than there are
	eobRun int       // blocks that the current end of band still covers
}

// jpegColours is what segments of applications say about the components.
type jpegColours struct {
	jfif, adobe bool
	transform   byte // Adobe's: 0 none, 1 YCbCr, 2 YCCK
}

// component is a channel, such as Y, Cb or Cr.
type component struct {
	id               byte
	h, v             int // blocks across and down in a minimum coded unit
	quantizer        byte
	dc, ac           *huffmanTable
	predicted        int32 // the DC coefficient of the block before
	plane            []byte
	stride           int
	blocksW, blocksH int     // of all minimum coded units
	ownW, ownH       int     // blocks that have pixels of the picture
	coefficients     []int16 // of a progressive file, 64 for each block, in zigzag order
	whole            [64]int // by zigzag order: rows of blocks whose coefficient is known to the last bit
	begun            int     // rows of blocks of which something is known
}

// unused is the place of coefficients that are dropped.
const unused = 64

func newJPEGDecoder(data []byte, side int) *jpegDecoder {
	d := &jpegDecoder{data: data}
	d.setSide(side)
	return d
}

func (d *jpegDecoder) setSide(side int) {
	d.side = side
	for k, natural := range zigzag {
		d.place[k] = unused
		if x, y := int(natural%8), int(natural/8); x < side && y < side {
			d.place[k] = uint8(y*side + x)
		}
	}
}

// jpegHeader reads the segments up to the frame.
func jpegHeader(data []byte) (*jpegDecoder, error) {
	d := newJPEGDecoder(data, 0)
	for d.components == nil {
		marker, content, err := d.segment()
		if err == nil && (marker == startOfScan || marker == endOfImage) {
			err = errUnordered
		}
		if err == nil {
			err = d.read(marker, content)
		}
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

func jpegConfig(data []byte) (image.Config, error) {
	d, err := jpegHeader(data)
	if err != nil {
		return image.Config{}, err
	}
	models := map[int]color.Model{1: color.GrayModel, 3: color.YCbCrModel, 4: color.CMYKModel}
	return image.Config{ColorModel: models[len(d.components)], Width: d.width, Height: d.height}, nil
}

// wholeJPEG names the kind of a JPEG that takes memory for all its pixels even where it is
// decoded at a fraction of its size, or returns "". A progressive file has all coefficients
// in memory before the first pixel, 2 bytes each.
func wholeJPEG(data []byte) string {
	switch d, err := jpegHeader(data); {
	case err != nil:
		return ""
	case d.progressive:
		return "a progressive JPEG; jpegtran -copy all makes it sequential"
	case !d.isUsual():
		return "a JPEG of unusual sampling"
	}
	return ""
}

func jpegDecode(data []byte) (image.Image, error) {
	img, _, _, err := decodeJPEG(data, 8)
	return img, err
}

// decodeJPEG decodes a picture with blocks of side x side pixels. Of a file that is cut
// short or damaged it returns what is there: rows is the number of rows of the picture,
// at full size, that are complete. If there is none it returns an error. An unusual
// picture is decoded in full; shrunk is how many times shorter the sides have become.
func decodeJPEG(data []byte, side int) (img image.Image, rows, shrunk int, err error) {
	d := newJPEGDecoder(data, side)
	err = d.readAll()
	if d.components == nil || d.components[0].plane == nil {
		if err == nil {
			err = errUnordered
		}
		return nil, 0, 0, err
	}
	if d.progressive {
		d.transformAll()
	}
	whole, begun := d.rows()
	if begun == 0 {
		if err == nil {
			err = errJPEGCut
		}
		return nil, 0, 0, err
	}
	return d.image(), whole, 8 / d.side, nil
}

// rows returns the numbers of the picture's rows that are complete, and of those of
// which something is known.
func (d *jpegDecoder) rows() (whole, begun int) {
	whole, begun = d.height, d.height
	for i := range d.components {
		c := &d.components[i]
		pixels := func(blocks int) int { // the rows of pixels in rows of blocks
			if blocks >= c.ownH {
				return d.height
			}
			return blocks * 8 * d.vMax / c.v
		}
		begun = min(begun, pixels(c.begun))
		for _, n := range c.whole {
			whole = min(whole, pixels(n))
		}
	}
	return whole, begun
}

const (
	startOfFrame   = 0xc0
	defineHuffman  = 0xc4
	startOfImage   = 0xd8
	endOfImage     = 0xd9
	startOfScan    = 0xda
	defineQuantize = 0xdb
	defineRestart  = 0xdd
	app0, app14    = 0xe0, 0xee
)

// readAll reads all segments and scans.
func (d *jpegDecoder) readAll() error {
	for {
		marker, content, err := d.segment()
		if err != nil {
			return err
		}
		switch marker {
		case endOfImage:
			return nil
		case startOfScan:
			err = d.readScan(content)
		default:
			err = d.read(marker, content)
		}
		if err != nil {
			return err
		}
	}
}

// segment returns the next marker that begins a segment or ends the image, and the
// segment's content (B.1.1). It skips bytes that are in no segment.
func (d *jpegDecoder) segment() (marker byte, content []byte, err error) {
	for {
		i := bytes.IndexByte(d.data, 0xff)
		if i < 0 || i+1 >= len(d.data) {
			d.data = nil
			return 0, nil, errJPEGCut
		}
		marker = d.data[i+1]
		d.data = d.data[i+1:]
		if marker == endOfImage {
			return marker, nil, nil
		}
		if marker < startOfFrame || marker >= 0xd0 && marker <= startOfImage || marker == 0xff {
			continue // fill bytes, stuffed bytes, restarts
		}
		d.data = d.data[1:]
		if len(d.data) < 2 {
			return 0, nil, errJPEGCut
		}
		length := int(binary.BigEndian.Uint16(d.data))
		if length < 2 {
			continue
		}
		if length > len(d.data) {
			return 0, nil, errJPEGCut
		}
		content = d.data[2:length]
		d.data = d.data[length:]
		return marker, content, nil
	}
}

// read reads a segment other than a scan.
func (d *jpegDecoder) read(marker byte, content []byte) error {
	switch marker {
	case startOfFrame, startOfFrame + 1, startOfFrame + 2:
		if err := d.readFrame(content); err != nil {
			return err
		}
		d.progressive = marker == startOfFrame+2
	case defineHuffman:
		return d.readHuffman(content)
	case defineQuantize:
		return d.readQuantizers(content)
	case defineRestart:
		if len(content) < 2 {
			return errJPEG
		}
		d.restart = int(binary.BigEndian.Uint16(content))
	case app0:
		d.colours.jfif = d.colours.jfif || bytes.HasPrefix(content, []byte("JFIF\x00"))
	case app14:
		if bytes.HasPrefix(content, []byte("Adobe")) && len(content) >= 12 {
			d.colours.adobe, d.colours.transform = true, content[11]
		}
	case 0xc3, 0xc7:
		return errors.New("jpeg: lossless coding, which is not read")
	case 0xc5, 0xc6:
		return errors.New("jpeg: hierarchical coding, which is not read")
	case 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf:
		return errors.New("jpeg: arithmetic coding, which is not read; jpegtran -copy all makes it usual")
	}
	return nil
}

// readFrame reads the size and the components (B.2.2).
func (d *jpegDecoder) readFrame(b []byte) error {
	if d.components != nil {
		return errors.New("jpeg: several frames")
	}
	if len(b) < 6 || len(b) < 6+3*int(b[5]) {
		return errJPEG
	}
	if b[0] != 8 && b[0] != 12 {
		return fmt.Errorf("jpeg: %d bits a sample", b[0])
	}
	d.bits12 = b[0] == 12
	d.height, d.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	n := int(b[5])
	if n != 1 && n != 3 && n != 4 {
		return fmt.Errorf("jpeg: %d components", n)
	}
	components := make([]component, n)
	for i := range components {
		e := b[6+3*i:]
		c := component{id: e[0], h: int(e[1] >> 4), v: int(e[1] & 15), quantizer: e[2] & 3}
		if n == 1 {
			c.h, c.v = 1, 1 // a single component is not interleaved (A.2.2)
		}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return errJPEG
		}
		d.hMax, d.vMax = max(d.hMax, c.h), max(d.vMax, c.v)
		components[i] = c
	}
	across, down := d.units()
	for i := range components {
		c := &components[i]
		c.blocksW, c.blocksH = across*c.h, down*c.v
		c.ownW, c.ownH = divideUp(d.width*c.h, 8*d.hMax), divideUp(d.height*c.v, 8*d.vMax)
	}
	d.components = components
	if !d.isUsual() && d.side > 0 {
		d.setSide(8)
	}
	return nil
}

// isUsual reports whether luma has one or two samples, across and down, for each of
// chroma. With other samplings chroma is too coarse for pictures decoded in part.
func (d *jpegDecoder) isUsual() bool {
	for i := range d.components {
		if c := &d.components[i]; d.hMax > 2*c.h || d.vMax > 2*c.v || i > 0 && c.h*c.v > 1 {
			return false
		}
	}
	return true
}

func divideUp(a, b int) int { return (a + b - 1) / b }

// units returns the number of minimum coded units across and down.
func (d *jpegDecoder) units() (across, down int) {
	return divideUp(d.width, 8*d.hMax), divideUp(d.height, 8*d.vMax)
}

// allocate makes the planes, once.
func (d *jpegDecoder) allocate() {
	for i := range d.components {
		c := &d.components[i]
		if c.plane != nil {
			return
		}
		c.stride = c.blocksW * d.side
		c.plane = make([]byte, c.stride*c.blocksH*d.side)
		if d.progressive {
			c.coefficients = make([]int16, 64*c.blocksW*c.blocksH)
		}
	}
}

// readQuantizers reads tables of 8- or 16-bit values (B.2.4.1).
func (d *jpegDecoder) readQuantizers(b []byte) error {
	for len(b) > 0 {
		size, table := int(b[0]>>4)+1, b[0]&3
		if b = b[1:]; size > 2 || len(b) < 64*size {
			return errJPEG
		}
		for k := range 64 {
			if size == 1 {
				d.quantizers[table][k] = int32(b[k])
			} else {
				d.quantizers[table][k] = int32(binary.BigEndian.Uint16(b[2*k:]))
			}
		}
		b = b[64*size:]
	}
	return nil
}

// readHuffman reads Huffman tables (B.2.4.2).
func (d *jpegDecoder) readHuffman(b []byte) error {
	for len(b) >= 17 {
		h, n, err := newHuffmanTable(b[1:])
		if err != nil {
			return err
		}
		d.huffman[b[0]>>4&1][b[0]&3] = h
		b = b[1+n:]
	}
	return nil
}

// image returns the planes as an image, cropped to the picture.
func (d *jpegDecoder) image() image.Image {
	w, h := divideUp(d.width*d.side, 8), divideUp(d.height*d.side, 8)
	size := image.Rect(0, 0, w, h)
	y := &d.components[0]
	switch {
	case len(d.components) == 1:
		return &image.Gray{Pix: y.plane, Stride: y.stride, Rect: size}
	case len(d.components) == 4:
		return d.cmyk(size)
	case d.isRGB():
		img := image.NewNRGBA(size)
		d.interleave(img.Pix, img.Stride)
		return img
	}
	cb, cr := &d.components[1], &d.components[2]
	ratios := map[[2]int]image.YCbCrSubsampleRatio{
		{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422,
		{1, 2}: image.YCbCrSubsampleRatio440, {2, 2}: image.YCbCrSubsampleRatio420,
		{4, 1}: image.YCbCrSubsampleRatio411, {4, 2}: image.YCbCrSubsampleRatio410,
	}
	ratio, ok := ratios[[2]int{y.h / cb.h, y.v / cb.v}]
	if !ok || y.h%cb.h != 0 || y.v%cb.v != 0 || cb.h != cr.h || cb.v != cr.v {
		ratio = image.YCbCrSubsampleRatio444
		for i := range d.components {
			d.enlarge(&d.components[i], w, h)
		}
	}
	img := &image.YCbCr{
		Y: y.plane, Cb: cb.plane, Cr: cr.plane, YStride: y.stride, CStride: cb.stride,
		SubsampleRatio: ratio, Rect: size,
	}
	if d.side < 8 {
		return &otherYCbCr{img, jfifMatrix, true}
	}
	return img
}

// isRGB reports whether three components are red, green and blue, as libjpeg decides.
func (d *jpegDecoder) isRGB() bool {
	switch {
	case d.colours.jfif:
		return false
	case d.colours.adobe:
		return d.colours.transform == 0
	}
	return d.components[0].id == 'R' && d.components[1].id == 'G' && d.components[2].id == 'B'
}

// enlarge repeats the samples of a component's plane until it has w x h pixels.
func (d *jpegDecoder) enlarge(c *component, w, h int) {
	if c.h == d.hMax && c.v == d.vMax {
		return
	}
	plane := make([]byte, w*h)
	for y := range h {
		from := c.plane[y*c.v/d.vMax*c.stride:]
		for x := range w {
			plane[y*w+x] = from[x*c.h/d.hMax]
		}
	}
	c.plane, c.stride = plane, w
}

// interleave writes the components to every fourth byte of pix, and 255 to the byte
// after three of them.
func (d *jpegDecoder) interleave(pix []byte, stride int) {
	w, h := stride/4, len(pix)/stride
	for i := range d.components {
		c := &d.components[i]
		d.enlarge(c, w, h)
		for y := range h {
			for x, v := range c.plane[y*c.stride:][:w] {
				pix[y*stride+4*x+i] = v
			}
		}
	}
	if len(d.components) == 3 {
		for i := 3; i < len(pix); i += 4 {
			pix[i] = 255
		}
	}
}

// cmyk returns four components as CMYK. They are stored inverted, as Adobe does it, and
// the first three may be YCbCr.
func (d *jpegDecoder) cmyk(size image.Rectangle) image.Image {
	img := image.NewCMYK(size)
	d.interleave(img.Pix, img.Stride)
	for p := img.Pix; len(p) > 0; p = p[4:] {
		if d.colours.adobe && d.colours.transform == 2 {
			p[0], p[1], p[2] = color.YCbCrToRGB(p[0], p[1], p[2])
		}
		p[0], p[1], p[2], p[3] = 255-p[0], 255-p[1], 255-p[2], 255-p[3]
	}
	return img
}

// zigzag is the index of coefficient k in an 8 x 8 block (figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
