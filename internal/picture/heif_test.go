package picture

import (
	"bytes"
	"fmt"
	"testing"
)

// Turns and mirrorings, one after the other, are one orientation.
func TestHEIFTurns(t *testing.T) {
	const side = 3
	stored := []byte("abcdefghi")
	from := func(index func(x, y int) int) func(p []byte) []byte { // index of the pixel shown at (x, y)
		return func(p []byte) []byte {
			var out []byte
			for i := range side * side {
				out = append(out, p[index(i%side, i/side)])
			}
			return out
		}
	}
	operations := map[string]struct {
		box   box
		apply func(p []byte) []byte
	}{
		"turned":    {box{kind: "irot", data: []byte{1}}, from(func(x, y int) int { return x*side + side - 1 - y })},
		"mirrored":  {box{kind: "imir", data: []byte{1}}, from(func(x, y int) int { return y*side + side - 1 - x })},
		"head down": {box{kind: "imir", data: []byte{0}}, from(func(x, y int) int { return (side-1-y)*side + x })},
	}
	for a, first := range operations {
		for b, second := range operations {
			for c, third := range operations {
				it := &heifItem{turn: 1}
				for _, op := range []box{first.box, second.box, third.box} {
					it.apply(op)
				}
				want := third.apply(second.apply(first.apply(stored)))
				if got := it.turn.apply(stored, side, 1); !bytes.Equal(got, want) {
					t.Errorf("%s, %s, %s: %s, want %s", a, b, c, got, want)
				}
			}
		}
	}
}

// All frames of a file are the pictures of a HEIC file and the frames of an AVIF one.
func TestHEIFPages(t *testing.T) {
	for _, name := range []string{"several.heic", "animated.avif"} {
		f, err := Open(readTestFile(t, name), MaxPixels)
		if err != nil {
			t.Fatal(err)
		}
		var first []string
		for p, err := range f.Frames() {
			if err != nil {
				t.Fatal(err)
			}
			packed := p.Fit(Form{32, 3, Cover, Antialias, White})
			const at = 8*32 + 8
			first = append(first, fmt.Sprint(packed[at]/16, packed[at+32*32]/16, packed[at+2*32*32]/16))
		}
		if fmt.Sprint(first) != "[15 0 0 15 15 15]" {
			t.Errorf("%s: %v", name, first)
		}
	}
}

// A file that is cut short or broken is an error, wherever it is.
func TestBrokenHEIF(t *testing.T) {
	for _, name := range []string{"grid.heic", "rgb.avif"} {
		whole := readTestFile(t, name)
		for cut := 12; cut < len(whole)*3/4; cut += 61 {
			if _, err := decode(whole[:cut], MaxPixels); err == nil {
				t.Errorf("%s cut to %d of %d bytes: decoded", name, cut, len(whole))
			}
		}
		if _, err := decode(whole, 32*32-1); err == nil {
			t.Errorf("%s: over the limit of pixels, and decoded", name)
		}
	}
}
