// Package dataset turns a folder, a zip or a tar of pictures into batches. Every
// picture is decoded once, when the set is opened, into a byte a value at the
// training size; a batch then costs a copy.
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
	Pattern        string // glob on base names; "" takes every name with a picture's ending
	Size, Channels int    // of the pictures in training; channels 1, 3 or 4
	Fit, Filter    string // picture.Cover or .Stretch, picture.Antialias or .Bilinear
	MaxPixels      int    // a larger picture is skipped; 0 is picture.MaxPixels
	Threads        int    // pictures decoded at once; 0 is one a core

	// Progress, if any, is called for each file with the number of files seen and
	// of files in all, 0 where that isn't known; one call at a time, but from a
	// goroutine of its own. An error from it ends the pass and comes back from Open.
	Progress func(seen, all int) error
}

func (o Options) form() picture.Form {
	return picture.Form{Size: o.Size, Channels: o.Channels, Fit: o.Fit, Filter: o.Filter}
}

func (o Options) withDefaults() Options {
	if o.MaxPixels == 0 {
		o.MaxPixels = picture.MaxPixels
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o
}

// ErrNoPictures is in the error for a place without one usable picture.
var ErrNoPictures = errors.New("no usable picture")

// Set is a data set at its training size.
type Set struct {
	form   picture.Form
	found  *scanned
	values *[256]float32
}

// Skipped is a file that isn't trained on.
type Skipped struct {
	Path   string `json:"path"` // in the folder or archive, with slashes
	Reason string `json:"reason"`
}

// Open reads a folder (with the folders in it), a .zip, a .tar or a .tar.gz.
func Open(path string, opt Options) (*Set, error) {
	opt = opt.withDefaults()
	result, err := scanPath(path, opt, true)
	if err != nil {
		return nil, err
	}
	return newSet(path, result, opt)
}

// OpenZip reads a zip that lies in r.
func OpenZip(r io.ReaderAt, size int64, opt Options) (*Set, error) {
	opt = opt.withDefaults()
	files, err := zipFiles(r, size, opt)
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	result, err := scan(files, opt, true)
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	return newSet("zip", result, opt)
}

//go:embed demo/avatars-64-mini.zip
var demo string

// Demo reads the demonstration set that is part of the program: 1,000 drawn
// heads of 64x64 pixels (CC0, Lorelei by Lisa Wischofsky).
func Demo(opt Options) (*Set, error) {
	return OpenZip(strings.NewReader(demo), int64(len(demo)), opt)
}

// scanPath scans a folder or an archive.
func scanPath(name string, opt Options, keep bool) (*scanned, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", show(name), cause(err))
	}
	var s *scanned
	switch {
	case info.IsDir():
		var fs files
		if fs, err = folderFiles(name, opt); err == nil {
			s, err = scan(fs, opt, keep)
		}
	case info.Mode().IsRegular():
		s, err = scanArchive(name, info.Size(), opt, keep)
	default:
		err = errNoPlace
	}
	if err != nil {
		return nil, fmt.Errorf("read data %s: %w", show(name), cause(err))
	}
	return s, nil
}

func newSet(place string, r *scanned, opt Options) (*Set, error) {
	if len(r.pictures) == 0 {
		return nil, r.nothing(place, opt)
	}
	return &Set{opt.form(), r, picture.Values()}, nil
}

// Len is the number of pictures.
func (s *Set) Len() int { return len(s.found.pictures) }

// Skipped lists what was left out, by path.
func (s *Set) Skipped() []Skipped { return s.found.skipped }

// Fingerprint identifies what is trained on: the SHA-256, in hexadecimal, of the
// sums of the usable pictures' files in order. Names, times and the kind of place
// have no part in it except that names give the order.
func (s *Set) Fingerprint() string { return s.found.fingerprint() }

// Report says what Inspect would say of the set's place.
func (s *Set) Report() *Report { return s.found.report() }

// Batch fills dst, of shape [len(indices), channels, size, size], with pictures
// in [-1, 1].
func (s *Set) Batch(dst *tensor.Tensor, indices []int) error {
	if err := dst.CheckShape(len(indices), s.form.Channels, s.form.Size, s.form.Size); err != nil {
		return fmt.Errorf("fill batch: %w", err)
	}
	for i, k := range indices {
		if k < 0 || k >= len(s.found.pictures) {
			return fmt.Errorf("fill batch: picture %d of %d", k, len(s.found.pictures))
		}
		row := dst.Row(i)
		for j, b := range s.found.pictures[k].packed {
			row[j] = s.values[b]
		}
	}
	return nil
}
