package picture

// Decoding of files, by their content and never by their name, within a limit
// on pixels that holds before any memory for them is taken.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// MaxPixels is the usual limit on the pixels of one picture.
const MaxPixels = 100_000_000

// maxSide bounds one side of a picture. At a ratio of 2^20 between source and
// target the fixed-point weights of a filter would lose their meaning.
const maxSide = 1 << 20

// ErrFormat reports bytes that begin like no picture that this package decodes.
var ErrFormat = errors.New("not a picture of a known format")

// Header is what a picture's first bytes say of it.
type Header struct {
	Format        string // "jpeg", "png", ...
	Width, Height int    // in pixels, as it is to be seen
	Mode          string // "grey", "RGB", "RGBA", "palette", "CMYK", "RGB 16-bit", ...
}

// Picture is a decoded picture in its own size and colours.
type Picture struct {
	Header
	turn   orientation // from the pixels to how they are to be seen
	pixels image.Image
	shrunk int // how many times smaller the sides of the pixels are than the picture's, if more than 1
}

// File is the file of a picture whose header has been read and found possible.
type File struct {
	Header
	format    *format
	turn      orientation
	data      []byte
	maxPixels int
}

type format struct {
	name  string
	magic string // the first bytes; '?' stands for any

	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)

	// pixelsPerByte is how many pixels a byte of the file stands for at most, 0
	// where there is no such number. A header that claims more is a lie.
	pixelsPerByte int
	bytesPerPixel int // that decoding takes at most
}

const (
	// Deflate makes 1032 bytes of one, and a byte can be eight pixels.
	inflated = 1032 * 8
	// A block of 64 takes a bit; the brightness of 4 x 4 blocks can be one.
	jpegBlocks = 64 * 16 * 8
)

var formats = []format{
	{"jpeg", "\xff\xd8\xff", fromReader(jpeg.DecodeConfig), fromReader(jpeg.Decode), jpegBlocks, 16},
	{"png", pngMagic, fromReader(png.DecodeConfig), fromReader(png.Decode), inflated, 16},
	{"gif", "GIF8?a", fromReader(gif.DecodeConfig), fromReader(gif.Decode), 4096, 5},
	{"webp", "RIFF????WEBPVP8", webpConfig, webpDecode, 0, 8},
	{"bmp", "BM????\x00\x00\x00\x00", fromReader(bmp.DecodeConfig), fromReader(bmp.Decode), 8, 4},
	{"tiff", "II*\x00", fromReader(tiff.DecodeConfig), fromReader(tiff.Decode), 0, 8},
	{"tiff", "MM\x00*", fromReader(tiff.DecodeConfig), fromReader(tiff.Decode), 0, 8},
	{"ico", "\x00\x00\x01\x00", icoConfig, icoDecode, inflated, 16},
	{"pnm", "P1", pnmConfig, pnmDecode, 8, 8}, {"pnm", "P4", pnmConfig, pnmDecode, 8, 8},
	{"pnm", "P2", pnmConfig, pnmDecode, 1, 8}, {"pnm", "P5", pnmConfig, pnmDecode, 1, 8},
	{"pnm", "P3", pnmConfig, pnmDecode, 1, 8}, {"pnm", "P6", pnmConfig, pnmDecode, 1, 8},
}

func fromReader[T any](read func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(data []byte) (T, error) { return read(bytes.NewReader(data)) }
}

// Extensions are the endings, in lower case, of names that a picture may have.
func Extensions() []string {
	return []string{
		".jpg", ".jpeg", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico",
		".pnm", ".pbm", ".pgm", ".ppm",
	}
}

// SniffLength is the number of first bytes by which Known decides.
const SniffLength = 16

// Known tells whether a file that begins with these bytes has one of the
// formats that Decode knows.
func Known(prefix []byte) bool { return sniff(prefix) != nil }

func sniff(data []byte) *format {
	for i := range formats {
		if matches(formats[i].magic, data) {
			return &formats[i]
		}
	}
	return nil
}

