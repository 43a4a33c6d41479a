package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readTestFile reads a file of testdata/formats.
func readTestFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/formats", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The pictures of testdata/formats.py show four squares. Every format and mode must
// return their colours, within what its compression or its palette loses.
func TestFormats(t *testing.T) {
	type rgba = [4]byte
	red, green, blue := rgba{255, 0, 0, 255}, rgba{0, 160, 0, 255}, rgba{0, 0, 255, 255}
	yellow, clear := rgba{255, 255, 0, 255}, rgba{}
	grey := func(v byte) rgba { return rgba{v, v, v, 255} }
	color, alpha := [4]rgba{red, green, blue, yellow}, [4]rgba{red, green, blue, clear}
	greys := [4]rgba{grey(76), grey(94), grey(29), grey(226)}
	for _, c := range []struct {
		file, format, mode string
		want               [4]rgba
		tolerance          int
	}{
		{"baseline.jpg", "jpeg", "RGB", color, 2},
		{"420.jpg", "jpeg", "RGB", color, 2},
		{"progressive.jpg", "jpeg", "RGB", color, 2},
		{"grey.jpg", "jpeg", "grey", greys, 1},
		{"cmyk.jpg", "jpeg", "CMYK", color, 2},
		{"12-bit.jpg", "jpeg", "RGB", color, 1},
		{"rgb.png", "png", "RGB", color, 0},
		{"rgba.png", "png", "RGBA", alpha, 0},
		{"grey.png", "png", "grey", greys, 0},
		{"grey-16.png", "png", "grey 16-bit", greys, 0},
		{"grey-alpha.png", "png", "grey with alpha", [4]rgba{grey(76), grey(94), grey(29), clear}, 0},
		{"palette-2bit.png", "png", "palette", color, 0},
		{"palette-transparent.png", "png", "palette", alpha, 0},
		{"1bit.png", "png", "grey", [4]rgba{grey(0), grey(255), grey(0), grey(255)}, 0},
		{"still.gif", "gif", "palette", color, 0},
		{"animated.gif", "gif", "palette", color, 0},
		{"transparent.gif", "gif", "palette", alpha, 0},
		{"lossy.webp", "webp", "RGB", color, 4},
		{"lossless.webp", "webp", "RGBA", color, 0},
		{"lossy-alpha.webp", "webp", "RGBA", alpha, 4},
		{"lossless-alpha.webp", "webp", "RGBA", alpha, 0},
		{"rgb.bmp", "bmp", "RGB", color, 0},
		{"palette.bmp", "bmp", "palette", color, 0},
		{"lzw.tif", "tiff", "RGB", color, 0},
		{"deflate.tif", "tiff", "RGB", color, 0},
		{"rgba.tif", "tiff", "RGBA", alpha, 0},
		{"plain.pbm", "pnm", "grey", [4]rgba{grey(0), grey(255), grey(0), grey(255)}, 0},
		{"plain.pgm", "pnm", "grey", greys, 0},
		{"plain.ppm", "pnm", "RGB", [4]rgba{red, {0, 153, 0, 255}, blue, yellow}, 0},
		{"raw.pbm", "pnm", "grey", [4]rgba{grey(0), grey(255), grey(0), grey(255)}, 0},
		{"raw.pgm", "pnm", "grey", greys, 0},
		{"raw.ppm", "pnm", "RGB", color, 0},
		{"16.ppm", "pnm", "RGB 16-bit", color, 0},
		{"rgba.pam", "pnm", "RGBA", alpha, 0},
		{"png.ico", "ico", "RGBA", alpha, 0},
		{"bitmap.ico", "ico", "RGBA", alpha, 0},
		{"rgb.heic", "heic", "RGB", color, 4},
		{"10-bit.heic", "heic", "RGB", color, 4},
		{"grey.heic", "heic", "RGB", greys, 4},
		{"alpha.heic", "heic", "RGBA", alpha, 4},
		{"grid.heic", "heic", "RGB", color, 4},
		{"turned-6.heic", "heic", "RGB", color, 4},
		{"rgb.avif", "avif", "RGB", color, 4},
		{"alpha.avif", "avif", "RGBA", alpha, 4},
		{"animated.avif", "avif", "RGB", color, 4},
		{"turned-6.avif", "avif", "RGB", color, 4},
		{"animated.webp", "webp", "RGB", color, 0},
		{"animated.png", "png", "RGBA", color, 0},
		{"pages.tif", "tiff", "RGB", color, 0},
		{"turned-2.jpg", "jpeg", "RGB", color, 2},
		{"turned-3.jpg", "jpeg", "RGB", color, 2},
		{"turned-4.jpg", "jpeg", "RGB", color, 2},
		{"turned-5.jpg", "jpeg", "RGB", color, 2},
		{"turned-6.jpg", "jpeg", "RGB", color, 2},
		{"turned-7.jpg", "jpeg", "RGB", color, 2},
		{"turned-8.jpg", "jpeg", "RGB", color, 2},
		{"turned-6.png", "png", "RGB", color, 0},
		{"turned-6.webp", "webp", "RGB", color, 0},
		{"turned-6.tif", "tiff", "RGB", color, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			p, err := decode(readTestFile(t, c.file), 32*32)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Header{c.format, 32, 32, c.mode}); p.Header != want {
				t.Errorf("header %v, want %v", p.Header, want)
			}
			checkSquares(t, p, c.want, c.tolerance)
		})
	}
}

