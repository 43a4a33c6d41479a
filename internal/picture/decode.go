package picture

// Decoding of files, by their content and never by their name, within a limit
// on pixels that holds before any memory for them is taken.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
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
	Width, Height int    // in pixels
	Mode          string // "grey", "RGB", "RGBA", "palette", "CMYK", "RGB 16-bit", ...
}

// Picture is a decoded picture in its own size and colours.
type Picture struct {
	Header
	pixels image.Image
}

type format struct {
	name   string
	magic  string // the first bytes; '?' stands for any
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"gif", "GIF8?a", gif.DecodeConfig, gif.Decode},
	{"webp", "RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode},
	{"bmp", "BM????\x00\x00\x00\x00", bmp.DecodeConfig, bmp.Decode},
	{"tiff", "II*\x00", tiff.DecodeConfig, tiff.Decode},
	{"tiff", "MM\x00*", tiff.DecodeConfig, tiff.Decode},
}

// Extensions are the endings, in lower case, of names that a picture may have.
func Extensions() []string {
	return []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
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

// Decode reads a picture; of an animation, the first frame. A picture of more
// than maxPixels is refused from its header alone. What a decoder of bytes from
// anywhere may do wrong, including a panic, becomes an error.
func Decode(data []byte, maxPixels int) (p *Picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("decode: %v", r)
		}
	}()
	f := sniff(data)
	if f == nil {
		return nil, unknown(data)
	}
	head, err := readHeader(f, data)
	if err != nil {
		return nil, err
	}
	if err := head.check(maxPixels); err != nil {
		return nil, err
	}
	pixels, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, plain(f.name, err)
	}
	switch f.name {
	case "gif":
		pixels = onScreen(pixels, head)
	case "webp":
		pixels = fullRange(pixels)
	}
	if pixels.Bounds().Empty() {
		return nil, errors.New("no pixels")
	}
	return &Picture{head, pixels}, nil
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
	c, err := f.config(bytes.NewReader(data))
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

// onScreen puts a GIF's frame in its place on the transparent screen.
func onScreen(frame image.Image, h Header) image.Image {
	screen := image.Rect(0, 0, h.Width, h.Height)
	if frame.Bounds() == screen {
		return frame
	}
	all := image.NewNRGBA(screen)
	draw.Draw(all, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return all
}
