package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
	"testing"
)

// Each frame is shown over what the frames before it left: a frame stays, is
// cleared, or is undone.
func TestFrames(t *testing.T) {
	palette := color.Palette{color.Transparent, color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}}
	g := &gif.GIF{Config: image.Config{Width: 3, Height: 1}}
	for _, f := range []struct {
		x0, x1   int
		index    uint8
		disposal byte
	}{
		{0, 3, 1, gif.DisposalNone},       // red, which stays
		{0, 1, 2, gif.DisposalBackground}, // its left third blue, then transparent
		{1, 2, 2, gif.DisposalPrevious},   // its middle blue, then red again
		{2, 3, 0, gif.DisposalNone},       // nothing over the right third
	} {
		img := image.NewPaletted(image.Rect(f.x0, 0, f.x1, 1), palette)
		for i := range img.Pix {
			img.Pix[i] = f.index
		}
		g.Image, g.Delay, g.Disposal = append(g.Image, img), append(g.Delay, 0), append(g.Disposal, f.disposal)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	f, err := Open(b.Bytes(), MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for p, err := range f.Frames() {
		if err != nil {
			t.Fatal(err)
		}
		line := ""
		for x := range 3 {
			c := p.pixels.At(x, 0)
			line += map[color.Color]string{
				color.RGBA{255, 0, 0, 255}: "R", color.RGBA{0, 0, 255, 255}: "B", color.RGBA{}: "-",
			}[c]
		}
		got = append(got, line)
	}
	if want := "[RRR BRR -BR -RR]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A file of one picture has one frame; an animation has all of its frames, and a TIFF its
// pages without the reduced copies.
func TestFramesOfFiles(t *testing.T) {
	frames := map[string]int{
		"rgb.png": 1, "still.gif": 1, "animated.gif": 2, "lossy.webp": 1, "animated.webp": 2, "lzw.tif": 1, "pages.tif": 2,
	}
	for name, want := range frames {
		f, err := Open(readTestFile(t, name), MaxPixels)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for p, err := range f.Frames() {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n++
			if n == 2 { // all that have two end in white
				for _, v := range p.Fit(Form{8, 3, Cover, Antialias, White}) {
					if v != 255 {
						t.Fatalf("%s: the second frame has a %d", name, v)
					}
				}
			}
		}
		if n != want {
			t.Errorf("%s: %d frames, want %d", name, n, want)
		}
	}
}

// An animated PNG whose frames stay, are cleared and are undone shows what Pillow shows.
func TestFramesOfPNG(t *testing.T) {
	want, err := png.Decode(bytes.NewReader(readTestFile(t, "animated.want.png")))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(readTestFile(t, "animated.png"), MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for p, err := range f.Frames() {
		if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
		for i := range 32 * 32 {
			x, y := i%32, i/32
			r, g, b, a := p.pixels.At(x, y).RGBA()
			if wr, wg, wb, wa := want.At(32*n+x, y).RGBA(); r != wr || g != wg || b != wb || a != wa {
				t.Fatalf("frame %d, (%d, %d): %v, want %v", n, x, y, p.pixels.At(x, y), want.At(32*n+x, y))
			}
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d frames, want 4", n)
	}
}

// An animation that would take too long to draw is refused before it is.
func TestTooManyFrames(t *testing.T) {
	data := readTestFile(t, "animated.gif")
	f, err := Open(data, 32*32)
	if err != nil {
		t.Fatal(err)
	}
	start := bytes.IndexByte(data[13+colourTableSize(data[10]):], gifImage) + 13 + colourTableSize(data[10])
	block := data[start : start+gifBlockSize(data[start:])]
	f.data = append(bytes.Clone(data[:start]), bytes.Repeat(block, 5)...)
	for _, err := range f.Frames() {
		if err == nil || err.Error() != "5 frames of 32 x 32 pixels, over the limit of 4096 for all" {
			t.Errorf("%v", err)
		}
	}
}

// A JPEG of thousands of scans is refused: each scan may visit every block.
func TestTooManyScans(t *testing.T) {
	data := readTestFile(t, "progressive.jpg")
	scan := data[bytes.Index(data, []byte{0xff, 0xda}):]
	end := 2 + bytes.Index(scan[2:], []byte{0xff, 0xda})
	data = append(data[:len(data)-2], bytes.Repeat(scan[:end], 200)...)
	if _, err := decode(data, MaxPixels); err == nil || !strings.Contains(err.Error(), "scans, over the limit of 100") {
		t.Errorf("%v", err)
	}
}

// A header that claims more than the file could ever hold is not believed.
func TestClaimsOfSize(t *testing.T) {
	jpeg := readTestFile(t, "baseline.jpg")
	i := bytes.Index(jpeg, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(jpeg[i+5:], 9999)
	binary.BigEndian.PutUint16(jpeg[i+7:], 9999)
	for name, data := range map[string][]byte{
		"png":  claim(readTestFile(t, "rgb.png"), 9999, 9999),
		"jpeg": jpeg,
		"pnm":  []byte("P6 9999 9999 255\n"),
	} {
		if _, err := Open(data, MaxPixels); err == nil || !strings.Contains(err.Error(), "9999 x 9999 pixels in") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
