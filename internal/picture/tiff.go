package picture

// TIFF (Adobe: TIFF 6.0, 1992) and BigTIFF: the directories of tags that describe a
// file's pages. golang.org/x/image/tiff and github.com/hhrutter/tiff, which extends it,
// lack planes that are stored apart, reversed bits, BigTIFF, tags out of order and more.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"iter"
	"math"
	"slices"
)

// Tags that matter here.
const (
	tagWidth, tagHeight, tagBits, tagCompression, tagPhotometric = 256, 257, 258, 259, 262
	tagFillOrder, tagStrips, tagOrientation, tagSamples          = 266, 273, 274, 277
	tagRowsPerStrip, tagStripBytes, tagPlanes, tagFaxOptions     = 278, 279, 284, 292
	tagPredictor, tagPalette, tagTileWidth, tagTileHeight        = 317, 320, 322, 323
	tagTiles, tagTileBytes, tagExtra, tagSampleFormat            = 324, 325, 338, 339
	tagJPEGTables, tagSubsampling, tagReference, tagProfile      = 347, 530, 532, 34675
	tagRaw                                                       = 50706 // the version of DNG
)

var errTIFF = errors.New("tiff: invalid format")

// tiffFile is the content of a file and how its numbers are stored.
type tiffFile struct {
	data  []byte
	order binary.ByteOrder
	wide  bool // BigTIFF: offsets of 8 bytes
}

// tiffTag is a list of numbers or text.
type tiffTag struct {
	kind  int
	value []byte
}

// tiffPage is a directory: a picture.
type tiffPage struct {
	*tiffFile
	tags map[int]tiffTag

	width, height  int
	bits           int // a sample
	samples        int // a pixel
	compression    int
	photometric    int
	apart          bool // each plane is stored on its own
	format         int  // of samples: 1 unsigned, 2 signed, 3 floating point
	tiled          bool
	tileW, tileH   int // of a tile or a strip
	across, down   int // tiles
	offsets, sizes []int
}

// openTIFF reads the header and returns the offset of the first directory.
func openTIFF(data []byte) (*tiffFile, int, error) {
	if len(data) < 16 {
		return nil, 0, errTIFF
	}
	f := &tiffFile{data: data, order: binary.LittleEndian}
	if data[0] == 'M' {
		f.order = binary.BigEndian
	}
	if f.wide = f.order.Uint16(data[2:]) == 43; f.wide {
		return f, f.offset(data[8:]), nil
	}
	return f, f.offset(data[4:]), nil
}

// offset returns the offset in the file that b begins with, at most its end.
func (f *tiffFile) offset(b []byte) int {
	if f.wide {
		return int(min(f.order.Uint64(b), uint64(len(f.data))))
	}
	return min(int(f.order.Uint32(b)), len(f.data))
}

// sizes of the kinds of numbers, by their code.
var tiffSizes = [...]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
	17: 8, 18: 8}

// directory reads the directory at an offset, and the offset of the next one, which is
// 0 after the last. Of a tag that is there twice the first counts.
func (f *tiffFile) directory(at int) (p *tiffPage, next int, err error) {
	count, entry, word := 2, 12, 4
	if f.wide {
		count, entry, word = 8, 20, 8
	}
	if at <= 0 || at+count > len(f.data) {
		return nil, 0, errTIFF
	}
	n := int(f.order.Uint16(f.data[at:]))
	if f.wide {
		n = int(min(f.order.Uint64(f.data[at:]), 1<<16))
	}
	p = &tiffPage{tiffFile: f, tags: map[int]tiffTag{}}
	entries := f.data[at+count:]
	for ; n > 0 && len(entries) >= entry; n-- {
		e := entries[:entry]
		entries = entries[entry:]
		id, kind := int(f.order.Uint16(e)), int(f.order.Uint16(e[2:]))
		if _, twice := p.tags[id]; twice || kind >= len(tiffSizes) || tiffSizes[kind] == 0 {
			continue
		}
		number := uint64(f.order.Uint32(e[4:]))
		if f.wide {
			number = f.order.Uint64(e[4:])
		}
		length := min(number, uint64(len(f.data))) * uint64(tiffSizes[kind])
		value := e[entry-word:]
		if length > uint64(word) {
			value = f.data[f.offset(value):]
		}
		p.tags[id] = tiffTag{kind, value[:min(length, uint64(len(value)))]}
	}
	if len(entries) >= word {
		next = f.offset(entries)
	}
	return p, next, p.read()
}

