package picture

// A collection of files that people have: odd, old and slightly wrong ones. For each
// there are the pixels on which independent readers agree.

import (
	"bytes"
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const collection = "../../../shared/data/formats"

// collected returns the names of the collection's files. It skips the test where the
// collection is not there.
func collected(t *testing.T) []string {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(collection, "EXPECT.tsv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the collection of formats is not here: ", collection)
	} else if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(table)) {
		if name, _, _ := strings.Cut(line, "\t"); name != "file" {
			names = append(names, name)
		}
	}
	return names
}

// Every file of the collection has the pixels that others read, within 3 levels on
// average where the compression loses something, else within 1.
func TestCollection(t *testing.T) {
	for _, name := range collected(t) {
		t.Run(name, func(t *testing.T) {
			data, want := readCollected(t, name)
			p, err := decode(data, MaxPixels)
			if err != nil {
				t.Fatal(err)
			}
			got, w, h := shown(p)
			if w != p.Width || h != p.Height {
				t.Errorf("%d x %d pixels, and the header says %d x %d", w, h, p.Width, p.Height)
			}
			wanted, wantW, wantH := shown(want)
			if w != wantW || h != wantH {
				t.Fatalf("%d x %d pixels, want %d x %d", w, h, wantW, wantH)
			}
			if d := meanDifference(got, wanted); d > tolerance(name) {
				t.Errorf("%.2f levels away", d)
			}
			checkPart(t, data, want)
		})
	}
}

// checkPart compares what training takes of a picture at small sizes.
func checkPart(t *testing.T, data []byte, want *Picture) {
	t.Helper()
	f, err := Open(data, MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{8, 16, 32} {
		form := Form{size, 3, Cover, Antialias, White}
		p, err := f.DecodeFor(form)
		if err != nil {
			t.Fatal(err)
		}
		if d := meanDifference(p.Fit(form), want.Fit(form)); d > 3 {
			t.Errorf("at %d x %d: %.2f levels away", size, size, d)
		}
	}
}

func readCollected(t *testing.T, name string) (data []byte, want *Picture) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(collection, name))
	if err != nil {
		t.Fatal(err)
	}
	reference, err := os.ReadFile(filepath.Join(collection, strings.TrimSuffix(name, filepath.Ext(name))+".want.png"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(reference))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	return data, &Picture{Header: Header{Width: b.Dx(), Height: b.Dy()}, meta: meta{turn: 1}, pixels: img}
}

func tolerance(name string) float64 {
	switch {
	case filepath.Ext(name) == ".jpg", strings.HasPrefix(name, "w-lossy"), name == "t-jpeg.tif":
		return 3
	}
	return 1
}

func meanDifference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += int(max(a[i], b[i]) - min(a[i], b[i]))
	}
	return float64(sum) / float64(max(len(a), 1))
}

// shown returns a picture's pixels as displayed: RGB on white, turned.
func shown(p *Picture) (rgb []byte, w, h int) {
	b := p.pixels.Bounds()
	w, h = b.Dx(), b.Dy()
	read := newRows(p.pixels, 3, White)
	stored := make([]byte, 3*w*h)
	for y := range h {
		read(stored[3*w*y:3*w*(y+1)], b.Min.X, b.Min.Y+y)
	}
	storedW, storedH := w, h
	if p.turn.transposed() {
		w, h = h, w
	}
	flipX, flipY := p.turn.flipped()
	rgb = make([]byte, len(stored))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			if p.turn.transposed() {
				sx, sy = sy, sx
			}
			if flipX {
				sx = storedW - 1 - sx
			}
			if flipY {
				sy = storedH - 1 - sy
			}
			copy(rgb[3*(y*w+x):][:3], stored[3*(sy*storedW+sx):])
		}
	}
	return rgb, w, h
}
