package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

// smooth returns a picture with little detail that a smaller one could not show.
func smooth(w, h int, phase float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			wave := func(fx, fy float64) byte {
				return byte(128 + 100*math.Sin(phase+fx*float64(x)/float64(w)+fy*float64(y)/float64(h)))
			}
			img.SetNRGBA(x, y, color.NRGBA{wave(9, 4), wave(-3, 8), wave(5, 5), 255})
		}
	}
	return img
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A JPEG decoded at a fraction of its size gives the same picture as in full, within
// the difference of the two filters. Odd sizes do not shift it.
func TestDecodeInPart(t *testing.T) {
	for _, c := range []struct {
		w, h, size int
		fit        string
		turn       orientation
	}{
		{512, 512, 32, Cover, 1}, {451, 300, 16, Cover, 1}, {451, 300, 64, Cover, 3}, {301, 450, 32, Cover, 6},
		{333, 777, 32, Stretch, 8}, {777, 333, 32, Contain, 1}, {1023, 165, 8, Contain, 5}, {257, 259, 8, Cover, 2},
	} {
		f, err := Open(encodeJPEG(t, smooth(c.w, c.h, 1)), MaxPixels)
		if err != nil {
			t.Fatal(err)
		}
		f.turn = c.turn
		if c.turn.transposed() {
			f.Width, f.Height = f.Height, f.Width
		}
		form := Form{c.size, 3, c.fit, Antialias, White}
		part, err := f.DecodeFor(form)
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.Decode()
		if err != nil {
			t.Fatal(err)
		}
		if part.shrunk <= 1 {
			t.Errorf("%v: all of it was decoded", c)
		}
		if worst := farthest(part.Fit(form), all.Fit(form)); worst > 6 {
			t.Errorf("%v: %d levels apart", c, worst)
		}
	}
}

func farthest(a, b []byte) (worst int) {
	for i := range a {
		worst = max(worst, int(max(a[i], b[i])-min(a[i], b[i])))
	}
	return worst
}

// The transform of N x N points equals its definition, with basis vectors of N
// points instead of eight.
func TestInverseTransform(t *testing.T) {
	for _, n := range []int{1, 2, 4, 8} {
		for seed := range 50 {
			var f [unused + 1]int32
			for i, v := range noise(n*n + seed)[seed:] {
				f[i] = int32(v) - 128
			}
			dst := make([]byte, n*n)
			switch n {
			case 1:
				dst[0] = level(f[0], 3)
			case 2:
				inverse2(&f, dst, 2, 0)
			case 4:
				inverse4(&f, dst, 4, 0)
			case 8:
				inverse8(&f, dst, 8, 0)
			}
			for i := range dst {
				want := 128 + inverseDefinition(f[:], n, i%n, i/n)
				if math.Abs(float64(dst[i])-min(max(want, 0), 255)) > 0.6 {
					t.Fatalf("%d points, pixel %d: %d, want %g", n, i, dst[i], want)
				}
			}
		}
	}
}

// inverseDefinition returns the inverse cosine transform at a point. The
// coefficients are scaled for eight points (ITU-T T.81, A.3.3).
func inverseDefinition(f []int32, n, x, y int) (sum float64) {
	basis := func(u, x int) float64 {
		v := math.Sqrt(2/float64(n)) * math.Cos(float64(2*x+1)*float64(u)*math.Pi/float64(2*n))
		if u == 0 {
			v /= math.Sqrt2
		}
		return v
	}
	for v := range n {
		for u := range n {
			sum += float64(f[v*n+u]) * basis(u, x) * basis(v, y) * float64(n) / 8
		}
	}
	return sum
}

