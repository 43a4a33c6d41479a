package picture

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// The ways to enlarge a picture.
const (
	Squares = "nearest" // each pixel becomes a square
	Lanczos = "lanczos" // smooth: Lanczos' kernel of three lobes
)

// lanczos is sinc(t) sinc(t/3) within three pixels.
var lanczos = draw.Kernel{Support: 3, At: func(t float64) float64 {
	if t == 0 {
		return 1
	}
	if t >= 3 {
		return 0
	}
	x := math.Pi * t
	return 3 * math.Sin(x) * math.Sin(x/3) / (x * x)
}}

// Scale returns an image of Image enlarged by a whole factor, by Squares or Lanczos.
func Scale(img image.Image, factor int, filter string) image.Image {
	if factor == 1 {
		return img
	}
	b := img.Bounds()
	out := newImage(channelsOf(img), b.Dx()*factor, b.Dy()*factor)
	if filter == Lanczos {
		lanczos.Scale(out, out.Bounds(), img, b, draw.Src, nil)
		return out
	}
	for y := range b.Dy() {
		for x := range b.Dx() {
			square(out, x*factor, y*factor, factor, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// square fills a square of an image from newImage.
func square(out draw.Image, x, y, side int, c color.Color) {
	for i := range side * side {
		out.Set(x+i%side, y+i/side, c)
	}
}

// RGBA returns the bytes of an image of Image: red, green, blue and alpha of each pixel, not
// multiplied by alpha.
func RGBA(img image.Image) []byte {
	b := img.Bounds()
	if n, ok := img.(*image.NRGBA); ok && n.Stride == 4*b.Dx() {
		return n.Pix
	}
	if n, ok := img.(*image.RGBA); ok && n.Stride == 4*b.Dx() && n.Opaque() {
		return n.Pix
	}
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return out.Pix
}
