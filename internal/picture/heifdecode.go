package picture

// HEIC and AVIF. The decoders of the pixels are libheif with libde265, and libavif,
// compiled to WebAssembly. They start with the first such picture, since that takes a
// good part of a second.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"iter"
	"strings"
	"unsafe"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"
)

// heifBrands are the kinds of file, as stated behind "ftyp", that hold pictures.
const heifBrands = "heic heix heim heis hevc hevx mif1 mif2 msf1 miaf avif avis avio"

// isHEIF reports whether data begin like a HEIF file of pictures.
func isHEIF(data []byte) bool {
	return len(data) >= 12 && string(data[4:8]) == "ftyp" && strings.Contains(heifBrands, string(data[8:12]))
}

// isAVIF reports whether a HEIF file states that its pictures are AVIF.
func isAVIF(data []byte) bool {
	if !isHEIF(data) {
		return false
	}
	length := int64(binary.BigEndian.Uint32(data))
	for brands := data[8:min(max(length, 12), int64(len(data)))]; len(brands) >= 4; brands = brands[4:] {
		if b := string(brands[:4]); b == "avif" || b == "avis" {
			return true
		}
	}
	return false
}

// heifConfig returns the size of the primary picture before it is turned.
func heifConfig(data []byte) (image.Config, error) {
	h, err := readHEIF(data)
	if err != nil {
		return image.Config{}, err
	}
	it := h.items[h.primary]
	switch kind := h.codec(it); kind {
	case "hvc1", "av01":
	default:
		return image.Config{}, fmt.Errorf("pixels of kind %q, which can't be decoded here", kind)
	}
	model := color.YCbCrModel
	if it.alpha != 0 {
		model = color.NYCbCrAModel
	}
	return image.Config{ColorModel: model, Width: it.stored().X, Height: it.stored().Y}, nil
}

// heifMeta returns how the primary picture is to be turned, and its profile.
func heifMeta(data []byte) (meta, error) {
	h, err := readHEIF(data)
	if err != nil {
		return meta{}, err
	}
	return h.meta(h.items[h.primary]), nil
}

func (h *heifFile) meta(it *heifItem) meta {
	m := meta{turn: it.turn, profile: it.profile}
	for _, id := range it.parts { // a grid may leave the profile to its parts
		if part := h.items[id]; part != nil && m.profile == nil {
			m.profile = part.profile
		}
	}
	return m
}

func heifDecode(data []byte) (image.Image, error) {
	h, err := readHEIF(data)
	if err != nil {
		return nil, err
	}
	return h.decode(data, h.primary)
}

