package picture

// Animated GIF. All frames share one palette, found by median cut (Heckbert: Color
// Image Quantization for Frame Buffer Display; SIGGRAPH 1982). Each pixel takes the
// palette's nearest colour. There is no dithering, since it would flicker.

import (
	"cmp"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"slices"
)

// WriteGIF writes frames of one size as an endless loop. delay is the time that each is
// shown, in hundredths of a second; of a fraction some last one longer than others. Pixels
// with an alpha below one half become transparent.
func WriteGIF(w io.Writer, frames []image.Image, delay float64) error {
	palette, index := quantize(frames)
	g := &gif.GIF{Config: image.Config{ColorModel: palette}}
	for i, frame := range frames {
		g.Image = append(g.Image, paint(frame, palette, index))
		g.Delay = append(g.Delay, int(math.Round(delay*float64(i+1))-math.Round(delay*float64(i))))
		g.Disposal = append(g.Disposal, disposal(frame))
	}
	if len(frames) > 0 {
		g.Config.Width, g.Config.Height = frames[0].Bounds().Dx(), frames[0].Bounds().Dy()
	}
	return gif.EncodeAll(w, g)
}

// disposal returns what is done with a frame before the next one: it is cleared if
// it has transparent pixels.
func disposal(frame image.Image) byte {
	if o, ok := frame.(interface{ Opaque() bool }); ok && o.Opaque() {
		return gif.DisposalNone
	}
	return gif.DisposalBackground
}

// cellBits is the number of leading bits of a channel that distinguish colours.
const cellBits = 6

// cell is the set of colours that agree in the first cellBits bits of each channel.
type cell struct {
	code  int    // those bits
	count int    // pixels
	sum   [3]int // of each channel over the pixels
}

func (c *cell) mean(channel int) int { return c.sum[channel] / c.count }

// cellOf returns the code of a pixel's cell, its colour, and whether it is opaque
// enough to be seen.
func cellOf(img image.Image, x, y int) (code int, rgb [3]int, seen bool) {
	c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
	rgb = [3]int{int(c.R), int(c.G), int(c.B)}
	for _, v := range rgb {
		code = code<<cellBits | v>>(8-cellBits)
	}
	return code, rgb, c.A >= 128
}

// quantize returns a palette of at most 256 colours, the first of them transparent,
// and, by code of each cell that occurs, the index of the nearest colour.
func quantize(frames []image.Image) (color.Palette, map[int]uint8) {
	cells := histogram(frames)
	palette := color.Palette{color.RGBA{}}
	for _, box := range medianCut(cells, 255) {
		palette = append(palette, average(box))
	}
	index := make(map[int]uint8, len(cells))
	for _, c := range cells {
		own := color.RGBA{uint8(c.mean(0)), uint8(c.mean(1)), uint8(c.mean(2)), 255}
		index[c.code] = uint8(1 + palette[1:].Index(own))
	}
	return palette, index
}

// histogram returns the cells that occur, in order of their codes.
func histogram(frames []image.Image) []cell {
	seen := map[int]*cell{}
	for _, frame := range frames {
		b := frame.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				code, rgb, ok := cellOf(frame, x, y)
				if !ok {
					continue
				}
				c := seen[code]
				if c == nil {
					c = &cell{code: code}
					seen[code] = c
				}
				c.count++
				for i, v := range rgb {
					c.sum[i] += v
				}
			}
		}
	}
	cells := make([]cell, 0, len(seen))
	for _, c := range seen {
		cells = append(cells, *c)
	}
	slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(a.code, b.code) })
	return cells
}

// medianCut divides the cells into at most n boxes. Repeatedly, it cuts the box
// with the longest side in two across that side, with half of the pixels in each.
func medianCut(cells []cell, n int) [][]cell {
	if len(cells) == 0 {
		return nil
	}
	boxes := [][]cell{slices.Clone(cells)}
	for len(boxes) < n {
		widest, axis, length := 0, 0, 0
		for i, box := range boxes {
			if a, l := longestSide(box); l > length {
				widest, axis, length = i, a, l
			}
		}
		if length == 0 {
			break
		}
		low, high := cut(boxes[widest], axis)
		boxes[widest] = low
		boxes = append(boxes, high)
	}
	return boxes
}

func longestSide(box []cell) (axis, length int) {
	for a := range 3 {
		low, high := 255, 0
		for i := range box {
			v := box[i].mean(a)
			low, high = min(low, v), max(high, v)
		}
		if high-low > length {
			axis, length = a, high-low
		}
	}
	return axis, length
}

// cut sorts a box of at least two cells along an axis and divides it there.
func cut(box []cell, axis int) (low, high []cell) {
	slices.SortStableFunc(box, func(a, b cell) int { return cmp.Compare(a.mean(axis), b.mean(axis)) })
	total := 0
	for _, c := range box {
		total += c.count
	}
	at, below := 1, box[0].count
	for at < len(box)-1 && 2*below < total {
		below += box[at].count
		at++
	}
	return box[:at], box[at:]
}

func average(box []cell) color.Color {
	var all cell
	for _, c := range box {
		all.count += c.count
		for i, v := range c.sum {
			all.sum[i] += v
		}
	}
	return color.RGBA{uint8(all.mean(0)), uint8(all.mean(1)), uint8(all.mean(2)), 255}
}

func paint(frame image.Image, palette color.Palette, index map[int]uint8) *image.Paletted {
	b := frame.Bounds()
	out := image.NewPaletted(image.Rect(0, 0, b.Dx(), b.Dy()), palette)
	for y := range b.Dy() {
		for x := range b.Dx() {
			if code, _, seen := cellOf(frame, b.Min.X+x, b.Min.Y+y); seen {
				out.SetColorIndex(x, y, index[code])
			}
		}
	}
	return out
}
