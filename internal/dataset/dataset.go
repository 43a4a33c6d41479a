// Package dataset turns a folder, an archive or an IDX file of pictures into
// batches. Every picture is decoded once, when the set is opened, into a byte a
// value at the training size; a batch then costs a copy.
//
// What can't be read is listed with its reason and left out. Pictures are in
// the order of their paths, byte by byte, whatever holds them.
package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	_ "embed" // the demonstration set

	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// Options say which files are pictures, and what becomes of one.
type Options struct {
	Pattern        string         // glob on base names; "" takes every name with a picture's ending
	Size, Channels int            // of the pictures in training; channels 1, 3 or 4
	Fit, Filter    string         // picture.Cover, .Contain or .Stretch, picture.Antialias or .Bilinear
	Background     picture.Colour // under transparent parts and around contained pictures
	AllFrames      bool           // of animations, instead of the first
	MaxPixels      int            // a larger picture is skipped; 0 is picture.MaxPixels
	Strict         bool           // what would be skipped is an error

	Threads int   // pictures decoded at once; 0 is one a core
	Decode  int64 // bytes that decoding may take at once, but for a picture that takes more alone; 0 is 256 MiB
	Cache   Cache // where pictures stay that memory should not hold

	// Progress, if any, is called for each file with the number of files seen and
	// of files in all, 0 where that isn't known; one call at a time, but from a
	// goroutine of its own. An error from it ends the pass and comes back from Open.
	Progress func(seen, all int) error
}

func (o Options) form() picture.Form {
	return picture.Form{Size: o.Size, Channels: o.Channels, Fit: o.Fit, Filter: o.Filter, Background: o.Background}
}

func (o Options) withDefaults() Options {
	if o.MaxPixels == 0 {
		o.MaxPixels = picture.MaxPixels
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Decode <= 0 {
		o.Decode = 256 << 20
	}
	if o.Progress == nil {
		o.Progress = func(int, int) error { return nil }
	}
	return o
}

// ErrNoPictures is in the error for a place without one usable picture.
var ErrNoPictures = errors.New("no usable picture")

// ErrSkipped is in the error for a file that would be skipped, where none may be.
var ErrSkipped = errors.New("not a usable picture")

// Set is a data set at its training size. Close it at the end.
type Set struct {
	form   picture.Form
	found  *scanned
	store  store
	values *[256]float32

	threads int
}

// store holds pictures in packed form, by slot.
type store interface {
	// picture returns the bytes of a slot, in buf or in memory of its own that
	// must not be changed.
	picture(slot int, buf []byte) ([]byte, error)
	Close() error
}

// Skipped is a file that isn't trained on.
type Skipped struct {
	Path   Path   `json:"path"`
	Reason string `json:"reason"`
}

// Open reads a folder (with the folders in it), a .zip, a .tar, a .tar.gz or an
// IDX file.
func Open(path string, opt Options) (*Set, error) {
	opt = opt.withDefaults()
	memory := newMemory(opt)
	result, err := scanPath(path, opt, newLoader(opt, memory))
	if errors.Is(err, errMemoryFull) {
		return openCached(path, opt)
	} else if err != nil {
		return nil, err
	}
	return newSet(path, result, memory, opt)
}

// OpenZip reads a zip that lies in r into memory.
func OpenZip(r io.ReaderAt, size int64, opt Options) (*Set, error) {
	opt = opt.withDefaults()
	opt.Cache = Cache{}
	files, err := zipFiles(r, size, opt)
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	memory := newMemory(opt)
	result, err := scan(files, opt, newLoader(opt, memory))
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	return newSet("zip", result, memory, opt)
}

//go:embed demo/avatars-64-mini.zip
var demo string

// Demo reads the demonstration set that is part of the program: 1,000 drawn
// heads of 64x64 pixels (CC0, Lorelei by Lisa Wischofsky).
func Demo(opt Options) (*Set, error) {
	return OpenZip(strings.NewReader(demo), int64(len(demo)), opt)
}

// scanPath scans a folder or a file that holds pictures.
func scanPath(name string, opt Options, w work) (*scanned, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", show(name), cause(err))
	}
	var s *scanned
	switch {
	case info.IsDir():
		var fs files
		if fs, err = folderFiles(name, opt); err == nil {
			s, err = scan(fs, opt, w)
		}
	case info.Mode().IsRegular():
		s, err = scanArchive(name, info.Size(), opt, w)
	default:
		err = errNoPlace
	}
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", show(name), cause(err))
	}
	return s, nil
}

func newSet(place string, r *scanned, pictures store, opt Options) (*Set, error) {
	if len(r.pictures) == 0 {
		return nil, r.nothing(place, opt)
	}
	return &Set{opt.form(), r, pictures, picture.Values(), opt.Threads}, nil
}

// Close releases what the set holds open.
func (s *Set) Close() error { return s.store.Close() }

// Len is the number of pictures.
func (s *Set) Len() int { return len(s.found.pictures) }

// Form is what every picture of the set has become.
func (s *Set) Form() picture.Form { return s.form }

// Name is the path of picture i, with the number of its frame if it is not the
// first of an animation.
func (s *Set) Name(i int) Path { return s.found.pictures[i].name() }

// Skipped lists what was left out, by path.
func (s *Set) Skipped() []Skipped { return s.found.skipped }

// Fingerprint identifies what is trained on: the SHA-256, in hexadecimal, of the
// sums of the usable pictures' files in order. Names, times and the kind of place
// have no part in it except that names give the order.
func (s *Set) Fingerprint() string { return s.found.fingerprint() }

// Batch fills dst, of shape [len(indices), channels, size, size], with pictures
// in [-1, 1].
func (s *Set) Batch(dst *tensor.Tensor, indices []int) error {
	return s.MirroredBatch(dst, indices, nil)
}

// MirroredBatch is Batch with the pictures flipped left to right whose flips are
// true; nil flips none.
func (s *Set) MirroredBatch(dst *tensor.Tensor, indices []int, flips []bool) error {
	if err := dst.CheckShape(len(indices), s.form.Channels, s.form.Size, s.form.Size); err != nil {
		return fmt.Errorf("fill batch: %w", err)
	}
	buf := make([]byte, s.form.Bytes())
	for i, k := range indices {
		packed, err := s.packed(k, buf)
		if err != nil {
			return fmt.Errorf("fill batch: %w", err)
		}
		row := dst.Row(i)
		if flips != nil && flips[i] {
			s.fillMirrored(row, packed)
			continue
		}
		for j, b := range packed {
			row[j] = s.values[b]
		}
	}
	return nil
}

// packed returns picture k, in buf or in memory that must not be changed.
func (s *Set) packed(k int, buf []byte) ([]byte, error) {
	if k < 0 || k >= len(s.found.pictures) {
		return nil, fmt.Errorf("picture %d of %d", k, len(s.found.pictures))
	}
	return s.store.picture(s.found.pictures[k].slot, buf)
}

func (s *Set) fillMirrored(row []float32, packed []byte) {
	width := s.form.Size
	for start := 0; start < len(packed); start += width {
		line := packed[start : start+width]
		for x, b := range line {
			row[start+width-1-x] = s.values[b]
		}
	}
}
