package picture

// The strips and tiles of a TIFF: their compression, and the order of their bits.

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"
)

// The ways of compression.
const (
	compressNone, compressRLE, compressG3, compressG4  = 1, 2, 3, 4
	compressLZW, compressJPEG, compressDeflate         = 5, 7, 8
	compressPackBits, compressOldDeflate, compressZSTD = 32773, 32946, 50000
)

// tile returns the bytes of a tile, uncompressed: rows of width w, each from a new byte
// on. samples is the number of samples of a pixel in it.
func (p *tiffPage) tile(i, w, h, samples int) ([]byte, error) {
	want := divideUp(w*samples*p.bits, 8) * h
	if p.photometric == photoYCbCr && p.compression != compressJPEG {
		across, down := p.subsampling()
		want = divideUp(w, across) * divideUp(h, down) * (across*down + 2)
	}
	raw, err := p.stored(i, want)
	if err != nil {
		return nil, err
	}
	out, err := p.expand(raw, want, w, h)
	if err != nil {
		return nil, err
	}
	if len(out) < want {
		return nil, io.ErrUnexpectedEOF
	}
	return out[:want], p.undoPredictor(out[:want], w, h, samples)
}

// stored returns the bytes of a tile as the file has them, in the usual order of bits.
// Where their number is not stated it is want or, with compression, all up to the next
// tile.
func (p *tiffPage) stored(i, want int) ([]byte, error) {
	if i >= len(p.offsets) {
		return nil, io.ErrUnexpectedEOF
	}
	from := min(p.offsets[i], len(p.data))
	size := 0
	if i < len(p.sizes) {
		size = p.sizes[i]
	}
	if size == 0 {
		size = len(p.data) - from
		if p.compression == compressNone {
			size = want
		} else if i+1 < len(p.offsets) && p.offsets[i+1] > from {
			size = p.offsets[i+1] - from
		}
	}
	b := p.data[from:min(from+size, len(p.data))]
	if p.number(tagFillOrder, 1) == 2 && p.compression != compressJPEG {
		b = bytes.Clone(b)
		for i, v := range b {
			b[i] = bits.Reverse8(v)
		}
	}
	return b, nil
}

// expand undoes the compression. It returns at most want bytes, and fewer only where
// the data end early.
func (p *tiffPage) expand(raw []byte, want, w, h int) ([]byte, error) {
	options := p.number(tagFaxOptions, 0)
	switch p.compression {
	case compressNone:
		return bytes.Clone(raw[:min(want, len(raw))]), nil
	case compressRLE:
		return decodeFax(raw, faxKind{aligned: true}, w, h)
	case compressG3:
		return decodeFax(raw, faxKind{mixed: options&1 != 0}, w, h)
	case compressG4:
		return decodeFax(raw, faxKind{two: true}, w, h)
	case compressLZW:
		return readUpTo(lzw.NewReader(bytes.NewReader(raw), lzw.MSB, 8), want)
	case compressDeflate, compressOldDeflate:
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return readUpTo(z, want)
	case compressPackBits:
		return unpackBits(raw, want), nil
	case compressZSTD:
		z, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(1<<27))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return readUpTo(z, want)
	}
	return nil, fmt.Errorf("tiff: compression %d, which is not read", p.compression)
}

// readUpTo reads n bytes or, where r ends or fails, fewer.
func readUpTo(r io.Reader, n int) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, int64(n))
	if err != nil && b.Len() == 0 && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b.Bytes(), nil
}

// unpackBits undoes PackBits (TIFF 6.0, section 9).
func unpackBits(raw []byte, want int) []byte {
	var out []byte
	for len(raw) > 1 && len(out) < want {
		n := int(int8(raw[0]))
		raw = raw[1:]
		switch {
		case n >= 0:
			n = min(n+1, len(raw))
			out = append(out, raw[:n]...)
			raw = raw[n:]
		case n > -128:
			out = append(out, bytes.Repeat(raw[:1], 1-n)...)
			raw = raw[1:]
		}
	}
	return out[:min(want, len(out))]
}

// undoPredictor adds to each sample the one of the pixel before (section 14).
func (p *tiffPage) undoPredictor(b []byte, w, h, samples int) error {
	switch p.number(tagPredictor, 1) {
	case 1:
		return nil
	case 2:
	default:
		return errors.New("tiff: predictor for floating point, which is not read")
	}
	stride := len(b) / max(h, 1)
	for row := range h {
		line := b[row*stride:][:stride]
		switch p.bits {
		case 8:
			for i := samples; i < len(line); i++ {
				line[i] += line[i-samples]
			}
		case 16:
			for i := 2 * samples; i+1 < len(line); i += 2 {
				p.order.PutUint16(line[i:], p.order.Uint16(line[i:])+p.order.Uint16(line[i-2*samples:]))
			}
		case 32:
			for i := 4 * samples; i+3 < len(line); i += 4 {
				p.order.PutUint32(line[i:], p.order.Uint32(line[i:])+p.order.Uint32(line[i-4*samples:]))
			}
		default:
			return fmt.Errorf("tiff: predictor for samples of %d bits", p.bits)
		}
	}
	return nil
}

// jpegTile decodes a tile that is a JPEG, to which the page may have tables of its own.
func (p *tiffPage) jpegTile(i int) (image.Image, error) {
	raw, err := p.stored(i, 0)
	if err != nil {
		return nil, err
	}
	if tables := p.tags[tagJPEGTables].value; len(tables) > 4 && len(raw) > 2 {
		joined := append([]byte{}, tables[:len(tables)-2]...) // without the end of image
		raw = append(joined, raw[2:]...)                      // without its beginning
	}
	d := newJPEGDecoder(raw, 8)
	if p.photometric == photoRGB {
		d.colours.adobe = true // with transform 0: the components are no YCbCr
	}
	if err := d.readAll(); err != nil {
		return nil, err
	}
	if d.components == nil || d.components[0].plane == nil {
		return nil, errJPEG
	}
	if d.progressive {
		d.transformAll()
	}
	return d.image(), nil
}
