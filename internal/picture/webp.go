package picture

// What golang.org/x/image/webp lacks of WebP: the correct colour range of lossy
// files, orientation, and animations.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"iter"
	"math"

	"golang.org/x/image/webp"
)

var errNoFrame = errors.New("webp: an animation without a frame")

func webpConfig(data []byte) (image.Config, error) { return webp.DecodeConfig(bytes.NewReader(data)) }

// webpDecode decodes a still picture, or the first frame of an animation at its
// place on a transparent canvas.
func webpDecode(data []byte) (image.Image, error) {
	if !webpAnimated(data) {
		img, err := webp.Decode(bytes.NewReader(data))
		return fullRange(img), err
	}
	canvas, err := webpConfig(data)
	if err != nil {
		return nil, err
	}
	for frame := range webpFrames(data) {
		screen := image.Rect(0, 0, canvas.Width, canvas.Height)
		img, err := frame.decodeWithin(screen)
		if err != nil || frame.area == screen {
			return img, err
		}
		all := image.NewNRGBA(screen)
		draw.Draw(all, frame.area, img, image.Point{}, draw.Src)
		return all, nil
	}
	return nil, errNoFrame
}

// riffChunks yields the name and content of each chunk of a RIFF file's content.
func riffChunks(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			id, length := string(data[:4]), int64(binary.LittleEndian.Uint32(data[4:]))
			data = data[8:]
			if length > int64(len(data)) || !yield(id, data[:length]) {
				return
			}
			data = data[min(length+length%2, int64(len(data))):]
		}
	}
}

// webpHeader is "RIFF", a length and "WEBP".
const webpHeader = 12

func webpAnimated(data []byte) bool {
	const animation = 1 << 1
	for id, content := range riffChunks(data[webpHeader:]) {
		return id == "VP8X" && len(content) > 0 && content[0]&animation != 0
	}
	return false
}

func webpMeta(data []byte) (meta, error) {
	m := meta{turn: webpOrientation(data)}
	for id, content := range riffChunks(data[webpHeader:]) {
		if id == "ICCP" {
			m.profile = content
		}
	}
	return m, nil
}

func webpOrientation(data []byte) orientation {
	for id, content := range riffChunks(data[webpHeader:]) {
		if id == "EXIF" {
			return exifOrientation(bytes.TrimPrefix(content, []byte("Exif\x00\x00")))
		}
	}
	return 1
}

// webpFrames yields the frames of an animation (WebP container, chunk ANMF).
func webpFrames(data []byte) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		for id, content := range riffChunks(data[webpHeader:]) {
			if id != "ANMF" || len(content) < 16 {
				continue
			}
			const noBlending, toBackground = 1 << 1, 1 << 0
			corner := image.Pt(2*uint24(content), 2*uint24(content[3:]))
			width, height := uint24(content[6:])+1, uint24(content[9:])+1
			f := frame{
				area:    image.Rectangle{corner, corner.Add(image.Pt(width, height))},
				replace: content[15]&noBlending != 0,
				clear:   content[15]&toBackground != 0,
			}
			still := stillWebP(content[16:], width, height)
			f.decode = func() (image.Image, error) {
				img, err := webp.Decode(bytes.NewReader(still))
				return fullRange(img), err
			}
			if !yield(f) {
				return
			}
		}
	}
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// stillWebP returns a WebP file of one frame's chunks.
func stillWebP(chunks []byte, width, height int) []byte {
	const alpha = 1 << 4
	extended := make([]byte, 10)
	w, h := width-1, height-1
	copy(extended[4:], []byte{byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)})
	for id := range riffChunks(chunks) {
		if id == "ALPH" {
			extended[0] |= alpha
		}
	}
	file := append([]byte("RIFF????WEBPVP8X\x0a\x00\x00\x00"), extended...)
	file = append(file, chunks...)
	binary.LittleEndian.PutUint32(file[4:], uint32(len(file)-8))
	return file
}

// fullRange rescales the colours of a lossy WebP in place. The file has luma in 16
// to 235 and chroma in 16 to 240 (ITU-R BT.601; RFC 6386, section 9.2). Go's YCbCr
// images, like JPEG, have both in 0 to 255.
func fullRange(img image.Image) image.Image {
	var y *image.YCbCr
	switch img := img.(type) {
	case *image.YCbCr:
		y = img
	case *image.NYCbCrA:
		y = &img.YCbCr
	default:
		return img
	}
	luma, chroma := stretched(16, 219, 0), stretched(128, 224, 128)
	lookUp(luma, y.Y)
	lookUp(chroma, y.Cb)
	lookUp(chroma, y.Cr)
	return img
}

func lookUp(table *[256]byte, plane []byte) {
	for i, v := range plane {
		plane[i] = table[v]
	}
}

// stretched returns the table of v -> (v-from)*255/span + to, rounded and clamped.
func stretched(from, span, to float64) *[256]byte {
	var table [256]byte
	for i := range table {
		v := math.Round(float64((float64(i)-from)*255/span) + to)
		table[i] = byte(min(max(v, 0), 255))
	}
	return &table
}