// decode decodes the pixels of an item, cropped but not turned.
func (h *heifFile) decode(data []byte, id uint32) (img image.Image, err error) {
	it := h.items[id]
	if h.codec(it) == "av01" {
		img, err = avif.Decode(bytes.NewReader(h.asPrimary(data, id)))
	} else if img, err = h.decodeHEIC(data, id); err == nil {
		img = it.colour.image(img)
		if alpha := h.items[it.alpha]; alpha != nil && alpha.size == it.size {
			var mask image.Image
			if mask, err = h.decodeHEIC(data, it.alpha); err == nil {
				img = masked(img, mask)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if got := img.Bounds().Size(); got != it.size {
		return nil, fmt.Errorf("%v pixels where the header says %v", got, it.size)
	}
	return cropped(img, it.crop), nil
}

func (h *heifFile) decodeHEIC(data []byte, id uint32) (image.Image, error) {
	img, err := heic.Decode(bytes.NewReader(h.asPrimary(data, id)))
	if err != nil {
		return nil, err
	}
	if heic.Dynamic() == nil { // by a libheif of the system, whose strides are right
		return img, nil
	}
	return withTrueStrides(img), nil
}

// withTrueStrides corrects a small picture of package heic. libheif keeps planes for at
// least 64 pixels in a row and copies such planes out, one after the other. The package
// does not know that and returns parts of the copy that are too short. All of the copy
// is in the memory of the WebAssembly module, behind the first part.
func withTrueStrides(img image.Image) image.Image {
	const least, alignment = 64, 16
	stride := func(pixels int) int { return max((pixels+alignment-1)/alignment*alignment, least) }
	switch img := img.(type) {
	case *image.Gray:
		if want := stride(img.Rect.Dx()); img.Stride != want {
			return &image.Gray{Pix: longer(img.Pix, want*img.Rect.Dy()), Stride: want, Rect: img.Rect}
		}
	case *image.YCbCr:
		across, down := chromaSteps(img.SubsampleRatio)
		y, c := stride(img.Rect.Dx()), stride((img.Rect.Dx()+across-1)/across)
		if img.YStride == y && img.CStride == c {
			return img
		}
		luma, chroma := y*img.Rect.Dy(), c*((img.Rect.Dy()+down-1)/down)
		all := longer(img.Y, luma+2*chroma)
		return &image.YCbCr{
			Y: all[:luma], Cb: all[luma : luma+chroma], Cr: all[luma+chroma:], YStride: y, CStride: c,
			SubsampleRatio: img.SubsampleRatio, Rect: img.Rect,
		}
	}
	return img
}

// longer returns the n bytes from the first of b on, which must be in the same memory.
func longer(b []byte, n int) []byte { return unsafe.Slice(unsafe.SliceData(b), n) }

// asPrimary returns a copy of the file in which an item is the primary one, since that
// is what the decoders take, and nothing is cropped or turned: of the two decoders only
// libheif does that, and the strides of what it then delivers are unknown.
func (h *heifFile) asPrimary(data []byte, id uint32) []byte {
	if id == h.primary && len(h.shapes) == 0 {
		return data
	}
	data = bytes.Clone(data)
	if number := data[h.primaryAt:]; h.wide {
		binary.BigEndian.PutUint32(number, id)
	} else {
		binary.BigEndian.PutUint16(number, uint16(id))
	}
	for _, p := range h.shapes {
		if len(p.data) > 0 { // becomes a turn by 0
			copy(data[p.at-4:], "irot")
			data[p.at] = 0
		}
	}
	return data
}

// masked returns a picture with the opacity that another one has as its luma.
func masked(img, mask image.Image) image.Image {
	colours, channels := nativeRows(img)
	opacity := newRows(mask, 1, White)
	b := img.Bounds()
	out := image.NewNRGBA(b)
	row, alpha := make([]byte, channels*b.Dx()), make([]byte, b.Dx())
	for y := range b.Dy() {
		line := out.Pix[y*out.Stride:][:4*b.Dx()]
		colours(row, b.Min.X, b.Min.Y+y)
		convert(line, 4, row, channels, White)
		opacity(alpha, mask.Bounds().Min.X, mask.Bounds().Min.Y+y)
		for x, a := range alpha {
			line[4*x+3] = a
		}
	}
	return out
}

// cropped returns a part of a picture, or all of it if crop is empty.
func cropped(img image.Image, crop image.Rectangle) image.Image {
	part, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if crop.Empty() || !ok {
		return img
	}
	return part.SubImage(crop)
}

// image returns decoded luma and chroma with their meaning applied: studio range is
// stretched, and coefficients other than those of JPEG come with the image.
func (c yuvColour) image(img image.Image) image.Image {
	if c.studio {
		img = fullRange(img)
	}
	const bt709, bt2020 = 1, 9
	if y, ok := img.(*image.YCbCr); ok {
		switch c.matrix {
		case bt709:
			return &otherYCbCr{y, newYCbCrMatrix(0.2126, 0.0722), false}
		case bt2020:
			return &otherYCbCr{y, newYCbCrMatrix(0.2627, 0.0593), false}
		}
	}
	return img
}

// heifPages yields the pictures of a HEIC file, the primary one first, or the frames of
// an AVIF sequence.
func heifPages(f *File) iter.Seq2[*Picture, error] {
	h, err := readHEIF(f.data)
	if err != nil {
		return nil
	}
	if h.frames > 1 && h.codec(h.items[h.primary]) == "av01" {
		return func(yield func(*Picture, error) bool) { f.avifFrames(h.frames, yield) }
	}
	pictures := h.pictures()
	if len(pictures) < 2 {
		return nil
	}
	return func(yield func(*Picture, error) bool) {
		pixels := 0
		for _, id := range pictures {
			it := h.items[id]
			p, err := f.heifPicture(h, it, id, &pixels)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// heifPicture decodes an item of a file. pixels counts those of all items.
func (f *File) heifPicture(h *heifFile, it *heifItem, id uint32, pixels *int) (p *Picture, err error) {
	defer recoverError(&err)
	size := it.stored()
	if it.turn.transposed() {
		size.X, size.Y = size.Y, size.X
	}
	head := Header{f.Format, size.X, size.Y, f.Mode}
	if err := head.check(f.maxPixels); err != nil {
		return nil, err
	}
	if *pixels += size.X * size.Y; *pixels > animationFactor*f.maxPixels {
		return nil, fmt.Errorf("pictures of more than %d pixels in all", animationFactor*f.maxPixels)
	}
	img, err := h.decode(f.data, id)
	if err != nil {
		return nil, decodeError(f.Format, err)
	}
	return &Picture{Header: head, meta: h.meta(it), pixels: img}, nil
}

// maxSequence bounds the pixels of an AVIF sequence, whose frames are in memory at once.
const maxSequence = 1 << 25

var errSequence = errors.New("avif: a sequence of too many pixels for all frames at once; its first frame can be used")

func (f *File) avifFrames(n int, yield func(*Picture, error) bool) {
	if n > min(maxSequence, animationFactor*f.maxPixels)/(f.Width*f.Height) {
		yield(nil, errSequence)
		return
	}
	all, err := avif.DecodeAll(bytes.NewReader(f.data))
	if err != nil {
		yield(nil, decodeError(f.Format, err))
		return
	}
	for _, img := range all.Image {
		if !yield(&Picture{Header: f.Header, meta: f.meta, pixels: img}, nil) {
			return
		}
	}
}
