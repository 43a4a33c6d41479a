package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"iter"
	"testing"
)

// filmed returns n frames of a kind whose colours differ, with alpha or without.
func filmed(n, channels int) ([]image.Image, iter.Seq2[image.Image, error]) {
	var frames []image.Image
	for k := range n {
		img := newImage(channels, 5, 3)
		for i := range 15 {
			c := color.NRGBA{byte(40 * k), byte(16 * i), byte(7 * i * k), 255}
			if channels == 4 {
				c.A = byte(255 - 8*k*i)
			}
			img.Set(i%5, i/5, c)
		}
		frames = append(frames, img)
	}
	return frames, func(yield func(image.Image, error) bool) {
		for _, f := range frames {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// still returns a PNG with the header of an animated one and the data of one of its frames.
func still(file []byte, frame int) []byte {
	out := append([]byte(nil), file[:8]...)
	at := -1 // the frame
	for b := file[8:]; len(b) >= 12; {
		n := binary.BigEndian.Uint32(b)
		kind, data := string(b[4:8]), b[8:8+n]
		if kind == "fcTL" {
			at++
		}
		a := &apng{w: (*chunks)(&out)}
		switch {
		case kind == "fdAT" && at == frame:
			a.chunk("IDAT", data[4:])
		case kind == "IDAT" && at == frame, kind == "IHDR", kind == "IEND":
			a.chunk(kind, data)
		}
		b = b[12+n:]
	}
	return out
}

type chunks []byte

func (c *chunks) Write(p []byte) (int, error) {
	*c = append(*c, p...)
	return len(p), nil
}

// Each frame of an animation has the pixels that it was given; the first is what a program
// that knows no animation shows.
func TestAPNG(t *testing.T) {
	for _, channels := range []int{1, 3, 4} {
		frames, all := filmed(3, channels)
		var file bytes.Buffer
		if err := WriteAPNG(&file, len(frames), 30, all); err != nil {
			t.Fatal(err)
		}
		for k, want := range frames {
			got, err := png.Decode(bytes.NewReader(still(file.Bytes(), k)))
			if err != nil {
				t.Fatalf("%d channels, frame %d: %v", channels, k, err)
			}
			for i := range 15 {
				a, b := color.NRGBAModel.Convert(got.At(i%5, i/5)), color.NRGBAModel.Convert(want.At(i%5, i/5))
				if a != b {
					t.Errorf("%d channels, frame %d, pixel %d is %v, not %v", channels, k, i, a, b)
				}
			}
		}
		if first, err := png.Decode(&file); err != nil || first.Bounds() != image.Rect(0, 0, 5, 3) {
			t.Errorf("%d channels: as a still picture it is %v, %v", channels, first, err)
		}
	}
	_, all := filmed(3, 3)
	if err := WriteAPNG(&bytes.Buffer{}, 4, 30, all); err == nil {
		t.Error("three frames of four are an animation")
	}
}

// Squares keep every colour; both ways keep an even picture even and the size a multiple.
func TestScale(t *testing.T) {
	frames, _ := filmed(2, 4)
	big := Scale(frames[1], 3, Squares)
	for y := range 9 {
		for x := range 15 {
			if big.At(x, y) != frames[1].At(x/3, y/3) {
				t.Fatalf("pixel %d, %d is %v", x, y, big.At(x, y))
			}
		}
	}
	even := newImage(1, 4, 4)
	for i := range 16 {
		even.Set(i%4, i/4, color.Gray{Y: 100})
	}
	smooth := Scale(even, 5, Lanczos)
	if smooth.Bounds() != image.Rect(0, 0, 20, 20) {
		t.Errorf("enlarged to %v", smooth.Bounds())
	}
	for i := range 400 {
		if v := smooth.(*image.Gray).Pix[i]; v < 99 || v > 101 {
			t.Errorf("an even picture becomes %d at %d", v, i)
		}
	}
}
