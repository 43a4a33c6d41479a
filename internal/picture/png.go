package picture

// PNG (ISO/IEC 15948) and its animations. The standard library decodes the pixels. A
// file that it refuses is written anew without what is beside the point: other chunks,
// colours that a palette has too many, bytes behind the pixels.

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
)

var (
	errPNG         = errors.New("png: invalid format")
	errPNGChecksum = errors.New("png: invalid format: invalid checksum")
)

// pngFile is what matters of a file.
type pngFile struct {
	header       []byte // the content of IHDR
	palette      []byte
	transparency []byte
	pixels       [][]byte // the contents of the IDAT chunks
	broken       error    // why the chunks end early
	frames       []pngFrame
}

// pngFrame is a frame of an animation.
type pngFrame struct {
	control []byte // the content of fcTL
	pixels  [][]byte
}

// readPNG reads the chunks. Those that matter must have their checksums.
func readPNG(data []byte) (*pngFile, error) {
	p := &pngFile{}
	for rest := data[len(pngMagic):]; len(rest) >= 12; {
		length, kind := int64(binary.BigEndian.Uint32(rest)), string(rest[4:8])
		if length > int64(len(rest)-12) {
			p.broken = io.ErrUnexpectedEOF
			break
		}
		content := rest[8 : 8+length]
		if kind[0]&0x20 == 0 && crc32.ChecksumIEEE(rest[4:8+length]) != binary.BigEndian.Uint32(rest[8+length:]) {
			p.broken = errPNGChecksum
			break
		}
		rest = rest[12+length:]
		p.add(kind, content)
		if kind == "IEND" {
			break
		}
	}
	if len(p.header) < 13 {
		if p.broken != nil {
			return nil, p.broken
		}
		return nil, io.ErrUnexpectedEOF
	}
	return p, nil
}

func (p *pngFile) add(kind string, content []byte) {
	last := len(p.frames) - 1
	switch kind {
	case "IHDR":
		if p.header == nil {
			p.header = content
		}
	case "PLTE":
		p.palette = content
	case "tRNS":
		p.transparency = content
	case "IDAT":
		p.pixels = append(p.pixels, content)
		if last >= 0 {
			p.frames[last].pixels = append(p.frames[last].pixels, content)
		}
	case "fcTL":
		if len(content) >= 26 {
			p.frames = append(p.frames, pngFrame{control: content})
		}
	case "fdAT":
		if last >= 0 && len(content) >= 4 {
			p.frames[last].pixels = append(p.frames[last].pixels, content[4:])
		}
	}
}

func (p *pngFile) width() int  { return int(binary.BigEndian.Uint32(p.header)) }
func (p *pngFile) height() int { return int(binary.BigEndian.Uint32(p.header[4:])) }
func (p *pngFile) depth() int  { return int(p.header[8]) }
func (p *pngFile) kind() int   { return int(p.header[9]) }

// pngConfig reads the header alone.
func pngConfig(data []byte) (image.Config, error) {
	const headerEnd = 33
	if len(data) < headerEnd {
		return image.Config{}, io.ErrUnexpectedEOF
	}
	p, err := readPNG(data[:headerEnd])
	if err != nil {
		return image.Config{}, err
	}
	if p.width() > maxSide || p.height() > maxSide {
		return image.Config{Width: min(p.width(), 1<<31), Height: min(p.height(), 1<<31)}, nil
	}
	models := map[int]color.Model{
		0: color.GrayModel, 2: color.RGBAModel, 3: color.Palette{}, 4: color.NRGBAModel, 6: color.NRGBAModel,
	}
	if p.depth() == 16 {
		models = map[int]color.Model{
			0: color.Gray16Model, 2: color.RGBA64Model, 4: color.NRGBA64Model, 6: color.NRGBA64Model,
		}
	}
	if models[p.kind()] == nil {
		return image.Config{}, errPNG
	}
	return image.Config{ColorModel: models[p.kind()], Width: p.width(), Height: p.height()}, nil
}

