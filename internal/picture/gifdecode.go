package picture

// The pixels of a GIF (GIF 89a). The standard library refuses frames with a pixel too
// many, without an end code, or outside their screen.

import (
	"compress/lzw"
	"encoding/binary"
	"image"
	"image/color"
	"io"
)

// gifConfig returns the size of the screen. It is at least what the first frame needs.
func gifConfig(data []byte) (image.Config, error) {
	if len(data) < 13 {
		return image.Config{}, io.ErrUnexpectedEOF
	}
	screen := image.Pt(int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:])))
	for f := range gifFrames(data) {
		screen.X, screen.Y = max(screen.X, f.area.Max.X), max(screen.Y, f.area.Max.Y)
		break
	}
	return image.Config{ColorModel: color.Palette{}, Width: screen.X, Height: screen.Y}, nil
}

// gifDecode decodes the first frame.
func gifDecode(data []byte) (image.Image, error) {
	for f := range gifFrames(data) {
		return f.decode()
	}
	return nil, io.ErrUnexpectedEOF
}

// subBlocks reads the data of sub-blocks, each with its length before it.
type subBlocks struct {
	data []byte
	left int // of the current one
}

func (s *subBlocks) ReadByte() (byte, error) {
	for s.left == 0 {
		if len(s.data) == 0 || s.data[0] == 0 {
			return 0, io.EOF
		}
		s.left, s.data = int(s.data[0]), s.data[1:]
	}
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	b := s.data[0]
	s.data, s.left = s.data[1:], s.left-1
	return b, nil
}

func (s *subBlocks) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if p[n], err = s.ReadByte(); err != nil {
			break
		}
		n++
	}
	if n > 0 {
		err = nil
	}
	return n, err
}

// gifPixels decodes an image block: its palette, or else the global one, and its pixels,
// of which there may be more than the area has. control is the extension before the
// block, or nil.
func gifPixels(area image.Rectangle, global, control, block []byte) (image.Image, error) {
	const descriptor, interlaced, transparent = 10, 0x40, 1
	if area.Empty() {
		return nil, errFrameOutside
	}
	colours := global
	if n := colourTableSize(block[9]); n > 0 {
		colours = block[descriptor : descriptor+n]
	}
	palette := make(color.Palette, 256)
	for i := range palette {
		palette[i] = color.RGBA{A: 255}
		if 3*i+2 < len(colours) {
			palette[i] = color.RGBA{colours[3*i], colours[3*i+1], colours[3*i+2], 255}
		}
	}
	if control != nil && control[3]&transparent != 0 {
		palette[control[6]] = color.RGBA{}
	}
	at := descriptor + colourTableSize(block[9])
	if area.Dx()*area.Dy()/4096 > len(block) { // a code of 12 bits stands for 4096 pixels at most
		return nil, io.ErrUnexpectedEOF
	}
	img := image.NewPaletted(area, palette)
	size := int(block[at])
	if size < 2 || size > 8 {
		size = min(max(size, 2), 8)
	}
	codes := lzw.NewReader(&subBlocks{data: block[at+1:]}, lzw.LSB, size)
	defer codes.Close()
	if _, err := io.ReadFull(codes, img.Pix); err != nil {
		return nil, err
	}
	if block[9]&interlaced != 0 {
		img.Pix = deinterlaced(img.Pix, img.Stride)
	}
	return img, nil
}

// deinterlaced returns rows in their order. They are stored in four passes: every eighth
// row, those between, then every other one that is missing, then the rest.
func deinterlaced(pix []byte, stride int) []byte {
	out := make([]byte, len(pix))
	rows := len(pix) / stride
	for _, pass := range [4][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for y := pass[0]; y < rows; y += pass[1] {
			copy(out[y*stride:], pix[:stride])
			pix = pix[stride:]
		}
	}
	return out
}
