package picture

import (
	"image"
	"math"
)

// fullRange rewrites the colours of a lossy WebP in place. They are stored with
// luma in 16 to 235 and chroma in 16 to 240 (ITU-R BT.601; RFC 6386, section
// 9.2), while Go's YCbCr images have both in 0 to 255, as JPEG does.
func fullRange(img image.Image) image.Image {
	var y *image.YCbCr
	switch img := img.(type) {
	case *image.YCbCr:
		y = img
	case *image.NYCbCrA:
		y = &img.YCbCr
	default:
		return img
	}
	luma, chroma := stretched(16, 219, 0), stretched(128, 224, 128)
	apply(luma, y.Y)
	apply(chroma, y.Cb)
	apply(chroma, y.Cr)
	return img
}

func apply(table *[256]byte, plane []byte) {
	for i, v := range plane {
		plane[i] = table[v]
	}
}

// stretched maps from to to, and values around it so that a range of span
// becomes one of 255.
func stretched(from, span, to float64) *[256]byte {
	var table [256]byte
	for i := range table {
		v := math.Round(float64((float64(i)-from)*255/span) + to)
		table[i] = byte(min(max(v, 0), 255))
	}
	return &table
}
