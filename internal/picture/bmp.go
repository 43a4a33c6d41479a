package picture

// BMP: the bitmaps of Windows and OS/2 with any header, also those within icons.
// golang.org/x/image/bmp reads three headers and neither run lengths nor masks.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

var errBMP = errors.New("bmp: invalid format")

// The ways of compression.
const (
	bmpPlain, bmpRLE8, bmpRLE4, bmpMasks, bmpJPEG, bmpPNG, bmpAlphaMasks = 0, 1, 2, 3, 4, 5, 6
)

// isBMP reports whether data begin like a BMP: with a header of a known length.
func isBMP(data []byte) bool {
	if len(data) < 18 || data[0] != 'B' || data[1] != 'M' {
		return false
	}
	switch binary.LittleEndian.Uint32(data[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// bitmap is a bitmap without the header of a file.
type bitmap struct {
	width, height int
	topDown       bool
	bits          int // a pixel
	compression   int
	masks         [4]uint32 // of red, green, blue and alpha, if a pixel has 16 or 32 bits
	palette       color.Palette
	pixels        []byte
}

// readBMP reads the headers of a file.
func readBMP(data []byte) (*bitmap, error) {
	const fileHeader = 14
	if len(data) < fileHeader {
		return nil, io.ErrUnexpectedEOF
	}
	return readBitmap(data[fileHeader:], int(binary.LittleEndian.Uint32(data[10:]))-fileHeader)
}

// readBitmap reads a header. offset is where the pixels begin in data; one within the
// header or the palette means that they follow the palette.
func readBitmap(data []byte, offset int) (*bitmap, error) {
	if len(data) < 16 {
		return nil, io.ErrUnexpectedEOF
	}
	size := int(binary.LittleEndian.Uint32(data))
	if size < 12 || size > len(data) {
		return nil, errBMP
	}
	b, used, entry := &bitmap{}, 0, 4
	word := func(at int) int { return int(binary.LittleEndian.Uint16(data[at:])) }
	if size == 12 {
		b.width, b.height, b.bits, entry = word(4), word(6), word(10), 3
	} else {
		b.width, b.height = int(int32(binary.LittleEndian.Uint32(data[4:]))), int(int32(binary.LittleEndian.Uint32(data[8:])))
		b.bits = word(14)
	}
	if b.height < 0 {
		b.height, b.topDown = -b.height, true
	}
	after := size
	if size >= 40 {
		b.compression, used = int(binary.LittleEndian.Uint32(data[16:])), int(binary.LittleEndian.Uint32(data[32:]))
		after += b.readMasks(data, size)
	}
	switch b.bits {
	case 1, 2, 4, 8:
		if used == 0 || used > 1<<b.bits {
			used = 1 << b.bits
		}
		if offset > after {
			used = min(used, (offset-after)/entry)
		}
		if len(data) < after+used*entry {
			return nil, io.ErrUnexpectedEOF
		}
		b.readPalette(data[after:], used, entry)
		after += used * entry
	case 16, 24, 32:
	default:
		if b.compression != bmpJPEG && b.compression != bmpPNG {
			return nil, fmt.Errorf("bmp: %d bits a pixel", b.bits)
		}
	}
	if offset < after {
		offset = after
	}
	b.pixels = data[min(offset, len(data)):]
	return b, nil
}

// readMasks sets the masks and returns the number of bytes that they take behind a
// header of size bytes.
func (b *bitmap) readMasks(data []byte, size int) (behind int) {
	b.masks = [4]uint32{0x7c00, 0x3e0, 0x1f}
	if b.bits == 32 {
		b.masks = [4]uint32{0xff0000, 0xff00, 0xff}
	}
	stated := [4]uint32{}
	for i := range stated {
		if at := 40 + 4*i; len(data) >= at+4 {
			stated[i] = binary.LittleEndian.Uint32(data[at:])
		}
	}
	const usualAlpha = 0xff000000
	switch {
	case b.compression == bmpAlphaMasks && size == 40:
		b.masks, behind = stated, 16
	case b.compression == bmpMasks && size < 56:
		copy(b.masks[:3], stated[:3])
		if size == 40 {
			behind = 12
		}
	case b.compression == bmpMasks || b.compression == bmpAlphaMasks:
		b.masks = stated
	case size >= 56 && b.bits == 32 && stated[3] == usualAlpha:
		b.masks[3] = usualAlpha
	}
	return behind
}

// readPalette reads entries of blue, green, red. What is missing is black.
func (b *bitmap) readPalette(data []byte, entries, size int) {
	b.palette = make(color.Palette, 1<<b.bits)
	for i := range b.palette {
		b.palette[i] = color.RGBA{A: 255}
		if i < entries {
			e := data[i*size:]
			b.palette[i] = color.RGBA{e[2], e[1], e[0], 255}
		}
	}
}

func bmpConfig(data []byte) (image.Config, error) {
	b, err := readBMP(data)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: b.model(), Width: b.width, Height: b.height}, nil
}

func (b *bitmap) model() color.Model {
	switch {
	case b.palette != nil:
		return b.palette
	case b.masks[3] != 0:
		return color.NRGBAModel
	}
	return color.RGBAModel
}

func bmpDecode(data []byte) (image.Image, error) {
	b, err := readBMP(data)
	if err != nil {
		return nil, err
	}
	return b.decode()
}

func (b *bitmap) decode() (image.Image, error) {
	switch {
	case b.compression == bmpJPEG && b.bits != 24:
		return jpegDecode(b.pixels)
	case b.compression == bmpPNG:
		return pngDecode(b.pixels)
	case b.compression == bmpRLE8 && b.bits == 8, b.compression == bmpRLE4 && b.bits == 4:
		return b.decodeRuns()
	case b.compression != bmpPlain && b.compression != bmpMasks && b.compression != bmpAlphaMasks:
		return nil, fmt.Errorf("bmp: compression %d", b.compression)
	case len(b.pixels) < b.stride()*b.height-3: // the last row may lack its padding
		return nil, io.ErrUnexpectedEOF
	case b.palette != nil:
		img := image.NewPaletted(image.Rect(0, 0, b.width, b.height), b.palette)
		for y := range b.height {
			row, per := b.row(y), 8/b.bits
			for x := range b.width {
				img.Pix[y*img.Stride+x] = row[x/per] >> (8 - b.bits - x%per*b.bits) & byte(1<<b.bits-1)
			}
		}
		return img, nil
	}
	img := image.NewNRGBA(image.Rect(0, 0, b.width, b.height))
	for y := range b.height {
		b.colours(img.Pix[y*img.Stride:][:4*b.width], b.row(y))
	}
	if b.masks[3] != 0 && !anyAlpha(img) {
		for i := 3; i < len(img.Pix); i += 4 {
			img.Pix[i] = 255
		}
	}
	return img, nil
}

// stride is the length of a row in bytes: whole words of 32 bits.
func (b *bitmap) stride() int { return (b.width*b.bits + 31) / 32 * 4 }

// row returns the bytes of a row, counted from the top.
func (b *bitmap) row(y int) []byte {
	if !b.topDown {
		y = b.height - 1 - y
	}
	return b.pixels[y*b.stride():]
}

// colours converts a row of pixels without a palette.
func (b *bitmap) colours(dst, row []byte) {
	if b.bits == 24 {
		for i := range b.width {
			dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = row[3*i+2], row[3*i+1], row[3*i], 255
		}
		return
	}
	for i := range b.width {
		var v uint32
		if b.bits == 16 {
			v = uint32(binary.LittleEndian.Uint16(row[2*i:]))
		} else {
			v = binary.LittleEndian.Uint32(row[4*i:])
		}
		for c, mask := range b.masks {
			dst[4*i+c] = masked8(v, mask)
		}
		if b.masks[3] == 0 {
			dst[4*i+3] = 255
		}
	}
}

// masked8 returns the number at the bits of a mask, scaled to 0 to 255.
func masked8(v, mask uint32) byte {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	most := uint64(mask >> shift)
	return byte((uint64(v&mask>>shift)*255 + most/2) / most)
}

func anyAlpha(img *image.NRGBA) bool {
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] != 0 {
			return true
		}
	}
	return false
}

