package picture

// The pixels of a TIFF, from the samples of its tiles.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
)

// decode decodes a page.
func (p *tiffPage) decode() (image.Image, error) {
	switch {
	case p.photometric > photoYCbCr:
		return nil, fmt.Errorf("tiff: colours of kind %d, which are not read", p.photometric)
	case p.samples < p.colours():
		return nil, errTIFF
	case p.compression == compressJPEG:
		return p.decodeJPEG()
	case p.photometric == photoYCbCr:
		return p.decodeYCbCr()
	}
	// A tile has bytes of its own, or the header is false. Deflate expands the most.
	if area := p.width * p.height; area*p.samples*p.bits/8/inflated > len(p.data) {
		return nil, io.ErrUnexpectedEOF
	}
	out := p.newCanvas()
	planes, samples := 1, p.samples
	if p.apart {
		planes, samples = p.samples, 1
	}
	row := make([]uint16, p.tileW*p.samples)
	for t := range p.across * p.down {
		x, y := t%p.across*p.tileW, t/p.across*p.tileH
		h := p.tileH
		if !p.tiled {
			h = min(h, p.height-y) // the last strip is shorter
		}
		stride := divideUp(p.tileW*samples*p.bits, 8)
		data := make([][]byte, planes)
		for i := range data {
			var err error
			if data[i], err = p.tile(i*p.across*p.down+t, p.tileW, h, samples); err != nil {
				return nil, err
			}
		}
		w := min(p.tileW, p.width-x)
		for line := range min(h, p.height-y) {
			for i, plane := range data {
				p.unpack(row[i:], planes, plane[line*stride:][:stride], w*samples)
			}
			out.put(x, y+line, row[:w*p.samples])
		}
	}
	return out.image, nil
}

// unpack writes n samples of a row to every step-th element of dst, in 8 bits or, if
// they have more, in 16. Indices of a palette stay as they are.
func (p *tiffPage) unpack(dst []uint16, step int, row []byte, n int) {
	switch p.bits {
	case 8:
		for i, v := range row[:n] {
			dst[i*step] = uint16(v)
		}
	case 16:
		for i := range n {
			dst[i*step] = p.order.Uint16(row[2*i:])
		}
	case 32:
		for i := range n {
			v := p.order.Uint32(row[4*i:])
			if p.format == 3 {
				v = uint32(min(max(math.Float32frombits(v), 0), 1)*65535+0.5) << 16
			}
			dst[i*step] = uint16(v >> 16)
		}
	default:
		most := 1<<p.bits - 1
		full := pick(p.bits > 8, 65535, 255)
		if p.photometric == photoPalette {
			full = most
		}
		for i := range n {
			v, at := 0, i*p.bits
			for b := range p.bits {
				v = v<<1 | int(row[(at+b)/8]>>(7-(at+b)%8)&1)
			}
			dst[i*step] = uint16((v*full + most/2) / most)
		}
	}
	if p.format == 2 { // signed
		half := uint16(pick(p.bits > 8, 0x8000, 0x80))
		for i := range n {
			dst[i*step] ^= half
		}
	}
}

// canvas is an image and how a row of samples is written to it.
type canvas struct {
	image image.Image
	put   func(x, y int, samples []uint16)
}

// newCanvas returns an image of the page's size, in its colour model.
func (p *tiffPage) newCanvas() canvas {
	size := image.Rect(0, 0, p.width, p.height)
	deep, flip := p.bits > 8, uint16(0)
	if p.photometric == photoWhiteIsZero {
		flip = uint16(pick(deep, 0xffff, 0xff))
	}
	switch a := p.alpha(); {
	case p.photometric == photoCMYK && a != noAlpha:
		img := image.NewNRGBA(size)
		return canvas{img, func(x, y int, s []uint16) { p.putCMYKA(img.Pix[img.PixOffset(x, y):], s) }}
	case p.photometric == photoCMYK:
		img := image.NewCMYK(size)
		return canvas{img, func(x, y int, s []uint16) { putBytes(img.Pix[img.PixOffset(x, y):], s, p.samples, 4, deep) }}
	case p.photometric == photoPalette:
		img := image.NewRGBA(size)
		return canvas{img, p.putPalette(img)}
	case p.colours() == 1 && a == noAlpha && deep:
		img := image.NewGray16(size)
		return canvas{img, func(x, y int, s []uint16) {
			for i := range len(s) / p.samples {
				binary.BigEndian.PutUint16(img.Pix[img.PixOffset(x+i, y):], s[i*p.samples]^flip)
			}
		}}
	case p.colours() == 1 && a == noAlpha:
		img := image.NewGray(size)
		return canvas{img, func(x, y int, s []uint16) {
			for i := range len(s) / p.samples {
				img.Pix[img.PixOffset(x+i, y)] = byte(s[i*p.samples] ^ flip)
			}
		}}
	case deep && a == associated, deep && a == noAlpha:
		img := image.NewRGBA64(size)
		return canvas{img, func(x, y int, s []uint16) { p.putDeep(img.Pix[img.PixOffset(x, y):], s, flip) }}
	case deep:
		img := image.NewNRGBA64(size)
		return canvas{img, func(x, y int, s []uint16) { p.putDeep(img.Pix[img.PixOffset(x, y):], s, flip) }}
	case a == straightAlpha:
		img := image.NewNRGBA(size)
		return canvas{img, func(x, y int, s []uint16) { p.putRGBA(img.Pix[img.PixOffset(x, y):], s, flip) }}
	default:
		img := image.NewRGBA(size)
		return canvas{img, func(x, y int, s []uint16) { p.putRGBA(img.Pix[img.PixOffset(x, y):], s, flip) }}
	}
}

