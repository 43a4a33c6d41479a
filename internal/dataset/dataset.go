// Package dataset turns a folder, an archive or an IDX file of pictures into
// batches. Every picture is decoded once, when the set is opened, to the training
// size and one byte per value. A batch then costs a copy.
//
// Files that can't be read are skipped and listed with the reason. Pictures are in
// the order of their paths, compared byte by byte, in folders and archives alike.
package dataset

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	_ "embed" // the demonstration set

	"dcgan/internal/config"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// Options say which files are pictures and how they are decoded.
type Options struct {
	Pattern        string         // glob on base names; "" accepts all names with a picture's extension
	Size, Channels int            // of the decoded pictures; Channels is 1, 3 or 4
	Fit, Filter    string         // picture.Cover, .Contain or .Stretch; picture.Antialias or .Bilinear
	Background     picture.Colour // behind transparent pixels and around contained pictures
	Damaged        bool           // takes what is there of pictures that are cut short, however little
	AllFrames      bool           // takes every frame of an animation, not only the first
	MaxPixels      int            // larger pictures are skipped; 0 means picture.MaxPixels
	Strict         bool           // makes a file that would be skipped an error

	Threads int   // pictures decoded at once; 0 means one per core
	Decode  int64 // bytes that decoding may take at once; 0 means 256 MiB. A picture that needs more is decoded alone
	Cache   Cache // where pictures are stored that should not be kept in memory

	// Progress, if not nil, is called for each file with the number of files seen
	// and the number of all files, or 0 if that is not known. Calls do not overlap,
	// but come from another goroutine. If it returns an error, Open returns that.
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

// ErrNoPictures is wrapped by the error for a place without a usable picture.
var ErrNoPictures = errors.New("no usable picture")

// ErrSkipped matches the error for a file that would be skipped, with Options.Strict.
var ErrSkipped = errors.New("not a usable picture")

// Set is a data set at its training size. The caller closes it.
type Set struct {
	form   picture.Form
	found  *scanned
	store  store
	values *[256]float32

	threads int
}

// store holds pictures in packed form, by slot.
type store interface {
	// picture returns the bytes of a slot, either in buf or in the store's own
	// memory, which must not be changed.
	picture(slot int, buf []byte) ([]byte, error)
	Close() error
}

// Skipped is a file that is not used, and the reason.
type Skipped struct {
	Path   Path   `json:"path"`
	Reason string `json:"reason"`
}

// Open reads a folder (with the folders in it), a .zip, a .tar, plain or compressed by
// gzip, bzip2 or zstd, or an IDX file.
func Open(path string, opt Options) (*Set, error) {
	opt = opt.withDefaults()
	inMemory := newMemoryStore(opt)
	found, err := scanPath(path, opt, newLoader(opt, inMemory))
	if errors.Is(err, errMemoryFull) {
		return openCached(path, opt)
	} else if err != nil {
		return nil, err
	}
	return newSet(path, found, inMemory, opt)
}

//go:embed demo/avatars-64-mini.zip
var demo string

// Demo returns the demonstration set that is embedded in the program: 1,000 drawn
// heads of 64x64 pixels (CC0, Lorelei by Lisa Wischofsky).
func Demo(opt Options) (*Set, error) {
	opt = opt.withDefaults()
	opt.Cache = Cache{}
	inMemory := newMemoryStore(opt)
	found, err := scanDemo(opt, newLoader(opt, inMemory))
	if err != nil {
		return nil, fmt.Errorf("read the embedded set: %w", err)
	}
	return newSet("the embedded set", found, inMemory, opt)
}

// scanDemo lets v visit the demonstration set. It passes over the set's licence, since
// what is left out of somebody's pictures is reported, and the licence is none of them.
func scanDemo(opt Options, v visitor) (*scanned, error) {
	files, err := zipFiles(strings.NewReader(demo), int64(len(demo)), opt)
	if err != nil {
		return nil, err
	}
	entries := files.seq
	files.all--
	files.seq = func(yield func(file, error) bool) {
		for f, err := range entries {
			if f.path != "LICENSE.txt" && !yield(f, err) {
				return
			}
		}
	}
	return scan(files, opt, v)
}

// scanPath scans a folder or a file that contains pictures.
func scanPath(name string, opt Options, v visitor) (*scanned, error) {
	info, err := os.Stat(name)
	if err != nil && strings.Contains(name, "://") {
		err = config.Hint(errors.New("an address, which is not fetched"), "download it first, for example with curl -LO")
	}
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", show(name), cause(err))
	}
	var s *scanned
	switch {
	case info.IsDir():
		var fs files
		if fs, err = folderFiles(name, opt); err == nil {
			s, err = scan(fs, opt, v)
		}
	case info.Mode().IsRegular():
		s, err = scanArchive(name, info.Size(), opt, v)
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
		return nil, r.noPictures(place, opt)
	}
	return &Set{opt.form(), r, pictures, picture.Values(), opt.Threads}, nil
}

// Close releases the set's files.
func (s *Set) Close() error { return s.store.Close() }

// Len returns the number of pictures.
func (s *Set) Len() int { return len(s.found.pictures) }

// Form returns the form of every picture of the set.
func (s *Set) Form() picture.Form { return s.form }

// Name returns the path of picture i. For a frame after the first of an animation it
// ends with # and the frame's number.
func (s *Set) Name(i int) Path { return s.found.pictures[i].name() }

// Skipped returns the files that were skipped, sorted by path.
func (s *Set) Skipped() []Skipped { return s.found.skipped }

// NotTaken returns the number of files that are not taken, by kind.
func (s *Set) NotTaken() []NotTaken { return s.found.notTaken }

// Fingerprint identifies the content of the set. It is the SHA-256, in hexadecimal,
// of the SHA-256 sums of the usable pictures' files in order. It does not depend on
// names, apart from the order that they give, nor on times or the kind of place.
func (s *Set) Fingerprint() string { return s.found.fingerprint() }

// Batch fills dst, of shape [len(indices), channels, size, size], with pictures
// in [-1, 1].
func (s *Set) Batch(dst *tensor.Tensor, indices []int) error {
	return s.MirroredBatch(dst, indices, nil)
}

// MirroredBatch is Batch, with picture i of the batch mirrored left to right if
// flips[i] is true. A nil flips mirrors none.
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

// packed returns picture k in packed form, either in buf or in the store's memory,
// which must not be changed.
func (s *Set) packed(k int, buf []byte) ([]byte, error) {
	if k < 0 || k >= len(s.found.pictures) {
		return nil, fmt.Errorf("picture %d of %d", k, len(s.found.pictures))
	}
	return s.store.picture(s.found.pictures[k].slot, buf)
}

// fillMirrored writes a packed picture to row with its columns reversed.
func (s *Set) fillMirrored(row []float32, packed []byte) {
	width := s.form.Size
	for start := 0; start < len(packed); start += width {
		line := packed[start : start+width]
		for x, b := range line {
			row[start+width-1-x] = s.values[b]
		}
	}
}
