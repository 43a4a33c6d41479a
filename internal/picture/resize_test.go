package picture

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"os"
	"testing"
)

// noise is the generator of testdata/resize.py: the high bytes of Knuth's MMIX
// linear congruential generator.
func noise(n int) []byte {
	out := make([]byte, n)
	state := uint64(1)
	for i := range out {
		state = state*6364136223846793005 + 1442695040888963407
		out[i] = byte(state >> 56)
	}
	return out
}

// Bilinear is cv2.resize, and Antialias is Pillow's BILINEAR, to the last bit.
func TestResizeAsOthersDo(t *testing.T) {
	f, err := os.Open("testdata/resize.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var filter, want string
		var w, h, channels, size int
		if _, err := fmt.Sscan(lines.Text(), &filter, &w, &h, &channels, &size, &want); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s %dx%d channels %d to %d", filter, w, h, channels, size)
		if got := hex.EncodeToString(resizeNoise(filter, w, h, channels, size)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

// resizeNoise premultiplies alpha for Pillow's filter and not for OpenCV's.
func resizeNoise(filter string, w, h, channels, size int) []byte {
	source := noise(w * h * channels)
	if channels == 4 && filter == Antialias {
		p := Picture{pixels: &image.NRGBA{Pix: source, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}}
		return interleave(p.Fit(Form{size, channels, Stretch, filter, White}), channels)
	}
	if w == size && h == size {
		return source
	}
	read := func(dst []byte, y int) { copy(dst, source[y*len(dst):]) }
	return resize(read, whole(w), whole(h), channels, size, size, filter)
}

func interleave(planes []byte, channels int) []byte {
	n := len(planes) / channels
	out := make([]byte, len(planes))
	for i := range out {
		out[i] = planes[i%channels*n+i/channels]
	}
	return out
}

// A picture of one colour stays that colour at every size, with both filters.
func TestResizeKeepsAConstant(t *testing.T) {
	for _, filter := range []string{Antialias, Bilinear} {
		for _, v := range []byte{0, 1, 127, 254, 255} {
			for _, s := range [][2]int{{1, 1}, {2, 3}, {7, 8}, {64, 64}, {100, 5000}, {1000, 3}} {
				read := func(dst []byte, _ int) {
					for i := range dst {
						dst[i] = v
					}
				}
				got := resize(read, whole(s[0]), whole(s[1]), 3, 32, 32, filter)
				if !bytes.Equal(got, bytes.Repeat([]byte{v}, len(got))) {
					t.Errorf("%s from %v: %d becomes %d...", filter, s, v, got[:8])
				}
			}
		}
	}
}

// whole returns the span of a whole side.
func whole(pixels int) span { return span{pixels, 0, float64(pixels)} }
