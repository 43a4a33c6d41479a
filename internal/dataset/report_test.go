package dataset

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// The text of a name is one field of a line, and any name can be read back from it.
func TestPath(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.png": "a/b.png", "日本語 😀.jpg": "日本語 😀.jpg", `back\slash`: `back\\slash`,
		"new\nline\ttab\r": `new\nline\ttab\r`, "latin1-\xe9\xff.jpg": `latin1-\xe9\xff.jpg`,
		"\x00\x7f\u0085": `\x00\x7f\xc2\x85`, "\ufffd": "\ufffd",
	} {
		if got := Path(name).String(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	check := func(name []byte) bool {
		text, err := json.Marshal(Path(name))
		var back Path
		return err == nil && json.Unmarshal(text, &back) == nil && string(back) == string(name) &&
			!strings.ContainsAny(Path(name).String(), "\n\t\r")
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
	var p Path
	for _, bad := range []string{`\`, `\q`, `\x1`, `\xzz`} {
		if err := p.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as %q", bad, p)
		}
	}
}

func TestSkippedTSV(t *testing.T) {
	files := tree{
		"a.png": grey(t, 1, 8, 8), "x\ty.png": nil, "\xff.png": []byte("text"),
		"b.mov": []byte("\x00\x00\x00\x14ftypqt  "),
	}
	s := open(t, write(t, "x.zip", files.zip(t)), small)
	want := "path\treason\nx\\ty.png\tempty file\n\\xff.png\tnot a picture of a known format\n" +
		"(.mov)\tnot taken: 1 .mov (video; ffmpeg -i FILE -vf fps=1 FRAME-%05d.png takes its frames out)\n"
	if got := string(s.SkippedTSV()); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// With Strict, the first file that would be skipped is named.
func TestStrict(t *testing.T) {
	opt := small
	opt.Strict = true
	files := tree{"a.png": grey(t, 1, 8, 8), "b.png": nil, "c.png": []byte("text")}
	for range 10 {
		_, err := Open(files.folder(t), opt)
		if !errors.Is(err, ErrSkipped) || !strings.HasSuffix(err.Error(), "b.png: empty file") {
			t.Fatalf("%v", err)
		}
	}
	if _, err := Open(tree{"a.png": files["a.png"]}.folder(t), opt); err != nil {
		t.Errorf("with nothing to skip: %v", err)
	}
}

// scene is a picture of large shapes; seed chooses them.
func scene(seed uint64, size int) image.Image {
	r := rand.New(rand.NewPCG(seed, 0))
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	type blob struct{ x, y, radius, red, green, blue float64 }
	var blobs []blob
	for range 12 {
		x, y, radius := r.Float64(), r.Float64(), 0.1+0.3*r.Float64()
		blobs = append(blobs, blob{x, y, radius, 255 * r.Float64(), 255 * r.Float64(), 255 * r.Float64()})
	}
	for y := range size {
		for x := range size {
			c := color.NRGBA{200, 200, 200, 255}
			for _, b := range blobs {
				dx, dy := (float64(x)+0.5)/float64(size)-b.x, (float64(y)+0.5)/float64(size)-b.y
				if dx*dx+dy*dy < b.radius*b.radius {
					c = color.NRGBA{byte(b.red), byte(b.green), byte(b.blue), 255}
				}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encodeJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The same file twice is an exact duplicate; the same picture in other sizes and
// qualities a near one; other pictures are neither.
func TestDuplicates(t *testing.T) {
	first := encodeJPEG(t, scene(1, 200), 90)
	files := tree{
		"a.jpg": first, "a/copy.jpg": first,
		"b-small.jpg": encodeJPEG(t, scene(1, 120), 90), "c-poor.jpg": encodeJPEG(t, scene(1, 200), 30),
	}
	for i := range 30 {
		files[fmt.Sprintf("other%d.jpg", i)] = encodeJPEG(t, scene(uint64(100+i), 64), 90)
	}
	opt := small
	opt.Size, opt.Channels = 64, 3
	for _, opt.Cache = range []Cache{{}, cached(t).Cache} {
		s := open(t, files.folder(t), opt)
		r, err := s.Report()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.Duplicates); got != "{[[a.jpg a/copy.jpg]] [[a.jpg b-small.jpg c-poor.jpg]] false}" {
			t.Errorf("%s", got)
		}
		s.Close()
	}
}

// A black and a white picture are not near duplicates, though neither has an edge.
func TestFlatPicturesAreNotAlike(t *testing.T) {
	files := tree{"a.png": grey(t, 0, 8, 8), "b.png": grey(t, 255, 8, 8), "c.png": grey(t, 254, 9, 9)}
	s := open(t, files.folder(t), small)
	d, err := s.duplicates()
	if err != nil || fmt.Sprint(d.Near) != "[[b.png c.png]]" {
		t.Errorf("near %v, %v", d.Near, err)
	}
}

// Folders are classes if every picture is in one of them.
func TestClasses(t *testing.T) {
	p := grey(t, 1, 8, 8)
	for _, c := range []struct {
		files tree
		want  string
	}{
		{tree{"cats/1.png": p, "cats/x/2.png": p, "dogs/1.png": p}, "[{cats 2} {dogs 1}]"},
		{tree{"set/train/cats/1.png": p, "set/train/dogs/1.png": p, "README": nil}, "[{cats 1} {dogs 1}]"},
		{tree{"cats/1.png": p, "2.png": p}, "[]"},
		{tree{"cats/1.png": p, "cats/2.png": p}, "[]"},
		{tree{"1.png": p}, "[]"},
		{tree{"two\nlines/1.png": p, "dogs/1.png": p}, `[{dogs 1} {two\nlines 1}]`},
	} {
		if got := fmt.Sprint(open(t, write(t, "set.zip", c.files.zip(t)), small).found.report().Classes); got != c.want {
			t.Errorf("%v: %s, want %s", c.files.paths(), got, c.want)
		}
	}
}

// idx is an IDX file of 2 x 3 pictures of one grey each.
func idx(greys ...byte) []byte {
	data := binary.BigEndian.AppendUint32(nil, idxPictures)
	for _, n := range []int{len(greys), 2, 3} {
		data = binary.BigEndian.AppendUint32(data, uint32(n))
	}
	for _, v := range greys {
		data = append(data, bytes.Repeat([]byte{v}, 6)...)
	}
	return data
}

func idxOfLabels(labels ...byte) []byte {
	data := binary.BigEndian.AppendUint32(nil, idxLabels)
	data = binary.BigEndian.AppendUint32(data, uint32(len(labels)))
	return append(data, labels...)
}

// IDX files are read, gzipped or not, alone or in a folder, with their labels.
func TestIDX(t *testing.T) {
	files := tree{
		"train-images-idx3-ubyte.gz": gzipped(t, idx(10, 20, 30)),
		"train-labels-idx1-ubyte.gz": gzipped(t, idxOfLabels(7, 7, 8)),
		"t10k-images.idx3-ubyte":     idx(40), "t10k-labels.idx1-ubyte": idxOfLabels(8),
	}
	root := files.folder(t)
	for place, want := range map[string]struct {
		greys   []int
		classes string
	}{
		root: {[]int{40, 10, 20, 30}, "[{7 2} {8 2}]"},
		filepath.Join(root, "train-images-idx3-ubyte.gz"): {[]int{10, 20, 30}, "[{7 2} {8 1}]"},
		write(t, "any", idx(50, 60)):                      {[]int{50, 60}, "[]"},
		write(t, "any.gz", gzipped(t, idx(50, 60))):       {[]int{50, 60}, "[]"},
	} {
		s := open(t, place, small)
		if got := greys(t, s); !slices.Equal(got, want.greys) {
			t.Errorf("%s: %v, want %v", place, got, want.greys)
		}
		r := s.found.report()
		if got := fmt.Sprint(r.Classes); got != want.classes {
			t.Errorf("%s: classes %s, want %s", place, got, want.classes)
		}
		if r.Formats[0].Name != "idx" || r.Sizes.Max != (Size{3, 2}) {
			t.Errorf("%s: %+v", place, r)
		}
	}
	if name := open(t, root, small).Name(1); name != "train-images-idx3-ubyte.gz/0" {
		t.Errorf("name %s", name)
	}
	cut := idx(1, 2)
	_, err := Open(write(t, "cut", cut[:len(cut)-1]), small)
	if err == nil || !strings.Contains(err.Error(), "cut short after 1 of 2") {
		t.Errorf("cut: %v", err)
	}
	header := binary.BigEndian.AppendUint32([]byte("\x00\x00\x08\x03\x00\x00\x00\x01\x20\x00\x00\x00"), 1<<29)
	huge := gzipped(t, header) // claims a picture of 2^58 bytes
	broken := tree{"a.png": grey(t, 1, 8, 8), "x-idx3-ubyte": []byte("text"), "y-idx3-ubyte.gz": huge}
	s := open(t, broken.folder(t), small)
	if k := s.Skipped(); fmt.Sprint(k) != "[{x-idx3-ubyte broken IDX file} {y-idx3-ubyte.gz broken IDX file}]" {
		t.Errorf("skipped %v", k)
	}
}

// A picture that lacks few of its rows is used and reported; one that lacks more is
// skipped, unless what is there is to be used.
func TestDamaged(t *testing.T) {
	whole := encodeJPEG(t, scene(1, 256), 90)
	rows := func(share float64) []byte { return whole[:int(share*float64(len(whole)))] }
	files := tree{"a.jpg": whole[:len(whole)-2], "b.jpg": rows(0.97), "c.jpg": rows(0.5), "d.jpg": rows(0.05)}
	for _, c := range []struct {
		damaged          bool
		usable, reported int
		skipped          string
	}{{false, 2, 1, "c.jpg d.jpg"}, {true, 3, 2, "d.jpg"}} {
		for _, opt := range []Options{small, cached(t)} {
			opt.Damaged = c.damaged
			s := open(t, files.folder(t), opt)
			r := s.found.report()
			var skipped []string
			for _, k := range r.Skipped {
				skipped = append(skipped, string(k.Path))
			}
			if r.Usable != c.usable || len(r.Damaged) != c.reported || strings.Join(skipped, " ") != c.skipped {
				t.Errorf("%t: %d usable, damaged %v, skipped %v", c.damaged, r.Usable, r.Damaged, r.Skipped)
			}
			s.Close()
		}
	}
}

// With AllFrames every frame of an animation is a picture.
func TestAllFrames(t *testing.T) {
	g := &gif.GIF{}
	for _, v := range []byte{10, 20, 30} {
		img := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Gray{Y: v}})
		g.Image, g.Delay = append(g.Image, img), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	files := tree{"a.gif": b.Bytes(), "b.png": grey(t, 40, 8, 8)}
	if got := greys(t, open(t, files.folder(t), small)); !slices.Equal(got, []int{10, 40}) {
		t.Errorf("first frames: %v", got)
	}
	opt := small
	opt.AllFrames = true
	for _, opt.Cache = range []Cache{{}, cached(t).Cache} {
		s := open(t, files.folder(t), opt)
		if got := greys(t, s); !slices.Equal(got, []int{10, 20, 30, 40}) || s.Name(1) != "a.gif#2" {
			t.Errorf("all frames: %v, the second is %s", got, s.Name(1))
		}
		if d, err := s.duplicates(); err != nil || len(d.Exact) != 0 {
			t.Errorf("duplicates %v, %v", d, err)
		}
		s.Close()
	}
}

// A mirrored picture has its columns the other way round; which are mirrored is
// drawn by seed and step.
func TestMirror(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	s := open(t, tree{"a.jpg": encodeJPEG(t, img, 100)}.folder(t), small)
	dst := tensor.New(2, 1, 8, 8)
	if err := s.MirroredBatch(dst, []int{0, 0}, []bool{true, false}); err != nil {
		t.Fatal(err)
	}
	for i := range 64 {
		if dst.Data[i] != dst.Data[64+i/8*8+7-i%8] {
			t.Fatalf("pixel %d: %g", i, dst.Data[i])
		}
	}
	o := Order{Seed: 1, N: 1, Mirror: true}
	flips, n := o.Flips(3, 1000), 0
	for _, f := range flips {
		if f {
			n++
		}
	}
	if again := (&Order{Seed: 1, N: 9, Mirror: true}).Flips(3, 1000); !slices.Equal(flips, again) || n < 400 || n > 600 {
		t.Errorf("%d of 1000 flipped", n)
	}
	if slices.Equal(flips, o.Flips(4, 1000)) || (&Order{Seed: 1, N: 1}).Flips(3, 10) != nil {
		t.Error("flips that don't depend on the step, or without Mirror")
	}
}

// No picture is refused for the memory that decoding takes: one under the limit waits
// for others, and one over it is decoded alone.
func TestDecodeMemory(t *testing.T) {
	files := tree{}
	for i := range 8 {
		files[fmt.Sprintf("%d.png", i)] = grey(t, byte(i), 100, 100)
	}
	opt := small
	opt.Threads, opt.Decode = 4, 1000
	if s := open(t, files.folder(t), opt); s.Len() != 8 {
		t.Errorf("%d pictures", s.Len())
	}
}

// A file of any bytes becomes rows of a tensor, is skipped with a reason, or is counted among those of its kind.
func FuzzTensor(f *testing.F) {
	names, err := filepath.Glob("../picture/testdata/formats/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, allFrames bool) {
		opt := small
		opt.Channels, opt.Fit, opt.AllFrames, opt.Threads, opt.MaxPixels = 3, picture.Contain, allFrames, 1, 1<<14
		opt = opt.withDefaults()
		fs := files{1, 1, func(yield func(file, error) bool) {
			yield(file{path: "a", read: func() ([]byte, error) { return data, nil }}, nil)
		}}
		memory := newMemoryStore(opt)
		r, err := scan(fs, opt, newLoader(opt, memory))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.pictures) == 0 && len(r.notTaken) == 1 && r.notTaken[0].Count == 1 && len(r.skipped) == 0 {
			return // of another kind
		}
		if len(r.pictures) == 0 {
			if len(r.skipped) != 1 || r.skipped[0].Reason == "" || strings.ContainsAny(r.skipped[0].Reason, "\n\t") {
				t.Fatalf("skipped %q", r.skipped)
			}
			return
		}
		s, err := newSet("a", r, memory, opt)
		if err != nil {
			t.Fatal(err)
		}
		dst := tensor.New(1, 3, 8, 8)
		for i := range s.Len() {
			if err := s.Batch(dst, []int{i}); err != nil {
				t.Fatal(err)
			}
			for _, v := range dst.Data {
				if !(v >= -1 && v <= 1) {
					t.Fatalf("a value of %g", v)
				}
			}
		}
	})
}