// In full, the pixels are the standard library's, within the rounding of the
// transform.
func TestAgainstTheStandardLibrary(t *testing.T) {
	files := map[string][]byte{"smooth": encodeJPEG(t, smooth(251, 190, 2))}
	for _, name := range []string{"baseline.jpg", "420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "restarts.jpg"} {
		files[name] = readTestFile(t, name)
	}
	for name, data := range files {
		want, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := jpegDecode(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		a, w, h := shown(&Picture{pixels: got, meta: meta{turn: 1}})
		b, wantW, wantH := shown(&Picture{pixels: want, meta: meta{turn: 1}})
		if w != wantW || h != wantH {
			t.Fatalf("%s: %d x %d pixels, want %d x %d", name, w, h, wantW, wantH)
		}
		if worst := farthest(a, b); worst > 4 {
			t.Errorf("%s: %d levels apart", name, worst)
		}
	}
}

// Of a file that is cut short the rows that are there are decoded, and no other.
func TestCutJPEG(t *testing.T) {
	img := smooth(256, 256, 2)
	whole := encodeJPEG(t, img)
	all, rows, _, err := decodeJPEG(whole, 8)
	if err != nil || rows != 256 {
		t.Fatal(rows, err)
	}
	if _, rows, _, err := decodeJPEG(whole[:len(whole)-2], 8); err != nil || rows != 256 {
		t.Errorf("without the end marker: %d rows, %v", rows, err)
	}
	last := 0
	for cut := 2; cut < len(whole)-2; cut += 97 {
		part, rows, _, err := decodeJPEG(whole[:cut], 8)
		if err != nil {
			if rows > 0 || last > 0 {
				t.Errorf("cut to %d bytes: %d rows, %v", cut, rows, err)
			}
			continue
		}
		if rows < last || rows%16 != 0 {
			t.Errorf("cut to %d bytes: %d rows after %d", cut, rows, last)
		}
		last = rows
		luma := all.(*image.YCbCr)
		if !bytes.Equal(part.(*image.YCbCr).Y[:luma.YStride*rows], luma.Y[:luma.YStride*rows]) {
			t.Errorf("cut to %d bytes: other pixels", cut)
		}
	}
	if last < 200 {
		t.Errorf("cut at the end there are %d rows", last)
	}
	for i := 200; i < len(whole); i += 131 {
		data := bytes.Clone(whole)
		data[i] ^= 0x55
		decodeJPEG(data, 1) // ends, with or without an error
	}
	progressive := readTestFile(t, "progressive.jpg")
	_, rows, _, err = decodeJPEG(progressive[:len(progressive)*9/10], 8)
	if err != nil || rows == 32 {
		t.Errorf("cut progressive file: %d rows, %v", rows, err)
	}
}

// Restart markers within the data reset the decoder.
func TestRestarts(t *testing.T) {
	data := readTestFile(t, "restarts.jpg")
	if !bytes.Contains(data, []byte{0xff, 0xd2}) {
		t.Fatal("no restart marker")
	}
	f, err := Open(data, MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	form := Form{4, 3, Cover, Antialias, White}
	all, err := f.Decode()
	if err != nil {
		t.Fatal(err)
	}
	part, err := f.DecodeFor(form)
	if err != nil || part.shrunk <= 1 {
		t.Fatalf("%v, %d", err, part.shrunk)
	}
	if worst := farthest(part.Fit(form), all.Fit(form)); worst > 4 { // in full, chroma is interpolated
		t.Errorf("%d levels apart", worst)
	}
}

// Samples of 12 bits become bytes at every fraction of the size, too.
func TestTwelveBitsInPart(t *testing.T) {
	f, err := Open(readTestFile(t, "12-bit.jpg"), MaxPixels)
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Decode()
	if err != nil {
		t.Fatal(err)
	}
	for size, shrunk := range map[int]int{2: 8, 4: 4, 8: 2} {
		form := Form{size, 3, Cover, Antialias, White}
		part, err := f.DecodeFor(form)
		if err != nil || part.shrunk != shrunk {
			t.Fatalf("%d pixels: %v, shrunk by %d", size, err, part.shrunk)
		}
		if worst := farthest(part.Fit(form), all.Fit(form)); worst > 2 {
			t.Errorf("%d pixels: %d levels apart", size, worst)
		}
	}
}

// A JPEG over the limit of pixels is accepted where a part of it is decoded. A progressive
// one and one of unusual sampling are decoded whole, and refused.
func TestLargeJPEG(t *testing.T) {
	baseline, wide := readTestFile(t, "baseline.jpg"), readTestFile(t, "baseline.jpg")
	wide[bytes.Index(wide, []byte{0xff, 0xc0})+11] = 0x41 // four samples of luma to one of chroma
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"baseline", "", baseline},
		{"progressive", " for a progressive JPEG; jpegtran -copy all makes it sequential",
			readTestFile(t, "progressive.jpg")},
		{"4:1", " for a JPEG of unusual sampling", wide},
	} {
		f, err := Open(c.data, 32*32-1)
		if c.want != "" {
			if want := "32 x 32 pixels, over the limit of 1023" + c.want; err == nil || err.Error() != want {
				t.Errorf("%s: %v, want %s", c.name, err, want)
			}
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if _, err := f.DecodeFor(Form{8, 3, Cover, Antialias, White}); err != nil {
			t.Errorf("%s, in part: %v", c.name, err)
		}
		if _, err := f.Decode(); err == nil || err.Error() != "32 x 32 pixels, over the limit of 1023" {
			t.Errorf("%s, whole: %v", c.name, err)
		}
	}
	if _, err := Open(baseline, 32*32/4-1); err == nil || err.Error() != "32 x 32 pixels, over the limit of 1020" {
		t.Errorf("over four times the limit: %v", err)
	}
}
