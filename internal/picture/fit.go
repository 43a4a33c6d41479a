package picture

import "image"

// Fit returns the picture as f says, in packed form (CHW), with its orientation
// applied.
func (p *Picture) Fit(f Form) []byte {
	if p.profile != nil && p.isRGB() {
		if convert := toSRGB(p.profile); convert != nil {
			return p.fitInSRGB(f, convert)
		}
	}
	bounds := p.bounds()
	var square []byte
	switch f.Fit {
	case Contain:
		w, h := contained(bounds, f.Size)
		square = onBackground(p.scaled(bounds, f, w, h), f, w, h)
	case Stretch:
		square = p.scaled(bounds, f, f.Size, f.Size)
	default:
		square = p.scaled(p.turn.square(bounds), f, f.Size, f.Size)
	}
	return planes(p.turn.apply(square, f.Size, f.Channels), f.Channels)
}

// bounds returns the bounds of the stored pixels at full size, also where fewer
// were decoded, without the rows that the file lacks.
func (p *Picture) bounds() image.Rectangle {
	b := p.pixels.Bounds()
	if p.shrunk > 1 {
		w, h := p.Width, p.Height
		if p.turn.transposed() {
			w, h = h, w
		}
		b = image.Rect(0, 0, w, h)
	}
	b.Max.Y -= p.lost
	return b
}

// scaled returns a part of the stored pixels, scaled to w x h, channels interleaved.
func (p *Picture) scaled(part image.Rectangle, f Form, w, h int) []byte {
	read := newRows(p.pixels, f.Channels, f.Background)
	if p.shrunk <= 1 && part.Dx() == w && part.Dy() == h {
		return copyRows(read, part, f.Channels)
	}
	across, left := p.span(part.Min.X, part.Max.X)
	down, top := p.span(part.Min.Y, part.Max.Y)
	pixels := resize(func(dst []byte, y int) {
		read(dst, left, top+y)
		if f.Channels == 4 {
			premultiply(dst)
		}
	}, across, down, f.Channels, w, h, f.Filter)
	if f.Channels == 4 {
		unpremultiply(pixels)
	}
	return pixels
}

// span returns the part of a side between two positions at full size, and the
// first decoded pixel that lies in it.
func (p *Picture) span(from, to int) (s span, first int) {
	n := max(p.shrunk, 1)
	first = from / n
	return span{(to+n-1)/n - first, float64(from%n) / float64(n), float64(to-from) / float64(n)}, first
}

// contained returns the width and height that r gets when its longer side becomes
// size.
func contained(r image.Rectangle, size int) (w, h int) {
	long := max(r.Dx(), r.Dy())
	scale := func(side int) int { return max(1, (side*size+long/2)/long) }
	return scale(r.Dx()), scale(r.Dy())
}

// onBackground returns w x h pixels in the middle of a square of the background
// colour, or of a transparent square if there are 4 channels.
func onBackground(pixels []byte, f Form, w, h int) []byte {
	square := make([]byte, f.Size*f.Size*f.Channels)
	switch f.Channels {
	case 1:
		fillWith(square, []byte{f.Background.luma()})
	case 3:
		fillWith(square, f.Background[:])
	}
	left, top := (f.Size-w)/2, (f.Size-h)/2
	for y := range h {
		copy(square[((top+y)*f.Size+left)*f.Channels:], pixels[y*w*f.Channels:][:w*f.Channels])
	}
	return square
}

func fillWith(pixels, pixel []byte) {
	for i := range pixels {
		pixels[i] = pixel[i%len(pixel)]
	}
}

func copyRows(read rowReader, crop image.Rectangle, channels int) []byte {
	n := crop.Dx() * channels
	out := make([]byte, n*crop.Dy())
	for y := range crop.Dy() {
		read(out[y*n:(y+1)*n], crop.Min.X, crop.Min.Y+y)
	}
	return out
}

// planes reorders interleaved pixels into one plane per channel.
func planes(pixels []byte, channels int) []byte {
	if channels == 1 {
		return pixels
	}
	n := len(pixels) / channels
	out := make([]byte, len(pixels))
	for c := range channels {
		plane := out[c*n : (c+1)*n]
		for i := range plane {
			plane[i] = pixels[i*channels+c]
		}
	}
	return out
}

// premultiply multiplies colours by alpha, so that a filter does not mix the colour
// of transparent pixels into their neighbours.
func premultiply(pixels []byte) {
	for i := 0; i < len(pixels); i += 4 {
		a := uint32(pixels[i+3])
		for j := i; j < i+3; j++ {
			v := uint32(pixels[j])*a + 128
			pixels[j] = byte((v>>8 + v) >> 8) // v/255, rounded to nearest
		}
	}
}

func unpremultiply(pixels []byte) {
	for i := 0; i < len(pixels); i += 4 {
		a := uint32(pixels[i+3])
		if a == 0 || a == 255 {
			continue
		}
		for j := i; j < i+3; j++ {
			pixels[j] = byte(min(255*uint32(pixels[j])/a, 255))
		}
	}
}
