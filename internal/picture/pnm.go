package picture

// Netpbm's portable bitmaps, greymaps and pixmaps (PBM, PGM, PPM), as text (P1 to
// P3) and in binary (P4 to P6).

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"io"
	"strings"
)

var errPNM = errors.New("pnm: invalid format")

// isPNM reports whether data begin like a file of one of the kinds: with two numbers,
// where no comment is longer than data.
func isPNM(data []byte, kinds string) bool {
	if len(data) < 3 || data[0] != 'P' || !strings.Contains(kinds, string(data[1])) ||
		!isSpace(data[2]) && data[2] != '#' {
		return false
	}
	rest := data[2:]
	for range 2 {
		_, after, err := pnmNumber(rest)
		if err == io.ErrUnexpectedEOF {
			return bytes.ContainsRune(rest, '#') || len(data) < SniffLength
		} else if err != nil || len(after) > 0 && !isSpace(after[0]) && after[0] != '#' {
			return false
		}
		rest = after
	}
	return true
}

// pnmFile is a header and the samples after it.
type pnmFile struct {
	kind          byte // '1' to '6'
	width, height int
	max           int // the sample of full brightness, 1 to 65535
	body          []byte
}

// readPNM reads a header. White space and comments separate its numbers; one byte
// of white space follows the last.
func readPNM(data []byte) (*pnmFile, error) {
	p := &pnmFile{kind: data[1], max: 1, body: data[2:]}
	numbers := []*int{&p.width, &p.height, &p.max}
	if p.isBitmap() {
		numbers = numbers[:2]
	}
	for _, n := range numbers {
		v, rest, err := pnmNumber(p.body)
		if err != nil {
			return nil, err
		}
		*n, p.body = v, rest
	}
	if len(p.body) > 0 {
		p.body = p.body[1:]
	}
	if p.max < 1 || p.max > 65535 || p.width > maxSide || p.height > maxSide {
		return nil, errPNM
	}
	return p, nil
}

func (p *pnmFile) isBitmap() bool { return p.kind == '1' || p.kind == '4' }
func (p *pnmFile) isText() bool   { return p.kind <= '3' }

func (p *pnmFile) channels() int {
	if p.kind == '3' || p.kind == '6' {
		return 3
	}
	return 1
}

// pnmNumber skips white space and comments and reads a decimal number.
func pnmNumber(data []byte) (n int, rest []byte, err error) {
	for len(data) > 0 && (isSpace(data[0]) || data[0] == '#') {
		skip := 1
		if data[0] == '#' {
			if skip = bytes.IndexByte(data, '\n'); skip < 0 {
				skip = len(data)
			}
		}
		data = data[skip:]
	}
	digits := 0
	for ; digits < len(data) && data[digits] >= '0' && data[digits] <= '9'; digits++ {
		if n = 10*n + int(data[digits]-'0'); n > 1<<30 {
			return 0, nil, errPNM
		}
	}
	switch {
	case digits > 0:
		return n, data[digits:], nil
	case len(data) == 0:
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, errPNM
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

func pnmConfig(data []byte) (image.Config, error) {
	p, err := readPNM(data)
	if err != nil {
		return image.Config{}, err
	}
	models := map[bool]color.Model{false: color.GrayModel, true: color.Gray16Model}
	if p.channels() == 3 {
		models = map[bool]color.Model{false: color.RGBAModel, true: color.RGBA64Model}
	}
	return image.Config{ColorModel: models[p.max > 255], Width: p.width, Height: p.height}, nil
}

// pnmDecode decodes the picture, with 8 bits per sample or, if max is over 255, 16.
func pnmDecode(data []byte) (image.Image, error) {
	p, err := readPNM(data)
	if err != nil {
		return nil, err
	}
	next := p.samples()
	size := image.Rect(0, 0, p.width, p.height)
	var put func(x, y int, v [3]uint16)
	var img image.Image
	switch {
	case p.channels() == 1 && p.max <= 255:
		grey := image.NewGray(size)
		img, put = grey, func(x, y int, v [3]uint16) { grey.Pix[y*grey.Stride+x] = byte(v[0] >> 8) }
	case p.channels() == 1:
		grey := image.NewGray16(size)
		img, put = grey, func(x, y int, v [3]uint16) { grey.SetGray16(x, y, color.Gray16{Y: v[0]}) }
	case p.max <= 255:
		rgb := image.NewRGBA(size)
		img, put = rgb, func(x, y int, v [3]uint16) {
			copy(rgb.Pix[rgb.PixOffset(x, y):], []byte{byte(v[0] >> 8), byte(v[1] >> 8), byte(v[2] >> 8), 255})
		}
	default:
		rgb := image.NewRGBA64(size)
		img, put = rgb, func(x, y int, v [3]uint16) {
			rgb.SetRGBA64(x, y, color.RGBA64{R: v[0], G: v[1], B: v[2], A: 0xffff})
		}
	}
	var v [3]uint16
	for y := range p.height {
		for x := range p.width {
			for c := range p.channels() {
				sample, err := next(x)
				if err != nil {
					return nil, err
				}
				v[c] = p.scale(sample)
			}
			put(x, y, v)
		}
	}
	return img, nil
}

// scale returns a sample in 16 bits. If max is at most 255, the upper eight bits are
// the sample in 8 bits and the lower ones are 0.
func (p *pnmFile) scale(sample int) uint16 {
	sample = min(sample, p.max)
	if p.max <= 255 {
		return uint16((sample*255+p.max/2)/p.max) << 8
	}
	return uint16((sample*65535 + p.max/2) / p.max)
}

// samples returns a function that reads the next sample, which is in column x. In
// bitmaps a stored 1 is black, so the function inverts it.
func (p *pnmFile) samples() func(x int) (int, error) {
	body, at := p.body, 0
	switch {
	case p.kind == '1':
		return func(int) (int, error) {
			for ; at < len(body); at++ {
				if b := body[at]; b == '0' || b == '1' {
					at++
					return int('1' - b), nil
				} else if !isSpace(b) {
					return 0, errPNM
				}
			}
			return 0, io.ErrUnexpectedEOF
		}
	case p.isText():
		return func(int) (n int, err error) {
			n, body, err = pnmNumber(body)
			return n, err
		}
	case p.kind == '4':
		return func(x int) (int, error) {
			if at >= len(body) {
				return 0, io.ErrUnexpectedEOF
			}
			bit := body[at] >> (7 - x%8) & 1
			if x%8 == 7 || x == p.width-1 { // every row begins with a new byte
				at++
			}
			return int(1 - bit), nil
		}
	}
	width := 1
	if p.max > 255 {
		width = 2
	}
	return func(int) (n int, err error) {
		if at+width > len(body) {
			return 0, io.ErrUnexpectedEOF
		}
		if n = int(body[at]); width == 2 {
			n = int(binary.BigEndian.Uint16(body[at:]))
		}
		at += width
		return n, nil
	}
}
