package picture

import "image"

// Fit returns the picture in packed form (CHW).
func (p *Picture) Fit(f Form) []byte {
	crop := p.pixels.Bounds()
	if f.Fit != Stretch {
		crop = centredSquare(crop)
	}
	read := newRows(p.pixels, f.Channels)
	if crop.Dx() == f.Size && crop.Dy() == f.Size {
		return planes(copyRows(read, crop, f.Channels), f.Channels)
	}
	pixels := resize(func(dst []byte, y int) {
		read(dst, crop.Min.X, crop.Min.Y+y)
		if f.Channels == 4 {
			premultiply(dst)
		}
	}, crop.Dx(), crop.Dy(), f.Channels, f.Size, f.Filter)
	if f.Channels == 4 {
		unpremultiply(pixels)
	}
	return planes(pixels, f.Channels)
}

func centredSquare(r image.Rectangle) image.Rectangle {
	side := min(r.Dx(), r.Dy())
	corner := r.Min.Add(image.Pt((r.Dx()-side)/2, (r.Dy()-side)/2))
	return image.Rectangle{corner, corner.Add(image.Pt(side, side))}
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