// decodeRuns decodes run lengths of 8 or 4 bits a pixel. Two bytes are a run: its length
// and its pixels; a length of 0 is an order or says how many pixels follow as they are.
func (b *bitmap) decodeRuns() (image.Image, error) {
	img := image.NewPaletted(image.Rect(0, 0, b.width, b.height), b.palette)
	x, y := 0, 0
	put := func(v byte) {
		if row := b.height - 1 - y; x < b.width && row >= 0 {
			if b.topDown {
				row = y
			}
			img.Pix[row*img.Stride+x] = v
		}
		x++
	}
	pixel := func(data []byte, i int) byte {
		if b.bits == 8 {
			return data[i]
		}
		return data[i/2] >> (4 - i%2*4) & 15
	}
	for p := b.pixels; len(p) >= 2 && y < b.height; {
		n, v := int(p[0]), p[1]
		p = p[2:]
		const endOfLine, end, move = 0, 1, 2
		switch {
		case n > 0:
			for i := range n {
				put(pixel([]byte{v, v}, i%2))
			}
		case v == endOfLine:
			x, y = 0, y+1
		case v == end:
			return img, nil
		case v == move && len(p) >= 2:
			x, y = x+int(p[0]), y+int(p[1])
			p = p[2:]
		default:
			length := divideUp(int(v)*b.bits, 8)
			if len(p) < length {
				return nil, io.ErrUnexpectedEOF
			}
			for i := range int(v) {
				put(pixel(p, i))
			}
			p = p[min(length+length%2, len(p)):]
		}
	}
	if y < b.height-1 {
		return nil, io.ErrUnexpectedEOF
	}
	return img, nil
}
