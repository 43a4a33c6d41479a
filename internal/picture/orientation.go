package picture

// The orientation that cameras store with the pixels (Exif 3.0, tag 274).

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
)

// orientation says how stored pixels are to be turned and mirrored for display: a
// value of Exif's, 1 to 8. 1 leaves them as they are.
type orientation int

// transposed reports whether stored rows are displayed as columns.
func (o orientation) transposed() bool { return o >= 5 }

// flipped reports which axes of the stored pixels are displayed in reverse.
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

// square returns the largest centred square of stored pixels. If an odd number of
// rows or columns is cut off, the displayed right or lower side loses one more.
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

// apply returns a square of size x size pixels, channels interleaved, as displayed.
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

// exifOrientation returns tag 274 of the first directory of Exif data, which have
// the structure of a TIFF file. It returns 1 if there is none.
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
		const tag, short, long = 274, 3, 4
		if kind := order.Uint16(entries[2:]); order.Uint16(entries) == tag && (kind == short || kind == long) {
			v := uint32(order.Uint16(entries[8:]))
			if kind == long {
				v = order.Uint32(entries[8:])
			}
			if v >= 1 && v <= 8 {
				return orientation(v)
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// pngMeta returns the orientation and the profile in a PNG's chunks.
func pngMeta(data []byte) (meta, error) { return meta{pngOrientation(data), pngProfile(data)}, nil }

// pngOrientation returns the orientation in a PNG's eXIf chunk, or 1.
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

// segments is what the marker segments of a JPEG say.
type segments struct {
	turn    orientation
	scans   int
	profile [][]byte // its parts
}

// maxScans bounds the scans of a JPEG. A scan takes only a few bytes of the file
// but may visit every block of the picture; encoders make about ten.
const maxScans = 100

// jpegMeta returns what the segments of a JPEG say.
func jpegMeta(data []byte) (meta, error) {
	s := readSegments(data)
	if s.scans > maxScans {
		return meta{}, fmt.Errorf("%d scans, over the limit of %d", s.scans, maxScans)
	}
	return meta{s.turn, jpegProfile(s.profile)}, nil
}

// readSegments reads the marker segments of a JPEG (ITU-T T.81, annex B). No marker
// other than restarts can occur in entropy-coded data.
func readSegments(data []byte) segments {
	const (
		stuffed, temporary, endOfImage, startOfScan, app1, app2 = 0x00, 0x01, 0xd9, 0xda, 0xe1, 0xe2
		restart0, startOfImage                                  = 0xd0, 0xd8
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
		case app2:
			if bytes.HasPrefix(content, []byte("ICC_PROFILE\x00")) {
				s.profile = append(s.profile, content)
			}
		case app1:
			if tiff, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); ok && s.turn == 1 {
				s.turn = exifOrientation(tiff)
			}
		}
		data = data[1+length:]
	}
}
