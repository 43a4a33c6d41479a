package picture

// Images for people to look at: single pictures and contact sheets, and their
// PNG and JPEG files.

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"

	"dcgan/internal/tensor"
)

// Gap is the space around each picture of a sheet, in pixels.
const Gap = 2

// jpegQuality is the quality of the reference's files.
const jpegQuality = 95

// Image returns picture i of a batch (NCHW in [-1, 1]). It is grey, opaque RGB or
// RGB with alpha if the batch has 1, 3 or 4 channels.
func Image(pictures *tensor.Tensor, i int, rounding string) image.Image {
	out := newImage(pictures.Shape[1], pictures.Shape[3], pictures.Shape[2])
	put(out, image.Point{}, pictures, i, rounding)
	return out
}

// Sheet returns a batch of pictures (NCHW in [-1, 1]) in rows of columns pictures.
// The gaps between them are black, or transparent if there is alpha.
func Sheet(pictures *tensor.Tensor, columns int, rounding string) image.Image {
	n, c, h, w := pictures.Shape[0], pictures.Shape[1], pictures.Shape[2], pictures.Shape[3]
	columns = max(min(columns, n), 1)
	lines := (n + columns - 1) / columns
	out := newImage(c, columns*(w+Gap)+Gap, lines*(h+Gap)+Gap)
	for i := range n {
		corner := image.Pt(Gap+i%columns*(w+Gap), Gap+i/columns*(h+Gap))
		put(out, corner, pictures, i, rounding)
	}
	return out
}

// newImage returns an image of 1, 3 or 4 channels, black or, with 4, transparent.
func newImage(channels, width, height int) draw.Image {
	r := image.Rect(0, 0, width, height)
	switch channels {
	case 1:
		return image.NewGray(r)
	case 3:
		out := image.NewRGBA(r)
		draw.Draw(out, r, image.Black, image.Point{}, draw.Src)
		return out
	case 4:
		return image.NewNRGBA(r)
	}
	panic(fmt.Sprintf("picture of %d channels", channels))
}

// put draws picture i of a batch into an image from newImage, with its upper left
// pixel at corner.
func put(out draw.Image, corner image.Point, pictures *tensor.Tensor, i int, rounding string) {
	h, w := pictures.Shape[2], pictures.Shape[3]
	p := pictures.Row(i)
	at := func(c, k int) byte { return Byte(p[c*h*w+k], rounding) }
	for k := range h * w {
		x, y := corner.X+k%w, corner.Y+k/w
		switch out := out.(type) {
		case *image.Gray:
			out.SetGray(x, y, color.Gray{Y: at(0, k)})
		case *image.RGBA:
			out.SetRGBA(x, y, color.RGBA{at(0, k), at(1, k), at(2, k), 255})
		case *image.NRGBA:
			out.SetNRGBA(x, y, color.NRGBA{at(0, k), at(1, k), at(2, k), at(3, k)})
		}
	}
}

// WritePNG writes an image as PNG.
func WritePNG(w io.Writer, img image.Image) error { return png.Encode(w, img) }

// WriteJPEG writes an image, composed on white, as JPEG of quality 95.
func WriteJPEG(w io.Writer, img image.Image) error {
	if n, ok := img.(*image.NRGBA); ok {
		all := image.NewRGBA(n.Rect)
		draw.Draw(all, n.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(all, n.Rect, n, n.Rect.Min, draw.Over)
		img = all
	}
	return jpeg.Encode(w, img, &jpeg.Options{Quality: jpegQuality})
}
