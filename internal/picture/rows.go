package picture

// Rows of a decoded picture as interleaved bytes in 1, 3 or 4 channels. They are
// made one at a time, so that a large picture is never in memory twice.

import (
	"image"
	"image/color"
	"math"
	"math/bits"
)

// rowReader reads row y of a picture, from column x on, into dst.
type rowReader func(dst []byte, x, y int)

// newRows returns a reader of the rows of img in 1, 3 or 4 channels. With 4, alpha
// is straight, and colours are 0 where alpha is 0, since nobody was to see them.
// With 1 or 3, the picture is composed on the background.
func newRows(img image.Image, channels int, background Colour) rowReader {
	read, native := nativeRows(img)
	var buffer []byte
	return func(dst []byte, x, y int) {
		n := len(dst) / channels
		if native == channels {
			read(dst, x, y)
		} else {
			if len(buffer) < n*native {
				buffer = make([]byte, n*native)
			}
			read(buffer[:n*native], x, y)
			convert(dst, channels, buffer[:n*native], native, background)
		}
		if channels == 4 {
			clearHidden(dst)
		}
	}
}

// nativeRows returns a reader of the rows of img in the channels of its type, and
// their number: 1 grey, 3 RGB, 4 RGB with straight alpha.
func nativeRows(img image.Image) (rowReader, int) {
	switch img := img.(type) {
	case *image.Gray:
		return func(dst []byte, x, y int) { copy(dst, img.Pix[img.PixOffset(x, y):]) }, 1
	case *image.Gray16:
		return gray16Rows(img), 1
	case *image.YCbCr:
		return ycbcrRows(&otherYCbCr{img, jfifMatrix, false}), 3
	case *otherYCbCr:
		return ycbcrRows(img), 3
	case *image.CMYK:
		return cmykRows(img), 3
	case *image.NRGBA:
		return func(dst []byte, x, y int) { copy(dst, img.Pix[img.PixOffset(x, y):]) }, 4
	case *image.RGBA:
		if img.Opaque() {
			return func(dst []byte, x, y int) { copy(dst, img.Pix[img.PixOffset(x, y):]) }, 4
		}
		return anyRows(img), 4
	case *image.Paletted:
		return palettedRows(img), 4
	case *image.NYCbCrA:
		return nycbcraRows(img), 4
	case image.RGBA64Image:
		return anyRows(img), 4
	}
	return anyRows(withRGBA64{img}), 4
}

func gray16Rows(img *image.Gray16) rowReader {
	return func(dst []byte, x, y int) {
		p := img.Pix[img.PixOffset(x, y):]
		for i := range dst {
			dst[i] = from16(uint32(p[2*i])<<8 | uint32(p[2*i+1]))
		}
	}
}

// ycbcrMatrix are the factors of Cr in red, of Cb and of Cr in green, and of Cb in
// blue, times 2^16.
type ycbcrMatrix [4]int32

// jfifMatrix has the factors of JPEG, with the numbers of color.YCbCrToRGB.
var jfifMatrix = ycbcrMatrix{91881, 22554, 46802, 116130}

// newYCbCrMatrix returns the factors for a luma of kr R + (1 - kr - kb) G + kb B.
func newYCbCrMatrix(kr, kb float64) ycbcrMatrix {
	kg := 1 - kr - kb
	var m ycbcrMatrix
	for i, v := range [4]float64{2 * (1 - kr), 2 * kb * (1 - kb) / kg, 2 * kr * (1 - kr) / kg, 2 * (1 - kb)} {
		m[i] = int32(math.Round(float64(v * (1 << 16))))
	}
	return m
}

// otherYCbCr is a picture of luma and chroma that is not to be shown as an image.YCbCr is.
type otherYCbCr struct {
	*image.YCbCr
	matrix ycbcrMatrix
	coarse bool // chroma is not interpolated
}

// ycbcrRows converts to RGB as color.YCbCrToRGB does. Chroma that has fewer samples
// than luma is interpolated between the two that are nearest, across and down, with
// weights of 3/4 and 1/4, as other readers do it.
func ycbcrRows(img *otherYCbCr) rowReader {
	r, m := img.Rect, &img.matrix
	across, down := chromaSteps(img.SubsampleRatio)
	smooth := across == 2 && !img.coarse
	shift := bits.TrailingZeros(uint(across))
	first := r.Min.X >> shift
	samples := (r.Max.X+across-1)>>shift - first
	var cb, cr []int32 // 16 times chroma, of one row
	return func(dst []byte, x, y int) {
		n := len(dst) / 3
		if len(cb) < n {
			cb, cr = make([]int32, n), make([]int32, n)
		}
		near := img.COffset(r.Min.X, y)
		far := near
		if down == 2 && !img.coarse {
			far = img.COffset(r.Min.X, min(max(y+y%2*2-1, r.Min.Y), r.Max.Y-1))
		}
		interpolate(cb[:n], img.Cb[near:near+samples], img.Cb[far:far+samples], x, first, shift, smooth)
		interpolate(cr[:n], img.Cr[near:near+samples], img.Cr[far:far+samples], x, first, shift, smooth)
		for i, l := range img.Y[img.YOffset(x, y):][:n] {
			yy, b, r := int32(l)*0x10101, cb[i], cr[i]
			p := dst[3*i : 3*i+3]
			p[0] = clamp16(yy + (m[0]*r)>>4)
			p[1] = clamp16(yy - (m[1]*b+m[2]*r)>>4)
			p[2] = clamp16(yy + (m[3]*b)>>4)
		}
	}
}