// numbers returns the whole numbers of a tag.
func (p *tiffPage) numbers(id int) (list []int) {
	t := p.tags[id]
	if t.value == nil {
		return nil
	}
	size := tiffSizes[t.kind]
	for b := t.value; len(b) >= size; b = b[size:] {
		v := uint64(b[0])
		switch size {
		case 2:
			v = uint64(p.order.Uint16(b))
		case 4:
			v = uint64(p.order.Uint32(b))
		case 8:
			v = p.order.Uint64(b)
		}
		list = append(list, int(min(v, math.MaxInt32)))
	}
	return list
}

// number returns the first number of a tag, or what it is without the tag.
func (p *tiffPage) number(id, without int) int {
	if list := p.numbers(id); len(list) > 0 {
		return list[0]
	}
	return without
}

// read reads the tags that say how the pixels are stored.
func (p *tiffPage) read() error {
	p.width, p.height = p.number(tagWidth, 0), p.number(tagHeight, 0)
	p.bits, p.samples = p.number(tagBits, 1), p.number(tagSamples, 1)
	p.compression, p.photometric = p.number(tagCompression, 1), p.number(tagPhotometric, -1)
	p.apart = p.number(tagPlanes, 1) == 2 && p.samples > 1
	p.format = p.number(tagSampleFormat, 1)
	if p.photometric < 0 {
		p.photometric = pick(p.samples >= 3, photoRGB, photoBlackIsZero)
	}
	if p.tags[tagRaw].value != nil {
		return fmt.Errorf("%w: %v", ErrFormat, raw)
	}
	if p.width <= 0 || p.height <= 0 || p.width > maxSide || p.height > maxSide || p.samples < 1 || p.samples > 64 {
		return errTIFF
	}
	if !slices.Contains([]int{1, 2, 4, 8, 12, 16, 32}, p.bits) {
		return fmt.Errorf("tiff: samples of %d bits", p.bits)
	}
	for _, b := range p.numbers(tagBits) {
		if b != p.bits {
			return errors.New("tiff: samples of several lengths")
		}
	}
	return p.readTiles()
}

// readTiles reads where the strips or tiles are. A strip is a tile as wide as the
// picture.
func (p *tiffPage) readTiles() error {
	p.offsets, p.sizes = p.numbers(tagStrips), p.numbers(tagStripBytes)
	p.tileW, p.tileH = p.width, min(p.number(tagRowsPerStrip, p.height), p.height)
	if p.tags[tagTiles].value != nil || p.tags[tagTileWidth].value != nil {
		p.tiled = true
		p.tileW, p.tileH = p.number(tagTileWidth, 0), p.number(tagTileHeight, 0)
		if list := p.numbers(tagTiles); list != nil {
			p.offsets, p.sizes = list, p.numbers(tagTileBytes)
		}
	}
	if p.tileW <= 0 || p.tileH <= 0 || p.tileW > maxSide || p.tileH > maxSide {
		return errTIFF
	}
	p.across, p.down = divideUp(p.width, p.tileW), divideUp(p.height, p.tileH)
	return nil
}

// The meanings of samples.
const (
	photoWhiteIsZero, photoBlackIsZero, photoRGB, photoPalette, photoMask = 0, 1, 2, 3, 4
	photoCMYK, photoYCbCr                                                 = 5, 6
)

// colours returns the number of samples that are no extra samples.
func (p *tiffPage) colours() int {
	switch p.photometric {
	case photoRGB, photoYCbCr:
		return 3
	case photoCMYK:
		return 4
	}
	return 1
}

// alpha says what the first extra sample is.
type alpha int

const (
	noAlpha alpha = iota
	associated
	straightAlpha
)

