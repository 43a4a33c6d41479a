package picture

// The frames of animations, as a player shows them: each is drawn over what the
// earlier ones left. They are decoded one at a time, so memory holds the screen
// and one frame, whatever their number.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"iter"
)

// frame is one frame of an animation. It changes an area of the screen.
type frame struct {
	area    image.Rectangle
	decode  func() (image.Image, error)
	replace bool // transparent pixels of the frame replace the screen's, too
	clear   bool // the area turns transparent when the frame has been shown
	restore bool // the area returns to what it was before, when the frame has been shown
}

var errFrameOutside = errors.New("a frame reaches outside its screen")

// decodeWithin decodes the frame. It fails if the frame is empty or not inside the screen.
func (f *frame) decodeWithin(screen image.Rectangle) (image.Image, error) {
	if f.area.Empty() || !f.area.In(screen) {
		return nil, errFrameOutside
	}
	img, err := f.decode()
	if err == nil && img.Bounds().Size() != f.area.Size() {
		err = errFrameOutside
	}
	return img, err
}

// animationFactor is how many times the limit of one picture all frames of an animation
// may have together.
const animationFactor = 4

func (f *File) screen() image.Rectangle { return image.Rect(0, 0, f.Width, f.Height) }

// frames returns the frames of an animation, or nil if the file is not one.
func (f *File) frames() iter.Seq[frame] {
	switch {
	case f.Format == "gif":
		return gifFrames(f.data)
	case f.Format == "png":
		return pngFrames(f.data)
	case f.Format == "webp" && webpAnimated(f.data):
		return webpFrames(f.data)
	}
	return nil
}

// Frames yields every frame of an animation, or the one picture of any other file.
// A picture is valid until the next one is asked for. The sequence ends after an
// error.
func (f *File) Frames() iter.Seq2[*Picture, error] {
	return func(yield func(*Picture, error) bool) {
		if f.format.pages != nil {
			if pages := f.format.pages(f); pages != nil {
				pages(yield)
				return
			}
		}
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
		for next := range frames {
			shown, err := next.show(canvas)
			if err != nil {
				yield(nil, decodeError(f.Format, err))
				return
			}
			if !yield(&Picture{Header: f.Header, meta: f.meta, pixels: shown}, nil) {
				return
			}
			next.leave(canvas)
		}
	}
}

// checkFrames returns an error for an animation without a frame, or with more
// pixels to draw than animationFactor allows.
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

// show draws the frame on the canvas, or on a copy of it if the frame is to be
// undone, and returns what it drew on.
func (f *frame) show(canvas *image.RGBA) (shown *image.RGBA, err error) {
	defer recoverError(&err)
	img, err := f.decodeWithin(canvas.Rect)
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

// leave prepares the canvas for the next frame.
func (f *frame) leave(canvas *image.RGBA) {
	if f.clear {
		draw.Draw(canvas, f.area, image.Transparent, image.Point{}, draw.Src)
	}
}

// onScreen returns a GIF's frame at its place on a transparent screen.
func onScreen(img image.Image, screen image.Rectangle) image.Image {
	if img.Bounds() == screen {
		return img
	}
	all := image.NewNRGBA(screen)
	draw.Draw(all, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return all
}

// gifFrames yields the frames of a GIF up to its end or the first invalid block
// (GIF 89a, sections 18 to 27).
func gifFrames(data []byte) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		const header = 13
		if len(data) < header {
			return
		}
		start := min(header+colourTableSize(data[10]), len(data))
		var control []byte // the graphic control extension in force
		for rest := data[start:]; len(rest) > 0; {
			length := gifBlockSize(rest)
			if length == 0 {
				return
			}
			block := rest[:length]
			rest = rest[length:]
			switch {
			case block[0] == gifExtension && block[1] == 0xf9 && length >= 8:
				control = block
			case block[0] == gifImage:
				if !yield(gifFrame(data[header:start], control, block)) {
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
)

// colourTableSize returns the length in bytes of the colour table that flags announce.
func colourTableSize(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// gifBlockSize returns the length of the block that data begins with. It returns 0
// if that block is the trailer, is unknown or is incomplete.
func gifBlockSize(data []byte) int {
	at := 0
	switch {
	case data[0] == gifExtension:
		at = 2
	case data[0] == gifImage && len(data) > 10:
		at = 10 + colourTableSize(data[9]) + 1 // the last byte is the size of its codes
	default:
		return 0
	}
	for at < len(data) { // sub-blocks; one of length 0 ends them
		size := int(data[at])
		at += 1 + size
		if size == 0 {
			return at
		}
	}
	return 0
}

// gifFrame returns the frame of an image block. colours is the common palette, control
// the extension that comes before the block, or nil.
func gifFrame(colours, control, block []byte) frame {
	word := func(i int) int { return int(binary.LittleEndian.Uint16(block[i:])) }
	f := frame{area: image.Rect(word(1), word(3), word(1)+word(5), word(3)+word(7))}
	if control != nil {
		const background, previous = 2, 3
		disposal := control[3] >> 2 & 7
		f.clear, f.restore = disposal == background, disposal == previous
	}
	f.decode = func() (image.Image, error) { return gifPixels(f.area, colours, control, block) }
	return f
}
