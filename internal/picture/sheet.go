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
	put(out, pictures, i, rounding)
	return out
}

// Sheet returns a batch of pictures (NCHW in [-1, 1]) as Tile arranges them.
func Sheet(pictures *tensor.Tensor, columns int, rounding string) image.Image {
	images := make([]image.Image, pictures.Shape[0])
	for i := range images {
		images[i] = Image(pictures, i, rounding)
	}
	return Tile(images, columns)
}

// Tile returns images as one, in rows of columns images. The gaps between them are
// black, or transparent if there is alpha. All images have one size and type, such as
// those of Image. There is at least one.
func Tile(images []image.Image, columns int) image.Image {
	n, size := len(images), images[0].Bounds().Size()
	columns = max(min(columns, n), 1)
	lines := (n + columns - 1) / columns
	w, h := size.X+Gap, size.Y+Gap
	out := newImage(channelsOf(images[0]), columns*w+Gap, lines*h+Gap)
	for i, img := range images {
		corner := image.Pt(Gap+i%columns*w, Gap+i/columns*h)
		place(out, image.Rectangle{Min: corner, Max: corner.Add(size)}, img)
	}
	return out
}

// channelsOf returns the channels of the image that newImage makes for one like img.
func channelsOf(img image.Image) int {
	switch img.(type) {
	case *image.Gray:
		return 1
	case *image.NRGBA:
		return 4
	}
	return 3
}

// place copies img into a rectangle of out. It copies the bytes of an image with alpha,
// since package draw computes with colours that are multiplied by it and rounds.
func place(out draw.Image, r image.Rectangle, img image.Image) {
	to, ok := out.(*image.NRGBA)
	from, same := img.(*image.NRGBA)
	if !ok || !same {
		draw.Draw(out, r, img, img.Bounds().Min, draw.Src)
		return
	}
	for y := range r.Dy() {
		row := from.Pix[from.PixOffset(from.Rect.Min.X, from.Rect.Min.Y+y):]
		copy(to.Pix[to.PixOffset(r.Min.X, r.Min.Y+y):], row[:4*r.Dx()])
	}
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

// put draws picture i of a batch into an image from newImage.
func put(out draw.Image, pictures *tensor.Tensor, i int, rounding string) {
	h, w := pictures.Shape[2], pictures.Shape[3]
	p := pictures.Row(i)
	at := func(c, k int) byte { return Byte(p[c*h*w+k], rounding) }
	for k := range h * w {
		x, y := k%w, k/w
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
