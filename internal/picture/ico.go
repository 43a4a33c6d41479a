package picture

// Windows icons. An icon is a list of pictures, of which the largest is decoded.
// Each is a PNG, or a BMP without its file header and followed by a mask of the
// transparent pixels.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

var errICO = errors.New("ico: invalid format")

// isICO reports whether data begin like an icon: a list of at least one picture.
func isICO(data []byte) bool {
	return len(data) >= 22 && begins("\x00\x00\x01\x00", "\x00\x00\x02\x00")(data) &&
		binary.LittleEndian.Uint16(data[4:]) > 0 && data[9] == 0
}

// icoLargest returns the content of the largest picture. Of several it takes the
// one with the most bits per pixel.
func icoLargest(data []byte) ([]byte, error) {
	const header, entry = 6, 16
	if len(data) < header {
		return nil, io.ErrUnexpectedEOF
	}
	count := int(binary.LittleEndian.Uint16(data[4:]))
	if len(data) < header+count*entry {
		return nil, io.ErrUnexpectedEOF
	}
	best, most := -1, -1
	for i := range count {
		e := data[header+i*entry:]
		side := func(b byte) int { return (int(b)+255)%256 + 1 } // 0 stands for 256
		bits := int(binary.LittleEndian.Uint16(e[6:]))
		if rank := side(e[0])*side(e[1])<<16 + bits; rank > most {
			best, most = i, rank
		}
	}
	if best < 0 {
		return nil, errICO
	}
	e := data[header+best*entry:]
	length, offset := int64(binary.LittleEndian.Uint32(e[8:])), int64(binary.LittleEndian.Uint32(e[12:]))
	if offset >= int64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	return data[offset:min(offset+length, int64(len(data)))], nil
}

func icoConfig(data []byte) (image.Config, error) {
	content, err := icoLargest(data)
	if err != nil {
		return image.Config{}, err
	}
	if bytes.HasPrefix(content, []byte(pngMagic)) {
		return pngConfig(content)
	}
	b, err := readBitmap(content, 0)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: color.NRGBAModel, Width: b.width, Height: b.height / 2}, nil
}

func icoDecode(data []byte) (image.Image, error) {
	content, err := icoLargest(data)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(content, []byte(pngMagic)) {
		return pngDecode(content)
	}
	b, err := readBitmap(content, 0)
	if err != nil {
		return nil, err
	}
	b.height /= 2 // the rows of the mask count, too
	b.topDown = false
	if b.bits == 32 {
		b.masks[3] = 0xff000000
	}
	img, err := b.decode()
	if err != nil {
		return nil, err
	}
	return b.withMask(img), nil
}

// withMask adds transparency to a decoded bitmap: the alpha channel if the bitmap has
// 32 bits per pixel and any alpha is not 0, or else the mask behind the pixels, in
// which 1 means transparent.
func (b *bitmap) withMask(img image.Image) image.Image {
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, out.Rect.Min, draw.Src)
	size, stride := b.stride()*b.height, (b.width+31)/32*4
	if b.bits == 32 && b.anyAlpha() || len(b.pixels) < size+stride*b.height {
		return out // some icons have no mask
	}
	mask := b.pixels[size:]
	for y := range b.height {
		for x := range b.width {
			transparent := mask[y*stride+x/8] >> (7 - x%8) & 1
			out.Pix[out.PixOffset(x, b.height-1-y)+3] = transparent - 1 // 1 to 0, 0 to 255
		}
	}
	return out
}

func (b *bitmap) anyAlpha() bool {
	for i := 3; i < b.stride()*b.height; i += 4 {
		if b.pixels[i] != 0 {
			return true
		}
	}
	return false
}
