package picture

// The frames of animations, each as a player shows it: drawn on what the frames
// before it have left. They are decoded one at a time, so that memory holds one
// frame and the screen, however many there are.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"io"
	"iter"
)

// frame is a part of the screen that an animation changes.
type frame struct {
	area    image.Rectangle
	decode  func() (image.Image, error)
	replace bool // its transparent parts too, instead of being laid over the screen
	clear   bool // the area turns transparent afterwards
	restore bool // the area becomes again what it was before
}

var errFrameOutside = errors.New("a frame that isn't within its screen")

// within decodes the frame of a screen.
func (f *frame) within(screen image.Rectangle) (image.Image, error) {
	if f.area.Empty() || !f.area.In(screen) {
		return nil, errFrameOutside
	}
	img, err := f.decode()
	if err == nil && img.Bounds().Size() != f.area.Size() {
		err = errFrameOutside
	}
	return img, err
}

// animationFactor is how many times the limit on one picture's pixels all the
// frames of an animation may have.
const animationFactor = 4

func (f *File) screen() image.Rectangle { return image.Rect(0, 0, f.Width, f.Height) }

// frames lists the frames of an animation, nil for any other file.
func (f *File) frames() iter.Seq[frame] {
	switch {
	case f.Format == "gif":
		return gifFrames(f.data)
	case f.Format == "webp" && webpAnimated(f.data):
		return webpFrames(f.data)
	}
	return nil
}

// Frames yields every frame of an animation, and the picture of any other file.
// A picture serves until the next one is asked for. An error ends them.
func (f *File) Frames() iter.Seq2[*Picture, error] {
	return func(yield func(*Picture, error) bool) {
		frames := f.frames()
		if frames == nil {
			yield(f.Decode())
			return
		}
		if err := f.checkFrames(frames); err != nil {
			yield(nil, err)
			return
		}
		canvas := image.NewRGBA(f.screen())
		for fr := range frames {
			shown, err := fr.show(canvas)
			if err != nil {
				yield(nil, plain(f.Format, err))
				return
			}
			if !yield(&Picture{f.Header, f.turn, shown, 1}, nil) {
				return
			}
			fr.leave(canvas)
		}
	}
}

// checkFrames refuses an animation without a frame or with too much to draw.
func (f *File) checkFrames(frames iter.Seq[frame]) error {
	n := 0
	for range frames {
		n++
	}
	if n == 0 {
		return fmt.Errorf("%s: cut short", f.Format)
	}
	if limit := animationFactor * f.maxPixels; n > limit/(f.Width*f.Height) {
		return fmt.Errorf("%d frames of %d x %d pixels, over the limit of %d for all", n, f.Width, f.Height, limit)
	}
	return nil
}

// show draws the frame on the canvas, or on a copy if it is to be taken back.
func (f *frame) show(canvas *image.RGBA) (shown *image.RGBA, err error) {
	defer caught(&err)
	img, err := f.within(canvas.Rect)
	if err != nil {
		return nil, err
	}
	shown = canvas
	if f.restore {
		shown = image.NewRGBA(canvas.Rect)
		copy(shown.Pix, canvas.Pix)
	}
	op := draw.Over
	if f.replace {
		op = draw.Src
	}
	draw.Draw(shown, f.area, img, img.Bounds().Min, op)
	return shown, nil
}

// leave makes of the canvas what the next frame finds.
func (f *frame) leave(canvas *image.RGBA) {
	if f.clear {
		draw.Draw(canvas, f.area, image.Transparent, image.Point{}, draw.Src)
	}
}

// onScreen puts a GIF's frame in its place on the transparent screen.
func onScreen(img image.Image, screen image.Rectangle) image.Image {
	if img.Bounds() == screen {
		return img
	}
	all := image.NewNRGBA(screen)
	draw.Draw(all, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return all
}

// gifFrames lists the frames of a GIF up to where its blocks make no sense (GIF
// 89a, sections 18 to 27). Each is decoded as a file of its own: the same header,
// its own blocks.
func gifFrames(data []byte) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		const header = 13
		if len(data) < header {
			return
		}
		start := header + colourTable(data[10])
		var control []byte // the graphic control extension in force
		for rest := data[min(start, len(data)):]; len(rest) > 0; {
			length := gifBlock(rest)
			if length == 0 {
				return
			}
			block := rest[:length]
			rest = rest[length:]
			switch {
			case block[0] == gifExtension && block[1] == 0xf9 && length >= 8:
				control = block
			case block[0] == gifImage:
				if !yield(gifFrame(data[:start], control, block)) {
					return
				}
				control = nil
			}
		}
	}
}

const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
)

// colourTable is the length of the colour table that flags announce, in bytes.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifBlock is the length of the block that data begins with, 0 if that is the
// trailer, none, or not all there.
func gifBlock(data []byte) int {
	at := 0
	switch {
	case data[0] == gifExtension:
		at = 2
	case data[0] == gifImage && len(data) > 10:
		at = 10 + colourTable(data[9]) + 1 // and the size of its codes
	default:
		return 0
	}
	for at < len(data) { // sub-blocks, the last of no length
		size := int(data[at])
		at += 1 + size
		if size == 0 {
			return at
		}
	}
	return 0
}

func gifFrame(header, control, block []byte) frame {
	word := func(i int) int { return int(binary.LittleEndian.Uint16(block[i:])) }
	f := frame{area: image.Rect(word(1), word(3), word(1)+word(5), word(3)+word(7))}
	if control != nil {
		const background, previous = 2, 3
		disposal := control[3] >> 2 & 7
		f.clear, f.restore = disposal == background, disposal == previous
	}
	f.decode = func() (image.Image, error) {
		return gif.Decode(io.MultiReader(bytes.NewReader(header), bytes.NewReader(control),
			bytes.NewReader(block), bytes.NewReader([]byte{gifTrailer})))
	}
	return f
}
