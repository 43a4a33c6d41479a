package picture

// Decoding of files. The format follows from a file's content, never from its
// name. The limit on pixels is checked before memory for them is allocated.

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"iter"
	"slices"
	"strings"
)

// MaxPixels is the usual limit on the pixels of one picture.
const MaxPixels = 100_000_000

// maxSide bounds one side of a picture. At a ratio of 2^20 between source and
// target the fixed-point weights of a filter would lose their meaning.
const maxSide = 1 << 20

// partFactor is how many times the limit on pixels a JPEG may have that can be decoded in
// part, at half its sides or less.
const partFactor = 4

// ErrFormat is returned for data in none of the formats that this package decodes.
var ErrFormat = errors.New("not a picture of a known format")

// Header is what a picture's first bytes say about it.
type Header struct {
	Format        string // "jpeg", "png", ...
	Width, Height int    // in pixels, after the orientation is applied
	Mode          string // "grey", "RGB", "RGBA", "palette", "CMYK", "RGB 16-bit", ...
}

// Picture is a decoded picture in its own size and colours.
type Picture struct {
	Header
	meta
	pixels image.Image
	shrunk int // how many times shorter a side of pixels is than the picture's; 0 and 1: not shorter
	lost   int // stored rows at the end that the file lacks
}

// Intact returns the share of the picture's rows that the file has, from 0 to 1.
func (p *Picture) Intact() float64 {
	rows := p.Height
	if p.turn.transposed() {
		rows = p.Width
	}
	return float64(rows-p.lost) / float64(rows)
}

// File is the content of a picture's file whose header has been read and checked.
type File struct {
	Header
	meta
	format    *format
	data      []byte
	maxPixels int
}

// meta is what a file says about its pixels besides their number.
type meta struct {
	turn    orientation // how the stored pixels are to be shown
	profile []byte      // the ICC profile of the colours; nil means sRGB
}

type format struct {
	name string
	is   func(data []byte) bool // reports whether data begin like the format

	config func(data []byte) (image.Config, error)
	decode func(data []byte) (image.Image, error)
	meta   func(data []byte) (meta, error) // nil if there is nothing to say

	// pages returns the pictures of a file that has several of them, or nil.
	pages func(f *File) iter.Seq2[*Picture, error]

	// pixelsPerByte is the most pixels that a byte of the file can encode, or 0 if
	// there is no bound. A header that claims more pixels is false.
	pixelsPerByte int
	bytesPerPixel int // the most memory that decoding takes, per pixel
}

const (
	// Deflate expands one byte to at most 1032, and a byte can hold eight pixels.
	inflated = 1032 * 8
	// A block of 64 pixels takes a bit at least, and there are up to 4 x 4 pixels to
	// a sample of a subsampled component.
	jpegBlocks = 64 * 16 * 8
)

var formats = []format{
	{"jpeg", begins("\xff\xd8\xff"), jpegConfig, jpegDecode, jpegMeta, nil, jpegBlocks, 16},
	{"png", begins(pngMagic), pngConfig, pngDecode, pngMeta, nil, inflated, 16},
	{"gif", begins("GIF8?a"), gifConfig, gifDecode, nil, nil, 4096, 5},
	{"webp", begins("RIFF????WEBPVP8"), webpConfig, webpDecode, webpMeta, nil, 0, 8},
	{"bmp", isBMP, bmpConfig, bmpDecode, nil, nil, 0, 4},
	{"tiff", begins("II*\x00", "MM\x00*", "II+\x00\x08\x00\x00\x00", "MM\x00+\x00\x08\x00\x00"), tiffConfig, tiffDecode,
		tiffMeta, tiffPages, 0, 8},
	{"ico", isICO, icoConfig, icoDecode, nil, nil, inflated, 16},
	{"avif", isAVIF, heifConfig, heifDecode, heifMeta, heifPages, 0, 16},
	{"heic", isHEIF, heifConfig, heifDecode, heifMeta, heifPages, 0, 16},
	{"pnm", isPAM, pamConfig, pamDecode, nil, nil, 1, 4},
	{"pnm", func(data []byte) bool { return isPNM(data, "14") }, pnmConfig, pnmDecode, nil, nil, 8, 8},
	{"pnm", func(data []byte) bool { return isPNM(data, "2356") }, pnmConfig, pnmDecode, nil, nil, 1, 8},
}

// begins returns a function that reports whether data begin like one of the patterns,
// in which '?' stands for any byte.
func begins(patterns ...string) func(data []byte) bool {
	return func(data []byte) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, data) })
	}
}

// Extensions returns the file name extensions of pictures, in lower case.
func Extensions() []string {
	return []string{
		".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".heic", ".heif", ".hif", ".avif", ".bmp",
		".dib", ".tif",
		".tiff", ".ico", ".cur", ".pnm", ".pbm", ".pgm", ".ppm", ".pam",
	}
}

// SniffLength is the number of first bytes that Known needs.
const SniffLength = 512

// Known reports whether a file that begins with prefix has one of the formats that
// Open accepts.
func Known(prefix []byte) bool { return sniff(prefix) != nil }

