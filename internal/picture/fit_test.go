package picture

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"
)

// numbered is a grey picture whose pixel (x, y) is 10 y + x.
func numbered(w, h int) *Picture {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(10*(i/w) + i%w)
	}
	return &Picture{pixels: img}
}

// Cover takes the largest centred square. If an odd number of rows or columns is
// cut off, the right or lower side loses one more.
func TestCoverCutsTheCentre(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want []byte
	}{
		{2, 2, []byte{0, 1, 10, 11}},
		{4, 2, []byte{1, 2, 11, 12}},
		{2, 4, []byte{10, 11, 20, 21}},
		{5, 2, []byte{1, 2, 11, 12}},
		{2, 7, []byte{20, 21, 30, 31}},
	} {
		if got := numbered(c.w, c.h).Fit(Form{2, 1, Cover, Antialias, White}); !bytes.Equal(got, c.want) {
			t.Errorf("%d x %d: %v, want %v", c.w, c.h, got, c.want)
		}
	}
}

func TestStretchTakesAll(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 6, 2))
	copy(img.Pix, []byte{0, 0, 0, 200, 200, 200, 0, 0, 0, 200, 200, 200})
	p := &Picture{pixels: img}
	for filter, want := range map[string][]byte{
		Bilinear:  {0, 200, 0, 200},   // the pixels at the centres, 1 and 4
		Antialias: {25, 175, 25, 175}, // tent weights 2/3, 1, 2/3 and, past the middle, 1/3: an eighth
	} {
		if got := p.Fit(Form{2, 1, Stretch, filter, White}); !bytes.Equal(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
}

// Packed pictures hold one plane after the other, also from a part of an image.
func TestPlanes(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 9, 9))
	for i := range 4 {
		v := byte(i + 1)
		img.SetNRGBA(3+i%2, 4+i/2, color.NRGBA{v, 10 * v, 20 * v, 30 * v})
	}
	p := &Picture{pixels: img.SubImage(image.Rect(3, 4, 5, 6))}
	want := []byte{1, 2, 3, 4, 10, 20, 30, 40, 20, 40, 60, 80, 30, 60, 90, 120}
	if got := p.Fit(Form{2, 4, Cover, Antialias, White}); !bytes.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Pixels of alpha 0 do not change the colours next to them.
func TestHiddenColours(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 4, 4))
	fill(img, color.NRGBA{0, 0, 255, 0})
	for i := range 4 {
		img.SetNRGBA(i%2, i/2, color.NRGBA{255, 0, 0, 255})
	}
	p := &Picture{pixels: img}
	for _, filter := range []string{Antialias, Bilinear} {
		for _, size := range []int{2, 4, 8} {
			got := p.Fit(Form{size, 4, Cover, filter, White})
			n := size * size
			for i := range n {
				if red, blue, alpha := got[i], got[2*n+i], got[3*n+i]; blue != 0 || alpha > 0 && red < 250 {
					t.Errorf("%s, size %d: pixel %d is red %d, blue %d, alpha %d", filter, size, i, red, blue, alpha)
				}
			}
		}
	}
}

func TestValues(t *testing.T) {
	if Value(0) != -1 || Value(255) != 1 {
		t.Errorf("0 and 255 stand for %g and %g", Value(0), Value(255))
	}
	for b := range 256 {
		if got := Byte(Value(byte(b)), Nearest); int(got) != b {
			t.Errorf("%d comes back as %d", b, got)
		}
	}
}

func TestByte(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		v                 float32
		nearest, truncate byte
	}{
		{-1, 0, 0}, {1, 255, 255}, {0, 128, 127},
		{-1.5, 0, 0}, {1.5, 255, 255}, {-inf, 0, 0}, {inf, 255, 255}, {nan, 0, 0},
		{-1 + 0.4/127.5, 0, 0}, {-1 + 0.6/127.5, 1, 0},
		{1 - 0.4/127.5, 255, 254}, {1 - 0.6/127.5, 254, 254},
	} {
		if got := Byte(c.v, Nearest); got != c.nearest {
			t.Errorf("nearest: %g becomes %d, want %d", c.v, got, c.nearest)
		}
		if got := Byte(c.v, Truncate); got != c.truncate {
			t.Errorf("truncate: %g becomes %d, want %d", c.v, got, c.truncate)
		}
	}
}

// Contain shows the whole picture on the background, in the middle.
func TestContain(t *testing.T) {
	red := color.NRGBA{255, 0, 0, 255}
	for _, c := range []struct {
		w, h       int
		channels   int
		rows, cols [2]int // of the picture in 8 x 8
	}{
		{40, 20, 3, [2]int{2, 6}, [2]int{0, 8}},
		{10, 40, 4, [2]int{0, 8}, [2]int{3, 5}},
		{5000, 10, 1, [2]int{3, 4}, [2]int{0, 8}},
		{3, 3, 3, [2]int{0, 8}, [2]int{0, 8}},
		{4, 2, 3, [2]int{2, 6}, [2]int{0, 8}},
	} {
		p := &Picture{pixels: fill(image.NewNRGBA(image.Rect(0, 0, c.w, c.h)), red)}
		got := p.Fit(Form{8, c.channels, Contain, Antialias, Colour{0, 0, 255}})
		for y := range 8 {
			for x := range 8 {
				inside := y >= c.rows[0] && y < c.rows[1] && x >= c.cols[0] && x < c.cols[1]
				want := inChannels([4]byte{255, 0, 0, 255}, c.channels)
				if !inside {
					want = map[int][]byte{1: {29}, 3: {0, 0, 255}, 4: {0, 0, 0, 0}}[c.channels]
				}
				for k, w := range want {
					if v := got[k*64+y*8+x]; v != w {
						t.Fatalf("%d x %d in %d channels, (%d, %d): channel %d is %d, want %d", c.w, c.h, c.channels, x, y, k, v, w)
					}
				}
			}
		}
	}
}

// The square of a rotated picture is centred as displayed: an odd pixel is cut off
// at the displayed right or lower side.
func TestSquareAsSeen(t *testing.T) {
	stored := image.NewGray(image.Rect(0, 0, 4, 1))
	copy(stored.Pix, []byte{10, 20, 30, 40})
	for turn, want := range map[orientation]byte{1: 20, 2: 30, 3: 30, 4: 20, 5: 20, 6: 20, 7: 30, 8: 30} {
		p := &Picture{pixels: stored, meta: meta{turn: turn}}
		if got := p.Fit(Form{1, 1, Cover, Antialias, White}); got[0] != want {
			t.Errorf("orientation %d: %d, want %d", turn, got[0], want)
		}
	}
}

// A large photograph's way into training: 768 x 768 of 1024 x 768 to 64 x 64.
func BenchmarkFit(b *testing.B) {
	img := image.NewYCbCr(image.Rect(0, 0, 1024, 768), image.YCbCrSubsampleRatio420)
	copy(img.Y, noise(len(img.Y)))
	p := &Picture{pixels: img}
	for _, filter := range []string{Antialias, Bilinear} {
		b.Run(filter, func(b *testing.B) {
			for b.Loop() {
				p.Fit(Form{64, 3, Cover, filter, White})
			}
		})
	}
}