// checkSquares looks at the four squares' centres, in every number of channels.
func checkSquares(t *testing.T, p *Picture, want [4][4]byte, tolerance int) {
	t.Helper()
	for _, channels := range []int{1, 3, 4} {
		packed := p.Fit(Form{32, channels, Cover, Antialias, White})
		for i, w := range want {
			x, y := 8+i%2*16, 8+i/2*16
			for c, v := range inChannels(w, channels) {
				if got := packed[c*32*32+y*32+x]; max(got, v)-min(got, v) > byte(tolerance) {
					t.Errorf("%d channels, square %d, channel %d: %d, want %d", channels, i, c, got, v)
				}
			}
		}
	}
}

// inChannels returns an opaque or invisible colour in another number of channels.
func inChannels(c [4]byte, channels int) []byte {
	if channels == 4 {
		return c[:]
	}
	if c[3] == 0 {
		c = [4]byte{255, 255, 255, 255} // the background
	}
	if channels == 1 {
		return []byte{byte(0.299*float64(c[0]) + 0.587*float64(c[1]) + 0.114*float64(c[2]) + 0.5)}
	}
	return c[:3]
}

// Half-transparent red is pink on white, and stays red where there is alpha.
func TestHalfTransparent(t *testing.T) {
	for name, img := range map[string]image.Image{
		"NRGBA":   fill(image.NewNRGBA(image.Rect(0, 0, 4, 4)), color.NRGBA{200, 0, 0, 128}),
		"RGBA":    fill(image.NewRGBA(image.Rect(0, 0, 4, 4)), color.NRGBA{200, 0, 0, 128}),
		"NRGBA64": fill(image.NewNRGBA64(image.Rect(0, 0, 4, 4)), color.NRGBA{200, 0, 0, 128}),
	} {
		p := &Picture{pixels: img}
		for channels, want := range map[int][]byte{1: {157}, 3: {227, 127, 127}, 4: {200, 0, 0, 128}} {
			for _, size := range []int{2, 4, 8} {
				got := p.Fit(Form{size, channels, Cover, Antialias, White})
				for c, w := range want {
					if v := got[c*size*size]; max(v, w)-min(v, w) > 1 {
						t.Errorf("%s, %d channels, size %d: channel %d is %d, want %d", name, channels, size, c, v, w)
					}
				}
			}
		}
	}
}

// Transparent pixels take the background's colour.
func TestBackground(t *testing.T) {
	p := &Picture{pixels: image.NewNRGBA(image.Rect(0, 0, 4, 4))}
	for channels, want := range map[int][]byte{1: {124}, 3: {10, 200, 30}, 4: {0, 0, 0, 0}} {
		got := p.Fit(Form{4, channels, Cover, Antialias, Colour{10, 200, 30}})
		for c, w := range want {
			if got[c*16] != w {
				t.Errorf("%d channels: channel %d is %d, want %d", channels, c, got[c*16], w)
			}
		}
	}
}

func fill(img interface {
	image.Image
	Set(x, y int, c color.Color)
}, c color.Color) image.Image {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			img.Set(x, y, c)
		}
	}
	return img
}

// Rows of YCbCr have the values of the standard library where chroma has a sample for each
// pixel. Otherwise chroma lies between the two nearest samples, across and down.
func TestYCbCrRows(t *testing.T) {
	for ratio := image.YCbCrSubsampleRatio444; ratio <= image.YCbCrSubsampleRatio410; ratio++ {
		img := image.NewYCbCr(image.Rect(0, 0, 67, 65), ratio)
		copy(img.Y, noise(len(img.Y)))
		copy(img.Cb, noise(2 * len(img.Cb))[len(img.Cb):])
		copy(img.Cr, noise(3 * len(img.Cr))[2*len(img.Cr):])
		part := img.SubImage(image.Rect(4, 6, 67, 65)).(*image.YCbCr)
		row := make([]byte, 3*60)
		for y := 6; y < 65; y++ {
			newRows(part, 3, White)(row, 5, y)
			for i := range 60 {
				cb, cr := chromaAt(part, part.Cb, 5+i, y), chromaAt(part, part.Cr, 5+i, y)
				l := float64(img.Y[img.YOffset(5+i, y)])
				want := [3]float64{l + 1.402*cr, l - 0.344136*cb - 0.714136*cr, l + 1.772*cb}
				for c, w := range want {
					if got := float64(row[3*i+c]); math.Abs(got-min(max(w, 0), 255)) > 1 {
						t.Fatalf("%v, (%d, %d), channel %d: %g, want %g", ratio, 5+i, y, c, got, w)
					}
				}
				if r, g, b := color.YCbCrToRGB(img.YCbCrAt(5+i, y).Y, img.YCbCrAt(5+i, y).Cb, img.YCbCrAt(5+i, y).Cr); ratio ==
					image.YCbCrSubsampleRatio444 && [3]byte(row[3*i:]) != [3]byte{r, g, b} {
					t.Fatalf("(%d, %d): %v, want %v", 5+i, y, row[3*i:3*i+3], []byte{r, g, b})
				}
			}
		}
	}
}