func matches(magic string, data []byte) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// Open reads a picture's header. A picture of more than maxPixels, or of more
// than its bytes could ever tell, is refused.
func Open(data []byte, maxPixels int) (f *File, err error) {
	defer caught(&err)
	format := sniff(data)
	if format == nil {
		return nil, unknown(data)
	}
	h, err := readHeader(format, data)
	if err != nil {
		return nil, err
	}
	if err := h.check(maxPixels); err != nil {
		return nil, err
	}
	if per := format.pixelsPerByte; per > 0 && h.Width*h.Height/per > len(data) {
		return nil, fmt.Errorf("%s: %d x %d pixels in %d bytes: cut short", h.Format, h.Width, h.Height, len(data))
	}
	turn := orientation(1)
	switch h.Format {
	case "jpeg":
		s := readSegments(data)
		if s.scans > maxScans {
			return nil, fmt.Errorf("jpeg: %d scans, over the limit of %d", s.scans, maxScans)
		}
		turn = s.turn
	case "png":
		turn = pngOrientation(data)
	case "webp":
		turn = webpOrientation(data)
	case "tiff":
		turn = exifOrientation(data)
	}
	if turn.transposed() {
		h.Width, h.Height = h.Height, h.Width
	}
	return &File{h, format, turn, data, maxPixels}, nil
}

// caught turns a decoder's panic, which bytes from anywhere may cause, into an error.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("decode: %v", r)
	}
}

// Memory is what decoding takes at most, in bytes.
func (f *File) Memory() int64 {
	return int64(f.Width) * int64(f.Height) * int64(f.format.bytesPerPixel)
}

// DecodeFor reads the picture as Decode does, for the form: one that is to become
// much smaller may be decoded to fewer pixels, from which the filter takes the same.
func (f *File) DecodeFor(form Form) (*Picture, error) {
	if f.Format != "jpeg" || form.Filter != Antialias {
		return f.Decode()
	}
	w, h := f.Width, f.Height
	switch form.Fit {
	case Cover:
		w = min(w, h)
		h = w
	case Contain:
		w = max(w, h)
		h = w
	}
	if side := jpegSide(w, h, form.Size); side < 8 {
		if pixels, err := decodeScaled(f.data, side); err == nil {
			return &Picture{f.Header, f.turn, pixels, 8 / side}, nil
		}
	}
	return f.Decode()
}

// Decode reads the picture; of an animation, the first frame.
func (f *File) Decode() (p *Picture, err error) {
	defer caught(&err)
	pixels, err := f.format.decode(f.data)
	if err != nil {
		return nil, plain(f.Format, err)
	}
	if f.Format == "gif" {
		pixels = onScreen(pixels, f.screen())
	}
	if pixels.Bounds().Empty() {
		return nil, errors.New("no pixels")
	}
	return &Picture{f.Header, f.turn, pixels, 1}, nil
}

func unknown(data []byte) error {
	if len(data) == 0 {
		return errors.New("empty file")
	}
	return ErrFormat
}

// plain puts the commonest fault into words; decoders name the others.
func plain(format string, err error) error {
	if errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), io.ErrUnexpectedEOF.Error()) {
		return fmt.Errorf("%s: cut short", format)
	}
	if !strings.HasPrefix(err.Error(), format+":") {
		return fmt.Errorf("%s: %w", format, err)
	}
	return err
}

func readHeader(f *format, data []byte) (Header, error) {
	c, err := f.config(data)
	if err != nil {
		return Header{}, plain(f.name, err)
	}
	h := Header{f.name, c.Width, c.Height, mode(c.ColorModel)}
	if f.name == "png" && data[pngColorType] == 4 {
		h.Mode = "grey with alpha" // which Go decodes as RGBA
	}
	return h, nil
}

// pngColorType is the offset of a PNG's colour type (ISO/IEC 15948, 11.2.2).
const pngColorType = 25

func (h Header) check(maxPixels int) error {
	if h.Width <= 0 || h.Height <= 0 {
		return fmt.Errorf("%d x %d pixels", h.Width, h.Height)
	}
	if h.Width > maxSide || h.Height > maxSide {
		return fmt.Errorf("%d x %d pixels; a side may have %d", h.Width, h.Height, maxSide)
	}
	if h.Width*h.Height > maxPixels {
		return fmt.Errorf("%d x %d pixels, over the limit of %d", h.Width, h.Height, maxPixels)
	}
	return nil
}

func mode(m color.Model) string {
	if _, ok := m.(color.Palette); ok {
		return "palette"
	}
	switch m {
	case color.GrayModel:
		return "grey"
	case color.Gray16Model:
		return "grey 16-bit"
	case color.RGBAModel, color.YCbCrModel:
		return "RGB"
	case color.NRGBAModel, color.NYCbCrAModel:
		return "RGBA"
	case color.RGBA64Model:
		return "RGB 16-bit"
	case color.NRGBA64Model:
		return "RGBA 16-bit"
	case color.CMYKModel:
		return "CMYK"
	}
	return "other"
}