// putBytes writes the first n samples of each pixel as bytes.
func putBytes(pix []byte, s []uint16, samples, n int, deep bool) {
	for i := range len(s) / samples {
		for c := range n {
			v := s[i*samples+c]
			if deep {
				v >>= 8
			}
			pix[n*i+c] = byte(v)
		}
	}
}

// putCMYKA writes pixels of four inks and opacity as RGBA.
func (p *tiffPage) putCMYKA(pix []byte, s []uint16) {
	shift := pick(p.bits > 8, 8, 0)
	for i := range len(s) / 5 {
		var v [5]byte
		for c := range v {
			v[c] = byte(s[5*i+c] >> shift)
		}
		q := pix[4*i : 4*i+4]
		q[0], q[1], q[2] = color.CMYKToRGB(v[0], v[1], v[2], v[3])
		q[3] = v[4]
	}
}

// rgba returns the four samples of a pixel; most is full opacity.
func (p *tiffPage) rgba(s []uint16, flip, most uint16) (v [4]uint16) {
	n := p.colours()
	v = [4]uint16{s[0] ^ flip, s[0] ^ flip, s[0] ^ flip, most}
	if n == 3 {
		v[1], v[2] = s[1], s[2]
	}
	if p.alpha() != noAlpha {
		v[3] = s[n]
	}
	return v
}

func (p *tiffPage) putRGBA(pix []byte, s []uint16, flip uint16) {
	if p.samples == 3 {
		for i := range len(s) / 3 {
			q := pix[4*i : 4*i+4]
			q[0], q[1], q[2], q[3] = byte(s[3*i]), byte(s[3*i+1]), byte(s[3*i+2]), 255
		}
		return
	}
	for i := range len(s) / p.samples {
		for c, v := range p.rgba(s[i*p.samples:], flip, 0xff) {
			pix[4*i+c] = byte(v)
		}
	}
}

func (p *tiffPage) putDeep(pix []byte, s []uint16, flip uint16) {
	for i := range len(s) / p.samples {
		for c, v := range p.rgba(s[i*p.samples:], flip, 0xffff) {
			binary.BigEndian.PutUint16(pix[8*i+2*c:], v)
		}
	}
}

// putPalette returns a function that writes the colours of indices. The palette has all
// reds, then all greens, then all blues, in 16 bits.
func (p *tiffPage) putPalette(img *image.RGBA) func(x, y int, s []uint16) {
	entries := p.numbers(tagPalette)
	n := len(entries) / 3
	shift := 0
	for _, v := range entries {
		if v > 255 {
			shift = 8 // some writers fill eight bits alone
		}
	}
	return func(x, y int, s []uint16) {
		for i := range len(s) / p.samples {
			q := img.Pix[img.PixOffset(x+i, y):]
			q[3] = 255
			if k := int(s[i*p.samples]); k < n {
				q[0], q[1], q[2] = byte(entries[k]>>shift), byte(entries[n+k]>>shift), byte(entries[2*n+k]>>shift)
			}
		}
	}
}

func (p *tiffPage) subsampling() (across, down int) {
	across, down = 2, 2
	if list := p.numbers(tagSubsampling); len(list) >= 2 {
		across, down = list[0], list[1]
	}
	return min(max(across, 1), 4), min(max(down, 1), 4)
}

// decodeYCbCr decodes luma and chroma (section 21). Stored are units: the luma of
// several pixels, then one Cb and one Cr for all of them.
func (p *tiffPage) decodeYCbCr() (image.Image, error) {
	if p.bits != 8 || p.samples != 3 || p.apart {
		return nil, errors.New("tiff: luma and chroma in an order that is not read")
	}
	out := image.NewYCbCr(image.Rect(0, 0, p.width, p.height), image.YCbCrSubsampleRatio444)
	across, down := p.subsampling()
	for t := range p.across * p.down {
		x0, y0 := t%p.across*p.tileW, t/p.across*p.tileH
		h := p.tileH
		if !p.tiled {
			h = min(h, p.height-y0)
		}
		data, err := p.tile(t, p.tileW, h, 3)
		if err != nil {
			return nil, err
		}
		size, wide := across*down+2, divideUp(p.tileW, across)
		for y := range min(h, p.height-y0) {
			for x := range min(p.tileW, p.width-x0) {
				unit := data[(y/down*wide+x/across)*size:][:size]
				at := out.YOffset(x0+x, y0+y)
				out.Y[at] = unit[y%down*across+x%across]
				out.Cb[at], out.Cr[at] = unit[size-2], unit[size-1]
			}
		}
	}
	if reference := p.tags[tagReference]; len(reference.value) >= 8 && p.order.Uint32(reference.value) == 16 {
		return fullRange(out), nil
	}
	return out, nil
}

// decodeJPEG decodes a page whose tiles are JPEGs.
func (p *tiffPage) decodeJPEG() (image.Image, error) {
	if p.apart {
		return nil, errors.New("tiff: JPEGs of planes that are stored apart, which are not read")
	}
	out := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
	for t := range p.across * p.down {
		img, err := p.jpegTile(t)
		if err != nil {
			return nil, err
		}
		x, y := t%p.across*p.tileW, t/p.across*p.tileH
		area := image.Rectangle{Max: img.Bounds().Size()}.Add(image.Pt(x, y)).Intersect(out.Rect)
		read := newRows(img, 4, White)
		for line := range area.Dy() {
			read(out.Pix[out.PixOffset(x, y+line):][:4*area.Dx()], 0, line)
		}
	}
	return out, nil
}
