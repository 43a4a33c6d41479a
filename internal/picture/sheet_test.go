package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"dcgan/internal/tensor"
)

// batch returns pictures of 2 x 2 pixels; picture i has the value i/10 in its
// first channel, 0.5 in the middle ones and, of four, 1 in the last.
func batch(n, channels int) *tensor.Tensor {
	t := tensor.New(n, channels, 2, 2)
	for i := range n {
		for j := range t.Row(i) {
			t.Row(i)[j] = []float32{float32(i) / 10, 0.5, 0.5, 1}[j/4]
		}
	}
	return t
}

// A sheet of 2 x 2 pictures in two columns:
//
//	. . . . . . . . . .
//	. . . . . . . . . .
//	. . 0 0 . . 1 1 . .
//	. . 0 0 . . 1 1 . .
//	. . . . . . . . . .
//	. . . . . . . . . .
//	. . 2 2 . . . . . .
//	. . 2 2 . . . . . .
//	. . . . . . . . . .
//	. . . . . . . . . .
func TestSheet(t *testing.T) {
	for channels, gap := range map[int]color.Color{1: color.Gray{}, 3: color.RGBA{A: 255}, 4: color.NRGBA{}} {
		img := Sheet(batch(3, channels), 2, Nearest)
		if want := image.Rect(0, 0, 10, 10); img.Bounds() != want {
			t.Fatalf("%d channels: %v, want %v", channels, img.Bounds(), want)
		}
		for y := range 10 {
			for x := range 10 {
				want := gap
				if in := func(v int) bool { return v%4 >= 2 && v < 8 }; in(x) && in(y) {
					if i := x/4 + 2*(y/4); i < 3 {
						want = pixel(i, channels)
					}
				}
				if got := img.At(x, y); got != want {
					t.Errorf("%d channels, (%d, %d): %v, want %v", channels, x, y, got, want)
				}
			}
		}
	}
}

// pixel returns the colour of picture i of a batch.
func pixel(i, channels int) color.Color {
	v := Byte(float32(i)/10, Nearest)
	switch channels {
	case 1:
		return color.Gray{v}
	case 3:
		return color.RGBA{v, 191, 191, 255}
	}
	return color.NRGBA{v, 191, 191, 255}
}

func TestSheetShapes(t *testing.T) {
	for _, c := range []struct{ n, columns, w, h int }{
		{64, 8, 34, 34}, {3, 8, 14, 6}, {1, 1, 6, 6}, {5, 1, 6, 22}, {1, 0, 6, 6},
	} {
		if got, want := Sheet(batch(c.n, 3), c.columns, Nearest).Bounds().Size(), image.Pt(c.w, c.h); got != want {
			t.Errorf("%d pictures in %d columns: %v, want %v", c.n, c.columns, got, want)
		}
	}
}

// PNG keeps every byte, alpha too, and has the channels of the batch.
func TestPNG(t *testing.T) {
	for channels, model := range map[int]color.Model{1: color.GrayModel, 3: color.RGBAModel, 4: color.NRGBAModel} {
		in := batch(2, channels)
		in.Data[len(in.Data)-1] = 0 // the last pixel's last channel
		img := Image(in, 1, Nearest)
		var b bytes.Buffer
		if err := WritePNG(&b, img); err != nil {
			t.Fatal(err)
		}
		out, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if out.ColorModel() != model {
			t.Errorf("%d channels: another color model", channels)
		}
		for i := range 4 {
			if got, want := out.At(i%2, i/2), img.At(i%2, i/2); got != want {
				t.Errorf("%d channels: %v, want %v", channels, got, want)
			}
		}
	}
}

func TestJPEG(t *testing.T) {
	for channels, want := range map[int]color.Color{1: pixel(1, 1), 3: pixel(1, 3), 4: color.White} {
		in := batch(2, channels)
		if channels == 4 {
			for i := range 4 {
				in.Row(1)[12+i] = -1 // transparent
			}
		}
		var b bytes.Buffer
		if err := WriteJPEG(&b, Image(in, 1, Nearest)); err != nil {
			t.Fatal(err)
		}
		out, err := jpeg.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := distance(out.At(0, 0), want); d > 3 {
			t.Errorf("%d channels: %v, want %v", channels, out.At(0, 0), want)
		}
	}
}

// distance returns the largest difference of two opaque colours in any channel.
func distance(a, b color.Color) int {
	p, q := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	d := 0
	for _, v := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B)} {
		d = max(d, v, -v)
	}
	return d
}

func roundTripGIF(t *testing.T, frames []image.Image) *gif.GIF {
	t.Helper()
	var b bytes.Buffer
	if err := WriteGIF(&b, frames, 4); err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Up to 255 colours come back as they were, frame by frame, in an endless loop.
func TestGIFKeepsFewColours(t *testing.T) {
	var frames []image.Image
	for i := range 5 {
		img := image.NewRGBA(image.Rect(0, 0, 7, 7))
		for k := range 49 {
			img.Set(k%7, k/7, color.RGBA{byte(5 * k), byte(51 * i), byte(255 - 5*k), 255})
		}
		frames = append(frames, img)
	}
	g := roundTripGIF(t, frames)
	if len(g.Image) != 5 || g.LoopCount != 0 || g.Delay[0] != 4 {
		t.Errorf("%d frames, loop count %d, delay %d", len(g.Image), g.LoopCount, g.Delay[0])
	}
	for i, f := range frames {
		for k := range 49 {
			if got, want := g.Image[i].At(k%7, k/7), f.At(k%7, k/7); got != want {
				t.Fatalf("frame %d, pixel %d: %v, want %v", i, k, got, want)
			}
		}
	}
}

// A smooth picture of 16,384 colours comes back within what 255 of them can do:
// a cell of a 16 x 16 grid over two channels reaches 8 to either side.
func TestGIFFindsAPalette(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 128, 128))
	for y := range 128 {
		for x := range 128 {
			img.Set(x, y, color.RGBA{byte(2 * x), byte(2 * y), 128, 255})
		}
	}
	g := roundTripGIF(t, []image.Image{img})
	sum := 0.0
	for i := range 128 * 128 {
		d := distance(g.Image[0].At(i%128, i/128), img.At(i%128, i/128))
		if d > 16 {
			t.Fatalf("pixel %d is %d away", i, d)
		}
		sum += float64(d * d)
	}
	if rms := math.Sqrt(sum / (128 * 128)); rms > 8 {
		t.Errorf("%.1f away in the mean", rms)
	}
}

func TestGIFTransparency(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	img.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 255})
	g := roundTripGIF(t, []image.Image{img, img})
	if _, _, _, a := g.Image[1].At(1, 0).RGBA(); a != 0 {
		t.Error("the transparent pixel is seen")
	}
	if got := g.Image[1].At(0, 0); got != (color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the red pixel is %v", got)
	}
	if all := roundTripGIF(t, []image.Image{image.NewNRGBA(img.Rect)}); len(all.Image) != 1 {
		t.Error("a frame without a visible pixel is lost")
	}
}
