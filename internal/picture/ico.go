package picture

// Windows icons. An icon is a list of pictures, of which the largest is decoded.
// Each is a PNG, or a BMP without its file header and followed by a mask of the
// transparent pixels.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
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
	if offset+length > int64(len(data)) {
		return nil, io.ErrUnexpectedEOF
	}
	return data[offset : offset+length], nil
}

func icoConfig(data []byte) (image.Config, error) {
	content, err := icoLargest(data)
	if err != nil {
		return image.Config{}, err
	}
	if bytes.HasPrefix(content, []byte(pngMagic)) {
		return png.DecodeConfig(bytes.NewReader(content))
	}
	b, err := readBitmap(content)
	if err != nil {
		return image.Config{}, err
	}
	c, err := bmp.DecodeConfig(bytes.NewReader(b.file))
	c.ColorModel = image.NewNRGBA(image.Rectangle{}).ColorModel()
	return c, err
}

func icoDecode(data []byte) (image.Image, error) {
	content, err := icoLargest(data)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(content, []byte(pngMagic)) {
		return png.Decode(bytes.NewReader(content))
	}
	b, err := readBitmap(content)
	if err != nil {
		return nil, err
	}
	img, err := bmp.Decode(bytes.NewReader(b.file))
	if err != nil {
		return nil, err
	}
	return b.masked(img)
}

// bitmap is an icon's bitmap.
type bitmap struct {
	file     []byte // a BMP file of the pixels
	bits     int    // per pixel
	contents []byte // the rows of pixels, then the rows of the mask
}

// readBitmap makes a BMP file of an icon's bitmap: it adds the file header, and
// halves the stated height, which counts the mask's rows too.
func readBitmap(content []byte) (*bitmap, error) {
	const fileHeader, infoHeader = 14, 40
	if len(content) < infoHeader {
		return nil, io.ErrUnexpectedEOF
	}
	height := int32(binary.LittleEndian.Uint32(content[8:]))
	if binary.LittleEndian.Uint32(content) != infoHeader || height <= 0 {
		return nil, errICO
	}
	b := &bitmap{bits: int(binary.LittleEndian.Uint16(content[14:]))}
	table := 0
	if b.bits <= 8 {
		if table = int(binary.LittleEndian.Uint32(content[32:])); table == 0 {
			table = 1 << b.bits
		}
	}
	if table > 256 || len(content) < infoHeader+4*table {
		return nil, errICO
	}
	b.contents = content[infoHeader+4*table:]
	b.file = append([]byte("BM????\x00\x00\x00\x00????"), content...)
	binary.LittleEndian.PutUint32(b.file[10:], uint32(fileHeader+infoHeader+4*table))
	binary.LittleEndian.PutUint32(b.file[fileHeader+8:], uint32(height/2))
	return b, nil
}

// masked adds transparency to a decoded bitmap: the alpha channel if the bitmap has
// 32 bits per pixel and any alpha is not 0, or else the mask, in which 1 means
// transparent.
func (b *bitmap) masked(img image.Image) (image.Image, error) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	out := image.NewNRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, out.Rect.Min, draw.Src)
	stride, maskStride := (w*b.bits+31)/32*4, (w+31)/32*4
	if len(b.contents) < stride*h {
		return nil, io.ErrUnexpectedEOF
	}
	alpha := func(x, y int) byte { return b.contents[y*stride+4*x+3] }
	if b.bits != 32 || !anyAlpha(alpha, w, h) {
		mask := b.contents[stride*h:]
		if len(mask) < maskStride*h {
			return out, nil // some icons have no mask
		}
		alpha = func(x, y int) byte { return mask[y*maskStride+x/8]>>(7-x%8)&1 - 1 } // 1 to 0, 0 to 255
	}
	for y := range h {
		for x := range w {
			out.Pix[out.PixOffset(x, h-1-y)+3] = alpha(x, y)
		}
	}
	return out, nil
}

func anyAlpha(alpha func(x, y int) byte, w, h int) bool {
	for y := range h {
		for x := range w {
			if alpha(x, y) != 0 {
				return true
			}
		}
	}
	return false
}