func pngDecode(data []byte) (image.Image, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err == nil {
		return img, nil
	}
	p, readErr := readPNG(data)
	if readErr != nil {
		return nil, err
	}
	anew, rewriteErr := p.rewritten(p.width(), p.height(), p.pixels)
	if rewriteErr == nil {
		img, rewriteErr = png.Decode(bytes.NewReader(anew))
	}
	if rewriteErr != nil {
		return nil, err // of the file as it is
	}
	return img, nil
}

// channels returns the samples of a pixel by the kind of colour.
func (p *pngFile) channels() int { return [...]int{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[min(p.kind(), 6)] }

// rawSize returns the bytes of w x h pixels before their compression: each row has one
// more that names its filter. An interlaced picture consists of seven.
func (p *pngFile) rawSize(w, h int) int {
	size := func(w, h int) int {
		if w == 0 || h == 0 {
			return 0
		}
		return h * (1 + divideUp(w*p.channels()*p.depth(), 8))
	}
	if p.header[12] == 0 {
		return size(w, h)
	}
	n := 0
	for _, pass := range [7][4]int{ // first column and row, steps
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		n += size(max(divideUp(w-pass[0], pass[2]), 0), max(divideUp(h-pass[1], pass[3]), 0))
	}
	return n
}

// rewritten returns a file of w x h pixels with only the chunks that matter.
func (p *pngFile) rewritten(w, h int, pixels [][]byte) ([]byte, error) {
	var readers []io.Reader
	for _, b := range pixels {
		readers = append(readers, bytes.NewReader(b))
	}
	z, err := zlib.NewReader(io.MultiReader(readers...))
	if err != nil {
		return nil, err
	}
	var idat bytes.Buffer
	stored, err := zlib.NewWriterLevel(&idat, zlib.NoCompression)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(stored, z, int64(p.rawSize(w, h))); err != nil {
		return nil, err
	}
	if err := stored.Close(); err != nil {
		return nil, err
	}
	header := bytes.Clone(p.header[:13])
	binary.BigEndian.PutUint32(header, uint32(w))
	binary.BigEndian.PutUint32(header[4:], uint32(h))
	out := appendChunk([]byte(pngMagic), "IHDR", header)
	if p.kind() == 3 {
		out = appendChunk(out, "PLTE", p.palette[:min(len(p.palette)/3, 1<<p.depth())*3])
	}
	if length := map[int]int{0: 2, 2: 6, 3: min(len(p.palette)/3, 1<<p.depth())}[p.kind()]; length > 0 &&
		p.transparency != nil {
		out = appendChunk(out, "tRNS", p.transparency[:min(length, len(p.transparency))])
	}
	out = appendChunk(out, "IDAT", idat.Bytes())
	return appendChunk(out, "IEND", nil), nil
}

func appendChunk(b []byte, kind string, content []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(content)))
	from := len(b)
	b = append(append(b, kind...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}

// pngFrames yields the frames of an animation, or is nil if the file is none.
func pngFrames(data []byte) iter.Seq[frame] {
	p, err := readPNG(data)
	if err != nil || len(p.frames) < 2 {
		return nil
	}
	return func(yield func(frame) bool) {
		for _, k := range p.frames {
			word := func(at int) int { return int(binary.BigEndian.Uint32(k.control[at:])) }
			const toBackground, toPrevious, overwrite = 1, 2, 0
			w, h, x, y := word(4), word(8), word(12), word(16)
			if w > maxSide || h > maxSide || x > maxSide || y > maxSide {
				return
			}
			f := frame{
				area:    image.Rect(x, y, x+w, y+h),
				clear:   k.control[24] == toBackground,
				restore: k.control[24] == toPrevious,
				replace: k.control[25] == overwrite,
			}
			f.decode = func() (image.Image, error) {
				file, err := p.rewritten(w, h, k.pixels)
				if err != nil {
					return nil, err
				}
				return png.Decode(bytes.NewReader(file))
			}
			if !yield(f) {
				return
			}
		}
	}
}