func (p *tiffPage) alpha() alpha {
	if p.samples != p.colours()+1 || p.photometric == photoPalette {
		return noAlpha
	}
	if p.photometric == photoCMYK {
		return straightAlpha // whatever it is said to be: so other readers take it
	}
	switch extra := p.number(tagExtra, -1); {
	case extra == 1:
		return associated
	case extra == 2, extra < 0 && p.photometric == photoRGB: // as OpenCV writes it
		return straightAlpha
	}
	return noAlpha
}

func tiffConfig(data []byte) (image.Config, error) {
	f, at, err := openTIFF(data)
	if err != nil {
		return image.Config{}, err
	}
	p, _, err := f.directory(at)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: p.model(), Width: p.width, Height: p.height}, nil
}

// model returns the colour model of the page's image.
func (p *tiffPage) model() color.Model {
	deep := p.bits > 8
	switch {
	case p.photometric == photoCMYK && p.alpha() == noAlpha:
		return color.CMYKModel
	case p.photometric == photoCMYK:
		return color.NRGBAModel
	case p.alpha() != noAlpha && deep:
		return color.NRGBA64Model
	case p.alpha() != noAlpha:
		return color.NRGBAModel
	case p.colours() == 1 && p.photometric != photoPalette && deep:
		return color.Gray16Model
	case p.colours() == 1 && p.photometric != photoPalette:
		return color.GrayModel
	case deep && p.photometric != photoPalette:
		return color.RGBA64Model
	}
	return color.RGBAModel
}

func tiffDecode(data []byte) (image.Image, error) {
	f, at, err := openTIFF(data)
	if err != nil {
		return nil, err
	}
	p, _, err := f.directory(at)
	if err != nil {
		return nil, err
	}
	return p.decode()
}

// tiffMeta returns what the first directory says of its picture.
func tiffMeta(data []byte) (meta, error) {
	f, at, err := openTIFF(data)
	if err != nil {
		return meta{}, err
	}
	p, _, err := f.directory(at)
	if err != nil {
		return meta{}, err
	}
	return p.meta(), nil
}

func (p *tiffPage) meta() meta {
	m := meta{turn: orientation(p.number(tagOrientation, 1)), profile: p.tags[tagProfile].value}
	if m.turn < 1 || m.turn > 8 {
		m.turn = 1
	}
	return m
}

// maxPages bounds the pages of a TIFF.
const maxPages = 10_000

// tiffPages yields the pages of a file with several, but for those that are smaller
// copies of others.
func tiffPages(f *File) iter.Seq2[*Picture, error] {
	t, at, err := openTIFF(f.data)
	if err != nil {
		return nil
	}
	if _, next, err := t.directory(at); err != nil || next == 0 {
		return nil
	}
	return func(yield func(*Picture, error) bool) {
		seen, pixels := map[int]bool{}, 0
		for at > 0 && !seen[at] && len(seen) < maxPages {
			seen[at] = true
			page, next, err := t.directory(at)
			const reduced, subfile = 1, 254
			if err == nil && page.number(subfile, 0)&reduced != 0 {
				at = next
				continue
			}
			var p *Picture
			if err == nil {
				p, err = f.page(page, &pixels)
			}
			if !yield(p, err) || err != nil {
				return
			}
			at = next
		}
	}
}

// page decodes a page. pixels counts those of all pages.
func (f *File) page(page *tiffPage, pixels *int) (p *Picture, err error) {
	defer recoverError(&err)
	m := page.meta()
	h := Header{f.Format, page.width, page.height, mode(page.model())}
	if m.turn.transposed() {
		h.Width, h.Height = h.Height, h.Width
	}
	if err := h.check(f.maxPixels); err != nil {
		return nil, err
	}
	if *pixels += h.Width * h.Height; *pixels > animationFactor*f.maxPixels {
		return nil, fmt.Errorf("pages of more than %d pixels in all", animationFactor*f.maxPixels)
	}
	img, err := page.decode()
	if err != nil {
		return nil, decodeError(f.Format, err)
	}
	return &Picture{Header: h, meta: m, pixels: img}, nil
}