func sniff(data []byte) *format {
	for i := range formats {
		if formats[i].is(data) {
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

// Open reads and checks a picture's header. It returns an error if the header
// claims more than maxPixels pixels, or more than data can possibly encode.
func Open(data []byte, maxPixels int) (f *File, err error) {
	defer recoverError(&err)
	format := sniff(data)
	if format == nil {
		return nil, unknownFormat(data)
	}
	h, err := readHeader(format, data)
	if err != nil {
		return nil, err
	}
	limit := maxPixels
	if h.Format == "jpeg" {
		limit *= partFactor
	}
	if err := h.check(limit); err != nil {
		return nil, err
	}
	if h.Format == "jpeg" && h.Width*h.Height > maxPixels {
		if kind := wholeJPEG(data); kind != "" {
			return nil, fmt.Errorf("%d x %d pixels, over the limit of %d for %s", h.Width, h.Height, maxPixels, kind)
		}
	}
	if per := format.pixelsPerByte; per > 0 && h.Width*h.Height/per > len(data) {
		return nil, fmt.Errorf("%s: %d x %d pixels in %d bytes: cut short", h.Format, h.Width, h.Height, len(data))
	}
	m := meta{turn: 1}
	if format.meta != nil {
		if m, err = format.meta(data); err != nil {
			return nil, decodeError(h.Format, err)
		}
	}
	if m.turn.transposed() {
		h.Width, h.Height = h.Height, h.Width
	}
	return &File{h, m, format, data, maxPixels}, nil
}

// recoverError turns a panic of a decoder, which malformed data may cause, into an
// error.
func recoverError(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("decode: %v", r)
	}
}

// Memory returns the most bytes that decoding takes.
func (f *File) Memory() int64 {
	return int64(f.Width) * int64(f.Height) * int64(f.format.bytesPerPixel)
}

// DecodeFor decodes the picture as far as form needs it. A JPEG that becomes much
// smaller is decoded at a fraction of its size, which is faster and gives nearly
// the same result.
func (f *File) DecodeFor(form Form) (*Picture, error) {
	if f.Format != "jpeg" {
		return f.Decode()
	}
	if form.Filter != Antialias {
		return f.decodeJPEG(8)
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
	return f.decodeJPEG(jpegSide(w, h, form.Size))
}

// decodeJPEG decodes a JPEG with blocks of side x side pixels.
func (f *File) decodeJPEG(side int) (p *Picture, err error) {
	defer recoverError(&err)
	if f.Width*side/8*f.Height*side/8 > f.maxPixels {
		return nil, fmt.Errorf("%d x %d pixels, over the limit of %d", f.Width, f.Height, f.maxPixels)
	}
	pixels, rows, shrunk, err := decodeJPEG(f.data, side)
	if err != nil {
		return nil, decodeError(f.Format, err)
	}
	p = &Picture{Header: f.Header, meta: f.meta, pixels: pixels, shrunk: shrunk}
	if all := f.storedRows(); rows < all {
		p.lost = all - rows
	}
	return p, nil
}

// storedRows returns the number of rows before the picture is turned.
func (f *File) storedRows() int {
	if f.turn.transposed() {
		return f.Width
	}
	return f.Height
}

// Decode decodes the picture, or the first frame of an animation.
func (f *File) Decode() (p *Picture, err error) {
	defer recoverError(&err)
	if f.Format == "jpeg" {
		return f.decodeJPEG(8)
	}
	pixels, err := f.format.decode(f.data)
	if err != nil {
		return nil, decodeError(f.Format, err)
	}
	if f.Format == "gif" {
		pixels = onScreen(pixels, f.screen())
	}
	if pixels.Bounds().Empty() {
		return nil, errors.New("no pixels")
	}
	return &Picture{Header: f.Header, meta: f.meta, pixels: pixels}, nil
}

func unknownFormat(data []byte) error {
	if len(data) == 0 {
		return errors.New("empty file")
	}
	if kind, ok := Recognise(data); ok {
		return fmt.Errorf("%w: %v", ErrFormat, kind)
	}
	return ErrFormat
}

// decodeError words a decoder's error: it names the format, and calls a file that
// ends early cut short.
func decodeError(format string, err error) error {
	if errors.Is(err, io.EOF) || strings.HasSuffix(err.Error(), io.ErrUnexpectedEOF.Error()) {
		return fmt.Errorf("%s: cut short", format)
	}
	if first, _, several := strings.Cut(err.Error(), "\n"); several {
		err = errors.New(first) // without the stack of a decoder in WebAssembly
	}
	if !strings.HasPrefix(err.Error(), format+":") {
		return fmt.Errorf("%s: %w", format, err)
	}
	return err
}

func readHeader(f *format, data []byte) (Header, error) {
	c, err := f.config(data)
	if err != nil {
		return Header{}, decodeError(f.name, err)
	}
	h := Header{f.name, c.Width, c.Height, mode(c.ColorModel)}
	if f.name == "png" && data[pngColorType] == 4 {
		h.Mode = "grey with alpha" // the decoder reports RGBA
	}
	return h, nil
}

// pngColorType is the offset of a PNG's colour type (ISO/IEC 15948, 11.2.2).
const pngColorType = 25

// check returns an error for a size that is empty or over a limit.
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

// mode returns the name of a colour model.
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