// chromaAt returns chroma less 128 at a pixel: three quarters of the sample that it
// lies in and one quarter of the next nearest, in both directions.
func chromaAt(img *image.YCbCr, plane []byte, x, y int) float64 {
	across, down := chromaSteps(img.SubsampleRatio)
	b := img.Rect
	nextX, nextY := x, y
	if across == 2 {
		nextX = min(max(x+x%2*2-1, b.Min.X), b.Max.X-1)
	}
	if down == 2 {
		nextY = min(max(y+y%2*2-1, b.Min.Y), b.Max.Y-1)
	}
	at := func(x, y int) float64 { return float64(plane[img.COffset(x, y)]) - 128 }
	return (9*at(x, y) + 3*at(nextX, y) + 3*at(x, nextY) + at(nextX, nextY)) / 16
}

// Sixteen bits become eight by scaling, to the nearest.
func TestSixteenBits(t *testing.T) {
	for v := range 1 << 16 {
		if want := byte(float64(v)*255/65535 + 0.5); from16(uint32(v)) != want {
			t.Fatalf("%d becomes %d, want %d", v, from16(uint32(v)), want)
		}
	}
}

// A GIF's frame may be smaller than its screen, which is transparent around it.
func TestFrameWithinScreen(t *testing.T) {
	frame := image.NewPaletted(image.Rect(2, 2, 4, 4), palette.Plan9)
	fill(frame, color.RGBA{255, 0, 0, 255})
	var b bytes.Buffer
	g := &gif.GIF{Image: []*image.Paletted{frame}, Delay: []int{0}, Config: image.Config{Width: 4, Height: 4}}
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	p, err := decode(b.Bytes(), MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	got := p.Fit(Form{4, 4, Cover, Antialias, White})
	for i := range 16 {
		var want byte
		if i%4 >= 2 && i/4 >= 2 {
			want = 255
		}
		if got[i] != want || got[3*16+i] != want {
			t.Errorf("pixel %d: red %d, alpha %d, want %d", i, got[i], got[3*16+i], want)
		}
	}
}

func TestRefused(t *testing.T) {
	good := encodePNG(t, image.NewGray(image.Rect(0, 0, 100, 100)))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":         {nil, "empty file"},
		"text":            {[]byte("<html>404 Not Found</html>"), "not a picture of a known format: web page"},
		"signature alone": {good[:8], "png: cut short"},
		"half":            {good[:len(good)/2], "png: invalid format: not enough pixel data"},
		"a pixel too many": {encodePNG(t, image.NewGray(image.Rect(0, 0, 101, 100))),
			"101 x 100 pixels, over the limit of 10000"},
		"bomb":     {claim(good, 100_000, 100_000), "100000 x 100000 pixels, over the limit of 10000"},
		"thread":   {claim(good, 1, 1<<21), "1 x 2097152 pixels; a side may have 1048576"},
		"no width": {claim(good, 0, 100), "0 x 100 pixels"},
	} {
		if _, err := decode(c.data, 100*100); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := decode(good, 100*100); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

// claim returns a PNG whose header gives another size, with a valid checksum.
func claim(data []byte, width, height uint32) []byte {
	data = bytes.Clone(data)
	binary.BigEndian.PutUint32(data[16:], width)
	binary.BigEndian.PutUint32(data[20:], height)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// Any bytes become pictures of the form, or an error of one line.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/formats/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data := readTestFile(f, filepath.Base(name))
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	const maxPixels = 1 << 14
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data, maxPixels)
		checkReason(t, err)
		if err != nil {
			return
		}
		p, err := file.Decode()
		checkReason(t, err)
		if err == nil {
			checkForms(t, p)
		}
		if p, err = file.DecodeFor(Form{8, 3, Cover, Antialias, White}); err == nil {
			checkForms(t, p)
		}
		for p, err := range file.Frames() {
			checkReason(t, err)
			if err == nil {
				p.Fit(Form{8, 4, Cover, Antialias, White})
			}
		}
	})
}

func checkReason(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.ContainsAny(err.Error(), "\n\t") {
		t.Errorf("a reason of several lines: %q", err)
	}
}

func checkForms(t *testing.T, p *Picture) {
	t.Helper()
	for _, form := range []Form{
		{8, 1, Cover, Antialias, White}, {16, 3, Stretch, Bilinear, White},
		{8, 4, Contain, Antialias, White}, {16, 1, Contain, Bilinear, Colour{}},
	} {
		if got := p.Fit(form); len(got) != form.Bytes() {
			t.Errorf("%v: %d bytes", form, len(got))
		}
	}
}

// decode opens and decodes a picture in full.
func decode(data []byte, maxPixels int) (*Picture, error) {
	f, err := Open(data, maxPixels)
	if err != nil {
		return nil, err
	}
	return f.Decode()
}