// interpolate writes 16 times chroma less 128 of the pixels from column x on. near and
// far are the nearest and the next row of samples, which begin with sample first; a
// sample serves 2^shift pixels.
func interpolate(dst []int32, near, far []byte, x, first, shift int, smooth bool) {
	if !smooth {
		for i := range dst {
			c := (x+i)>>shift - first
			dst[i] = 4*(3*int32(near[c])+int32(far[c])) - 16*128
		}
		return
	}
	for i := range dst {
		c := (x+i)>>1 - first
		next := min(max(c+(x+i)&1*2-1, 0), len(near)-1)
		dst[i] = 9*int32(near[c]) + 3*int32(far[c]) + 3*int32(near[next]) + int32(far[next]) - 16*128
	}
}

// chromaSteps returns the number of pixels across and down that share one sample of
// chroma.
func chromaSteps(r image.YCbCrSubsampleRatio) (across, down int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 1, 1
}

// clamp16 returns v / 2^16, clamped to a byte.
func clamp16(v int32) byte {
	if uint32(v)&0xff000000 == 0 {
		return byte(v >> 16)
	}
	return byte(^(v >> 31)) // 0 below, 255 above
}

func cmykRows(img *image.CMYK) rowReader {
	return func(dst []byte, x, y int) {
		p := img.Pix[img.PixOffset(x, y):]
		for i := range len(dst) / 3 {
			dst[3*i], dst[3*i+1], dst[3*i+2] = color.CMYKToRGB(p[4*i], p[4*i+1], p[4*i+2], p[4*i+3])
		}
	}
}

// palettedRows treats an index past the palette's end as transparent.
func palettedRows(img *image.Paletted) rowReader {
	var table [256][4]byte
	for i, c := range img.Palette {
		r, g, b, a := c.RGBA()
		table[i&0xff] = straight(r, g, b, a)
	}
	return func(dst []byte, x, y int) {
		p := img.Pix[img.PixOffset(x, y):]
		for i := range len(dst) / 4 {
			copy(dst[4*i:4*i+4], table[p[i]][:])
		}
	}
}

func nycbcraRows(img *image.NYCbCrA) rowReader {
	return func(dst []byte, x, y int) {
		for i := range len(dst) / 4 {
			l, c := img.YOffset(x+i, y), img.COffset(x+i, y)
			dst[4*i], dst[4*i+1], dst[4*i+2] = color.YCbCrToRGB(img.Y[l], img.Cb[c], img.Cr[c])
			dst[4*i+3] = img.A[img.AOffset(x+i, y)]
		}
	}
}

func anyRows(img image.RGBA64Image) rowReader {
	return func(dst []byte, x, y int) {
		for i := range len(dst) / 4 {
			c := img.RGBA64At(x+i, y)
			s := straight(uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A))
			copy(dst[4*i:4*i+4], s[:])
		}
	}
}

// withRGBA64 adds the method RGBA64At to an image that lacks it.
type withRGBA64 struct{ image.Image }

func (w withRGBA64) RGBA64At(x, y int) color.RGBA64 {
	return color.RGBA64Model.Convert(w.At(x, y)).(color.RGBA64)
}

// straight returns a 16-bit colour, whose channels are multiplied by alpha, in 8
// bits with straight alpha.
func straight(r, g, b, a uint32) [4]byte {
	switch a {
	case 0:
		return [4]byte{}
	case 0xffff:
		return [4]byte{from16(r), from16(g), from16(b), 255}
	}
	return [4]byte{
		from16(min(r*0xffff/a, 0xffff)), from16(min(g*0xffff/a, 0xffff)), from16(min(b*0xffff/a, 0xffff)), from16(a),
	}
}

// from16 scales 0..65535 to 0..255, rounding to nearest (257 = 65535 / 255).
func from16(v uint32) byte { return byte((v + 128) / 257) }

// convert writes pixels of native channels to dst in other channels, composed on
// the background where alpha is dropped.
func convert(dst []byte, channels int, src []byte, native int, background Colour) {
	for i := range len(src) / native {
		p := src[i*native : (i+1)*native]
		var r, g, b, a byte
		switch native {
		case 1:
			r, g, b, a = p[0], p[0], p[0], 255
		case 3:
			r, g, b, a = p[0], p[1], p[2], 255
		case 4:
			r, g, b, a = p[0], p[1], p[2], p[3]
		}
		if channels != 4 && a != 255 {
			r, g, b = over(r, a, background[0]), over(g, a, background[1]), over(b, a, background[2])
		}
		q := dst[i*channels : (i+1)*channels]
		switch channels {
		case 1:
			q[0] = luma(r, g, b)
		case 3:
			q[0], q[1], q[2] = r, g, b
		case 4:
			q[0], q[1], q[2], q[3] = r, g, b, a
		}
	}
}

// over returns the value v with opacity a, composed on a background value.
func over(v, a, background byte) byte {
	return byte((uint32(v)*uint32(a) + uint32(background)*(255-uint32(a)) + 127) / 255)
}

// luma returns 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded to nearest.
func luma(r, g, b byte) byte {
	return byte((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}

func (c Colour) luma() byte { return luma(c[0], c[1], c[2]) }

func clearHidden(pixels []byte) {
	for i := 0; i < len(pixels); i += 4 {
		if pixels[i+3] == 0 {
			clear(pixels[i : i+3])
		}
	}
}
