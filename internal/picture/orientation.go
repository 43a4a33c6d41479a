package picture

// The orientation that cameras note beside the pixels (Exif 3.0, tag 274).

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation is one of Exif's eight: how stored pixels lie when they are seen.
// 1 is upright.
type orientation int

// transposed tells whether rows are seen as columns.
func (o orientation) transposed() bool { return o >= 5 }

// flipped tells which axes of the stored pixels run backwards when they are seen.
func (o orientation) flipped() (x, y bool) {
	switch o {
	case 2, 8:
		return true, false
	case 3, 7:
		return true, true
	case 4, 6:
		return false, true
	}
	return false, false
}

// square is the centred square, as it is seen, of stored pixels: where one pixel
// more remains on one side, it is the right or lower one.
func (o orientation) square(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	spare := image.Pt(r.Dx()-side, r.Dy()-side)
	before := spare.Div(2)
	flipX, flipY := o.flipped()
	if flipX {
		before.X = spare.X - before.X
	}
	if flipY {
		before.Y = spare.Y - before.Y
	}
	corner := r.Min.Add(before)
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
}

// apply returns a square of size x size pixels, channels interleaved, as it is seen.
func (o orientation) apply(pixels []byte, size, channels int) []byte {
	if o <= 1 {
		return pixels
	}
	flipX, flipY := o.flipped()
	out := make([]byte, len(pixels))
	for y := range size {
		for x := range size {
			sx, sy := x, y
			if o.transposed() {
				sx, sy = y, x
			}
			if flipX {
				sx = size - 1 - sx
			}
			if flipY {
				sy = size - 1 - sy
			}
			copy(out[(y*size+x)*channels:][:channels], pixels[(sy*size+sx)*channels:])
		}
	}
	return out
}

// exifOrientation reads tag 274 of the first directory of a TIFF, which is what
// Exif is stored as.
func exifOrientation(data []byte) orientation {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(data) < 8 {
		return 1
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return 1
	}
	count := int(order.Uint16(data[at:]))
	for entries := data[at+2:]; count > 0 && len(entries) >= 12; count-- {
		const tag, short = 274, 3
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short {
			if v := order.Uint16(entries[8:]); v >= 1 && v <= 8 {
				return orientation(v)
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// pngOrientation reads a PNG's chunk eXIf.
func pngOrientation(data []byte) orientation {
	for rest := data[8:]; len(rest) >= 12; {
		length, kind := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > int64(len(rest)-12) {
			break
		}
		if kind == "eXIf" {
			return exifOrientation(rest[8 : 8+length])
		}
		rest = rest[12+length:]
	}
	return 1
}

// segments is what the markers of a JPEG tell.
type segments struct {
	turn  orientation
	scans int
}

// maxScans bounds the scans of a JPEG. Each may visit every block of the picture
// and cost a few bytes of the file; encoders make about ten.
const maxScans = 100

// readSegments walks through the markers of a JPEG (ITU-T T.81, annex B). In
// entropy-coded data no marker but restarts can occur.
func readSegments(data []byte) segments {
	const (
		stuffed, temporary, endOfImage, startOfScan, app1 = 0x00, 0x01, 0xd9, 0xda, 0xe1
		restart0, startOfImage                            = 0xd0, 0xd8
	)
	s := segments{turn: 1}
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 || i+4 > len(data) {
			return s
		}
		data = data[i+1:]
		marker := data[0]
		switch {
		case marker == endOfImage:
			return s
		case marker == 0xff || marker == stuffed || marker == temporary || marker >= restart0 && marker <= startOfImage:
			continue
		}
		length := int(binary.BigEndian.Uint16(data[1:]))
		if length < 2 || 1+length > len(data) {
			return s
		}
		content := data[3 : 1+length]
		switch marker {
		case startOfScan:
			s.scans++
		case app1:
			if tiff, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && s.turn == 1 {
				s.turn = exifOrientation(tiff)
			}
		}
		data = data[1+length:]
	}
}
