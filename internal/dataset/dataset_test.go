package dataset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// grey returns a PNG of w x h pixels of one grey.
func grey(t testing.TB, v byte, w, h int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = v
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// small are the options of most tests: grey pictures of 8 x 8.
var small = Options{Size: 8, Channels: 1, Fit: picture.Cover, Filter: picture.Antialias, Threads: 2}

// tree is the content of a place, by path.
type tree map[string][]byte

func (tr tree) paths() []string { return slices.Sorted(maps.Keys(tr)) }

func (tr tree) folder(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for p, data := range tr {
		name := filepath.Join(root, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// write writes data to a file of this name in a temporary folder.
func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func (tr tree) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range tr.paths() {
		w, err := z.Create(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(tr[p]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tar writes the files after the headers in extra, which have no content.
func (tr tree) tar(t testing.TB, extra ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range extra {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
	}
	paths := tr.paths()
	slices.Reverse(paths) // a tar has any order
	for _, p := range paths {
		if err := w.WriteHeader(&tar.Header{Name: "./" + p, Mode: 0o666, Size: int64(len(tr[p]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(tr[p]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// A zip of Windows may have backslashes between folders.
func TestBackslashes(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{`cats\1.png`, `dogs\2.png`, `__MACOSX\._1.png`} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(grey(t, 7, 8, 8)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r := open(t, write(t, "x.zip", b.Bytes()), small).found.report()
	if got := fmt.Sprint(r.Classes, r.NotTaken); got != "[{cats 1} {dogs 1}] [1 hidden]" {
		t.Error(got)
	}
}

func open(t testing.TB, place string, opt Options) *Set {
	t.Helper()
	s, err := Open(place, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// greys returns the grey of each picture of a set, in order.
func greys(t testing.TB, s *Set) []int {
	t.Helper()
	var out []int
	dst := tensor.New(1, 1, 8, 8)
	for i := range s.Len() {
		if err := s.Batch(dst, []int{i}); err != nil {
			t.Fatal(err)
		}
		out = append(out, int(picture.Byte(dst.Data[0], picture.Nearest)))
	}
	return out
}

// mixed returns a realistic mixture of files.
func mixed(t testing.TB) tree {
	whole := grey(t, 30, 9, 20)
	return tree{
		"b.PNG":                 whole,
		"a/2.png":               grey(t, 20, 40, 10),
		"a/10.png":              grey(t, 10, 16, 16),
		"a/b/c/deep.jpg":        grey(t, 40, 8, 8), // a PNG under another name
		"a/cut.png":             whole[:len(whole)-20],
		"a/empty.jpg":           nil,
		"page.png":              []byte("<html><title>404 Not Found</title></html>"),
		"README.txt":            []byte("not a picture"),
		"no-ending":             grey(t, 50, 8, 8),
		".hidden.png":           grey(t, 60, 8, 8),
		".git/x.png":            grey(t, 60, 8, 8),
		"__MACOSX/a/._10.png":   []byte("resource fork"),
		"a/Thumbs.db":           []byte("thumbnails"),
		"quote\" and 日本語 ?.png": grey(t, 70, 8, 8),
	}
}

// A folder, a zip, a tar and a tar.gz of the same files are the same set, in the
// order of paths.
func TestSameSetFromEveryPlace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file with a quotation mark in its name")
	}
	files := mixed(t)
	places := map[string]string{
		"folder": files.folder(t),
		"zip":    write(t, "x.zip", files.zip(t)),
		"tar":    write(t, "x.tar", files.tar(t)),
		"tar.gz": write(t, "x.tar.gz", gzipped(t, files.tar(t))),
		"tgz":    write(t, "whatever", gzipped(t, files.tar(t))),
		"zstd":   write(t, "x.tar.zst", zstandard(t, files.tar(t))),
	}
	want := open(t, places["folder"], small)
	for name, place := range places {
		s := open(t, place, small)
		if got, want := greys(t, s), []int{10, 20, 40, 30, 50, 70}; !slices.Equal(got, want) {
			t.Errorf("%s: pictures %v, want %v", name, got, want)
		}
		if got, want := s.Skipped(), []Skipped{
			{"a/cut.png", "png: cut short"},
			{"a/empty.jpg", "empty file"},
			{"page.png", "not a picture of a known format: web page"},
		}; !slices.Equal(got, want) {
			t.Errorf("%s: skipped %v, want %v", name, got, want)
		}
		if s.Fingerprint() != want.Fingerprint() {
			t.Errorf("%s: another fingerprint than the folder", name)
		}
		r := s.found.report()
		if got := fmt.Sprint(r.Files, r.Used, r.NotTaken); got != "14 6 [4 hidden 1 .txt]" {
			t.Errorf("%s: files %s", name, got)
		}
	}
}

// packedByBzip2 is base64 of what "tar c a.pgm b | bzip2" writes. The files are of 2 x 2
// pixels: a.pgm of grey 10 and b/c.pgm of grey 20.
const packedByBzip2 = `QlpoOTFBWSZTWdBfi6YAANn7kcqQAEBAAf+AQCl4gt4ABAABAAAIMAC4DDBMCYCGjJpgYYJgTAQ0ZNMBFFBqYo0e
p6jQ9pI9J+qW5Hg08jWjiZwKx0UR66+2LJSR89j9ZdHJRIFiBgCHHYJZku4rwfBRE60hhkRN965v0wIYOuQS5ZRUvAkg+y/3obSYat2BXpoX
Ez/EDnVtfXwcm4+B5N3s9mzgNmz6oh/i7kinChIaC/F0wA==`

// Go has no writer of bzip2.
func TestBzip2(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString(packedByBzip2)
	if err != nil {
		t.Fatal(err)
	}
	if got := greys(t, open(t, write(t, "x.tar.bz2", data), small)); !slices.Equal(got, []int{10, 20}) {
		t.Errorf("pictures %v, want 10 and 20", got)
	}
	_, err = Open(write(t, "cut.tar.bz2", data[:len(data)-20]), small)
	if err == nil || !strings.Contains(err.Error(), "broken tar after ") {
		t.Errorf("cut short: %v", err)
	}
}

// The fingerprint does not change when the files are moved or touched. It changes
// with the content, number or order of the pictures.
func TestFingerprint(t *testing.T) {
	files := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8)}
	root := files.folder(t)
	base := open(t, root, small).Fingerprint()

	if err := os.Chtimes(filepath.Join(root, "a.png"), time.Unix(0, 0), time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if open(t, root, small).Fingerprint() != base {
		t.Error("it changes with a file's time")
	}
	if open(t, files.folder(t), small).Fingerprint() != base {
		t.Error("it changes when the folder moves")
	}
	other := small
	other.Size, other.Fit = 16, picture.Stretch
	if open(t, root, other).Fingerprint() != base {
		t.Error("it changes with the training size")
	}
	for name, files := range map[string]tree{
		"content": {"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 3, 8, 8)},
		"number":  {"a.png": grey(t, 1, 8, 8)},
		"order":   {"a.png": grey(t, 2, 8, 8), "b.png": grey(t, 1, 8, 8)},
	} {
		if open(t, files.folder(t), small).Fingerprint() == base {
			t.Errorf("it stays with another %s", name)
		}
	}
}

func TestPattern(t *testing.T) {
	files := tree{
		"a.jpg": grey(t, 1, 8, 8), "sub/b.jpg": grey(t, 2, 8, 8), "c.png": grey(t, 3, 8, 8),
		"d.JPG": grey(t, 4, 8, 8), "face_1.dat": grey(t, 5, 8, 8), ".e.jpg": grey(t, 6, 8, 8),
	}
	root := files.folder(t)
	for pattern, want := range map[string][]int{
		"":       {1, 3, 4, 5, 2},
		"*.jpg":  {1, 2},
		"face_*": {5},
		"[ac].*": {1, 3},
		"*":      {1, 3, 4, 5, 2},
	} {
		opt := small
		opt.Pattern = pattern
		if got := greys(t, open(t, root, opt)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", pattern, got, want)
		}
	}
	opt := small
	opt.Pattern = "["
	if _, err := Open(root, opt); err == nil || !strings.Contains(err.Error(), `pattern "["`) {
		t.Errorf("bad pattern: %v", err)
	}
}

// A place without a usable picture gives an error that says what was looked for and
// what was found.
func TestNothingUsable(t *testing.T) {
	cut := grey(t, 0, 8, 8)[:30]
	for _, c := range []struct {
		name    string
		files   tree
		pattern string
		want    string
	}{
		{"an empty folder", tree{}, "", ": 0 files"},
		{"texts", tree{"a.txt": nil, "b/c.md": nil}, "", ": 2 files, 2 not taken: 1 .md, 1 .txt"},
		{"a pattern", tree{"a.png": grey(t, 0, 8, 8)}, "*.jpg",
			`1 files, 0 with a name like "*.jpg", 1 not taken: 1 .png (not like the pattern)`},
		{"broken ones", tree{"a.png": cut, "b.png": cut, "c.png": nil, "d.png": cut}, "",
			"4 files, 4 that can't be used (a.png: png: cut short; b.png: png: cut short; c.png: empty file; ...)"},
		{"a name of two lines", tree{"a\nb.png": cut}, "", `("a\nb.png": png: cut short)`},
	} {
		if strings.Contains(c.name, "lines") && runtime.GOOS == "windows" {
			continue
		}
		opt := small
		opt.Pattern = c.pattern
		_, err := Open(c.files.folder(t), opt)
		if !errors.Is(err, ErrNoPictures) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want ... %s", c.name, err, c.want)
		}
	}
}

func TestNoPlace(t *testing.T) {
	files := tree{"a.png": grey(t, 0, 8, 8), "b.png": grey(t, 1, 40, 40)}
	zipped, tarred := files.zip(t), files.tar(t)
	for _, c := range []struct{ name, place, want string }{
		{"missing", filepath.Join(t.TempDir(), "none"), "no such file"},
		{"a picture", write(t, "a.png", grey(t, 0, 8, 8)), "a single picture, and training needs many"},
		{"an address", "https://example.org/a.zip", "an address, which is not fetched"},
		{"a 7z", write(t, "a.7z", []byte("7z\xbc\xaf'\x1c\x00\x04")), "a 7z archive, which is not read"},
		{"a text", write(t, "a.txt", []byte("hello")), "neither a folder nor"},
		{"nothing", write(t, "empty", nil), "neither a folder nor"},
		{"a text called tar", write(t, "a.tar", bytes.Repeat([]byte("hello\n"), 200)), "neither a folder nor"},
		{"a gzipped text", write(t, "a.gz", gzipped(t, bytes.Repeat([]byte("hello\n"), 200))), "neither a folder nor"},
		{"a device", os.DevNull, "neither a folder nor"},
		{"half a zip", write(t, "a.zip", zipped[:len(zipped)/2]), "broken zip: "},
		{"a text called zip", write(t, "b.zip", []byte("hello")), "broken zip: "},
		{"half a tar", write(t, "a.tar", tarred[:1024+10]), "broken tar after 1 entries: "},
		{"half a tar.gz", write(t, "a.tar.gz", gzipped(t, tarred)[:100]), "broken tar after "},
	} {
		if runtime.GOOS == "windows" && (c.name == "a device" || c.name == "missing") {
			continue // Windows has other words for them
		}
		_, err := Open(c.place, small)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), show(c.place)) {
			t.Errorf("%s: %v, want ... %s", c.name, err, c.want)
		}
	}
}

// A broken entry of a zip affects no other picture.
func TestBrokenEntry(t *testing.T) {
	files := tree{"a.png": grey(t, 1, 64, 64), "b.png": grey(t, 2, 64, 64)}
	data := files.zip(t)
	i := bytes.Index(data, []byte("a.png")) + len("a.png")
	data[i+10] ^= 0xff
	s := open(t, write(t, "x.zip", data), small)
	if got := greys(t, s); !slices.Equal(got, []int{2}) {
		t.Errorf("pictures %v", got)
	}
	if k := s.Skipped(); len(k) != 1 || k[0].Path != "a.png" {
		t.Errorf("skipped %v", k)
	}
}

// A path that occurs twice in a tar counts once, with the later content.
func TestTarUpdates(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, v := range []byte{1, 2} {
		data := grey(t, v, 8, 8)
		if err := w.WriteHeader(&tar.Header{Name: "a.png", Mode: 0o666, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := greys(t, open(t, write(t, "x.tar", b.Bytes()), small)); !slices.Equal(got, []int{2}) {
		t.Errorf("pictures %v, want [2]", got)
	}
}

// Links within an archive stand for their targets; other links are skipped.
func TestTarLinks(t *testing.T) {
	files := tree{"real/a.png": grey(t, 9, 8, 8), "real/blob": grey(t, 8, 8, 8)}
	data := files.tar(t,
		tar.Header{Name: "links/1.png", Typeflag: tar.TypeSymlink, Linkname: "../real/a.png"},
		tar.Header{Name: "links/2.png", Typeflag: tar.TypeLink, Linkname: "real/a.png"},
		tar.Header{Name: "links/3.png", Typeflag: tar.TypeSymlink, Linkname: "1.png"},
		tar.Header{Name: "links/away.png", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		tar.Header{Name: "links/blob.png", Typeflag: tar.TypeSymlink, Linkname: "../real/blob"},
		tar.Header{Name: "links/self.png", Typeflag: tar.TypeSymlink, Linkname: "self.png"},
		tar.Header{Name: "links/pipe.png", Typeflag: tar.TypeFifo},
		tar.Header{Name: "folder.png/", Typeflag: tar.TypeDir},
	)
	s := open(t, write(t, "x.tar", data), small)
	if got := greys(t, s); !slices.Equal(got, []int{9, 9, 9, 8, 9, 8}) {
		t.Errorf("pictures %v", got)
	}
	var skipped []string
	for _, k := range s.Skipped() {
		skipped = append(skipped, string(k.Path))
	}
	want := []string{"links/away.png", "links/pipe.png", "links/self.png"}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped %v, want %v", skipped, want)
	}
}

// Links to files and folders are followed, each folder once.
func TestFolderLinks(t *testing.T) {
	root := tree{"a/1.png": grey(t, 1, 8, 8), "b/2.png": grey(t, 2, 8, 8)}.folder(t)
	outside := tree{"3.png": grey(t, 3, 8, 8)}.folder(t)
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	link(filepath.Join("a", "1.png"), "4.png") // a file of the tree again: another picture
	link(outside, "a/outside")
	link(outside, "b/outside")
	link("..", "a/up")
	link("up", "a/1-up")
	link("loop.png", "loop.png")
	link("nowhere", "lost.png")
	link("nowhere", "lost")
	s := open(t, root, small)
	if got := greys(t, s); !slices.Equal(got, []int{1, 1, 3, 2}) {
		t.Errorf("pictures %v, want [1 1 3 2]", got)
	}
	if k := s.Skipped(); len(k) != 2 || k[0].Path != "loop.png" || k[1].Path != "lost.png" {
		t.Errorf("skipped %v", k)
	}
}

// A file is read up to the limit only, whatever it or its archive claims. Of a file
// that isn't a picture only the beginning is read.
func TestReadNoMoreThanNeeded(t *testing.T) {
	endless := func(start []byte) *countingReader { return &countingReader{start: start} }
	r := endless([]byte("hello"))
	if data, err := readPicture(r, 1<<20); err != nil || len(data) != picture.SniffLength || r.n > 4096 {
		t.Errorf("of a text %d bytes were read: %v", r.n, err)
	}
	r = endless(grey(t, 0, 8, 8))
	if _, err := readPicture(r, 1<<20); err == nil || err.Error() != "file of more than 1 MiB" || r.n > 2<<20 {
		t.Errorf("an endless picture: %v", err)
	}
}

// countingReader yields its start and zeros for ever.
type countingReader struct {
	start []byte
	n     int
}

func (r *countingReader) Read(p []byte) (int, error) {
	clear(p)
	if r.n < len(r.start) {
		copy(p, r.start[r.n:])
	}
	r.n += len(p)
	return len(p), nil
}

func TestMaxPixels(t *testing.T) {
	root := tree{"a.png": grey(t, 1, 10, 10), "b.png": grey(t, 2, 11, 10)}.folder(t)
	opt := small
	opt.MaxPixels = 100
	s := open(t, root, opt)
	want := []Skipped{{"b.png", "11 x 10 pixels, over the limit of 100"}}
	if s.Len() != 1 || !slices.Equal(s.Skipped(), want) {
		t.Errorf("%d pictures, skipped %v", s.Len(), s.Skipped())
	}
}

// Every picture is in its row of the batch, channel by channel, from -1 to 1.
func TestBatch(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		img.SetNRGBA(i%8, i/8, color.NRGBA{byte(i), 255, 0, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	opt := small
	opt.Channels = 3
	s := open(t, tree{"a.png": grey(t, 51, 8, 8), "b.png": b.Bytes()}.folder(t), opt)
	dst := tensor.New(3, 3, 8, 8)
	if err := s.Batch(dst, []int{1, 0, 1}); err != nil {
		t.Fatal(err)
	}
	for i, picked := range []int{1, 0, 1} {
		for k, v := range dst.Row(i) {
			want := float32(51)/127.5 - 1
			if picked == 1 {
				want = []float32{float32(k)/127.5 - 1, 1, -1}[k/64]
			}
			if d := v - want; d > 1e-6 || d < -1e-6 {
				t.Fatalf("row %d, value %d: %g, want %g", i, k, v, want)
			}
		}
	}
	if err := s.Batch(dst, []int{0}); err == nil {
		t.Error("a batch of another size is filled")
	}
	if err := s.Batch(dst, []int{0, 1, 2}); err == nil {
		t.Error("a picture that the set lacks is found")
	}
}

// One picture makes a batch of any size.
func TestFewerPicturesThanABatch(t *testing.T) {
	s := open(t, tree{"a.png": grey(t, 255, 8, 8)}.folder(t), small)
	o := Order{N: s.Len()}
	dst := tensor.New(64, 1, 8, 8)
	if err := s.Batch(dst, o.Indices(1, 64)); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(dst.Data, func(v float32) bool { return v != 1 }) {
		t.Error("the batch isn't white all over")
	}
}

func TestProgress(t *testing.T) {
	root := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8), "c.txt": nil}.folder(t)
	var calls [][2]int
	opt := small
	opt.Progress = func(seen, all int) error {
		calls = append(calls, [2]int{seen, all})
		return nil
	}
	open(t, root, opt)
	if want := [][2]int{{1, 3}, {2, 3}, {3, 3}}; !slices.Equal(calls, want) {
		t.Errorf("calls %v, want %v", calls, want)
	}
	stop := errors.New("stop")
	opt.Progress = func(int, int) error { return stop }
	if _, err := Open(root, opt); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

func TestInspect(t *testing.T) {
	root := tree{
		"a.png": grey(t, 1, 40, 30), "b.png": grey(t, 1, 40, 30), "c.png": grey(t, 1, 10, 100), "d.png": nil,
	}.folder(t)
	r, err := Inspect(root, small)
	if err != nil {
		t.Fatal(err)
	}
	if r.Files != 4 || r.Usable != 3 || len(r.Skipped) != 1 {
		t.Errorf("%d files, %d usable, skipped %v", r.Files, r.Usable, r.Skipped)
	}
	if s := r.Sizes; s.Min != (Size{10, 30}) || s.Median != (Size{40, 30}) || s.Max != (Size{40, 100}) ||
		!slices.Equal(s.Counts, []SizeCount{{Size{40, 30}, 2}, {Size{10, 100}, 1}}) {
		t.Errorf("sizes %+v", s)
	}
	if !slices.Equal(r.Aspects, []Count{{"taller than 1:2", 1}, {"4:3", 2}}) {
		t.Errorf("aspects %v", r.Aspects)
	}
	if !slices.Equal(r.Modes, []Count{{"grey", 3}}) || !slices.Equal(r.Formats, []Count{{"png", 3}}) {
		t.Errorf("modes %v, formats %v", r.Modes, r.Formats)
	}
	if r, err = Inspect(tree{"d.png": nil}.folder(t), small); err != nil || r.Usable != 0 || len(r.Skipped) != 1 {
		t.Errorf("without a usable picture: %+v, %v", r, err)
	}
}

// The demonstration set has 1,000 square pictures, and none is skipped.
func TestDemo(t *testing.T) {
	opt := small
	opt.Size, opt.Channels = 64, 3
	s, err := Demo(opt)
	if err != nil {
		t.Fatal(err)
	}
	r := s.found.report()
	if s.Len() != 1000 || len(r.Skipped) != 0 || r.Sizes.Min != (Size{64, 64}) || r.Sizes.Max != (Size{64, 64}) {
		t.Errorf("%d pictures, %+v", s.Len(), r)
	}
	if r.Files != 1000 || s.SkippedTSV() != nil {
		t.Errorf("%d files, left out: %s", r.Files, s.SkippedTSV())
	}
}

// A batch of 64 pictures of 64 x 64 costs a copy and no memory.
func BenchmarkBatch(b *testing.B) {
	opt := small
	opt.Size, opt.Channels = 64, 3
	s, err := Demo(opt)
	if err != nil {
		b.Fatal(err)
	}
	dst := tensor.New(64, 3, 64, 64)
	o := Order{N: s.Len()}
	indices := o.Indices(1, 64)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Batch(dst, indices); err != nil {
			b.Fatal(err)
		}
	}
}

// The cost of opening the demonstration set.
func BenchmarkDemo(b *testing.B) {
	opt := small
	opt.Size, opt.Channels = 64, 3
	for b.Loop() {
		if _, err := Demo(opt); err != nil {
			b.Fatal(err)
		}
	}
}
