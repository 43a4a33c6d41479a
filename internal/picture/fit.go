package picture

import "image"

// Fit returns the picture in packed form (CHW), as it is to be seen.
func (p *Picture) Fit(f Form) []byte {
	bounds := p.bounds()
	var square []byte
	switch f.Fit {
	case Contain:
		w, h := contained(bounds, f.Size)
		square = onGround(p.scaled(bounds, f, w, h), f, w, h)
	case Stretch:
		square = p.scaled(bounds, f, f.Size, f.Size)
	default:
		square = p.scaled(p.turn.square(bounds), f, f.Size, f.Size)
	}
	return planes(p.turn.apply(square, f.Size, f.Channels), f.Channels)
}

// bounds are those of the stored pixels, before any were left out.
func (p *Picture) bounds() image.Rectangle {
	if p.shrunk <= 1 {
		return p.pixels.Bounds()
	}
	w, h := p.Width, p.Height
	if p.turn.transposed() {
		w, h = h, w
	}
	return image.Rect(0, 0, w, h)
}

// scaled returns a part of the pixels in w x h, channels interleaved.
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

// span is the part of a side from one stored pixel to another, and the first
// pixel there is of it.
func (p *Picture) span(from, to int) (s span, first int) {
	n := max(p.shrunk, 1)
	first = from / n
	return span{(to+n-1)/n - first, float64(from%n) / float64(n), float64(to-from) / float64(n)}, first
}

// contained is the width and height of a picture whose longer side becomes size.
func contained(r image.Rectangle, size int) (w, h int) {
	long := max(r.Dx(), r.Dy())
	scale := func(side int) int { return max(1, (side*size+long/2)/long) }
	return scale(r.Dx()), scale(r.Dy())
}

// onGround puts w x h pixels into the middle of a square of the background, which
// is transparent where there is alpha.
func onGround(pixels []byte, f Form, w, h int) []byte {
	ground := make([]byte, f.Size*f.Size*f.Channels)
	switch f.Channels {
	case 1:
		fillWith(ground, []byte{f.Background.luma()})
	case 3:
		fillWith(ground, f.Background[:])
	}
	left, top := (f.Size-w)/2, (f.Size-h)/2
	for y := range h {
		copy(ground[((top+y)*f.Size+left)*f.Channels:], pixels[y*w*f.Channels:][:w*f.Channels])
	}
	return ground
}

func fillWith(pixels, pixel []byte) {
	for i := range pixels {
		pixels[i] = pixel[i%len(pixel)]
	}
}

func copyRows(read rows, crop image.Rectangle, channels int) []byte {
	n := crop.Dx() * channels
	out := make([]byte, n*crop.Dy())
	for y := range crop.Dy() {
		read(out[y*n:(y+1)*n], crop.Min.X, crop.Min.Y+y)
	}
	return out
}

// planes turns interleaved pixels into one plane a channel.
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

// premultiply weighs colours by alpha, so that a filter does not let the colour
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
