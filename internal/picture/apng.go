package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"io"
	"iter"
)

// WriteAPNG writes n frames of one size and kind, such as those of Image, as an animated
// PNG that loops for ever (https://www.w3.org/TR/png-3/). Programs that know no animation
// show the first frame.
func WriteAPNG(w io.Writer, n, fps int, frames iter.Seq2[image.Image, error]) error {
	a := &apng{w: w, n: n, fps: fps}
	for frame, err := range frames {
		if err != nil {
			return err
		}
		if err := a.frame(frame); err != nil {
			return err
		}
	}
	if a.frames != n {
		return errors.New("an animation has another number of frames than its header says")
	}
	a.chunk("IEND", nil)
	return a.err
}

// apng writes the chunks of an animated PNG.
type apng struct {
	w        io.Writer
	n, fps   int
	frames   int // so far
	size     image.Point
	channels int
	numbered uint32 // chunks of the animation so far
	err      error
	raw      bytes.Buffer
}

// The colour types of 1, 3 and 4 channels.
var pngColours = map[int]byte{1: 0, 3: 2, 4: 6}

func (a *apng) frame(img image.Image) error {
	size, channels := img.Bounds().Size(), channelsOf(img)
	if a.frames == 0 {
		a.begin(size, channels)
	} else if size != a.size || channels != a.channels {
		return errors.New("the frames of an animation are not alike")
	}
	control := a.number(nil)
	for _, v := range []int{size.X, size.Y, 0, 0} {
		control = binary.BigEndian.AppendUint32(control, uint32(v))
	}
	control = binary.BigEndian.AppendUint16(control, 1)
	control = binary.BigEndian.AppendUint16(control, uint16(a.fps))
	a.chunk("fcTL", append(control, 0, 0)) // the frame stays, and replaces what was there
	data, err := a.compress(img)
	if err != nil {
		return err
	}
	if a.frames == 0 {
		a.chunk("IDAT", data)
	} else {
		a.chunk("fdAT", append(a.number(nil), data...))
	}
	a.frames++
	return a.err
}

// begin writes what comes before the first frame.
func (a *apng) begin(size image.Point, channels int) {
	a.size, a.channels = size, channels
	_, a.err = io.WriteString(a.w, "\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(nil, uint32(size.X))
	header = binary.BigEndian.AppendUint32(header, uint32(size.Y))
	a.chunk("IHDR", append(header, 8, pngColours[channels], 0, 0, 0))
	animation := binary.BigEndian.AppendUint32(nil, uint32(a.n))
	a.chunk("acTL", binary.BigEndian.AppendUint32(animation, 0)) // loops without end
}

// number appends the number of a chunk of the animation, which all have one count.
func (a *apng) number(b []byte) []byte {
	a.numbered++
	return binary.BigEndian.AppendUint32(b, a.numbered-1)
}

// compress returns the lines of an image, each as the differences to the pixel before.
func (a *apng) compress(img image.Image) ([]byte, error) {
	a.raw.Reset()
	z := zlib.NewWriter(&a.raw)
	line := make([]byte, 1+a.size.X*a.channels)
	line[0] = 1 // the filter "sub"
	for y := range a.size.Y {
		values := line[1:]
		putLine(values, img, y)
		for i := len(values) - 1; i >= a.channels; i-- {
			values[i] -= values[i-a.channels]
		}
		if _, err := z.Write(line); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return a.raw.Bytes(), err
}

// putLine writes a line of an image from newImage, without the alpha of an opaque one.
func putLine(dst []byte, img image.Image, y int) {
	y += img.Bounds().Min.Y
	x := img.Bounds().Min.X
	switch img := img.(type) {
	case *image.Gray:
		copy(dst, img.Pix[img.PixOffset(x, y):])
	case *image.NRGBA:
		copy(dst, img.Pix[img.PixOffset(x, y):])
	default:
		for i := range len(dst) / 3 {
			r, g, b, _ := img.At(x+i, y).RGBA()
			dst[3*i], dst[3*i+1], dst[3*i+2] = byte(r>>8), byte(g>>8), byte(b>>8)
		}
	}
}

func (a *apng) chunk(kind string, data []byte) {
	if a.err != nil {
		return
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	_, a.err = a.w.Write(b)
}
