package dataset

// The files of zip and tar archives. Nothing is ever unpacked to disk: the path of
// an entry only names its picture.

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

var errNoPlace = errors.New("neither a folder nor a zip, tar, tar.gz or IDX file")

// scanArchive scans a zip, a tar, a tar.gz or an IDX file of size bytes.
func scanArchive(name string, size int64, opt Options, v visitor) (*scanned, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var fs files
	switch archiveKind(f, name) {
	case "zip":
		fs, err = zipFiles(f, size, opt)
	case "tar":
		fs = tarFiles(bufio.NewReader(f), opt)
	case "gzip":
		if x, notIDX := openIDX(name, idxPictures); notIDX == nil {
			x.Close()
			fs, err = idxPlace(name, opt)
			break
		}
		var z *gzip.Reader
		if z, err = gzip.NewReader(bufio.NewReader(f)); err == nil {
			fs = tarFiles(z, opt)
		}
	case "idx":
		fs, err = idxPlace(name, opt)
	default:
		err = errNoPlace
	}
	if err != nil {
		return nil, err
	}
	return scan(fs, opt, v)
}

// idxPlace returns the pictures of an IDX file that is the whole data set.
func idxPlace(name string, opt Options) (files, error) {
	base := filepath.Base(name)
	if !opt.isCandidate(base) {
		passed := file{path: base, kind: kindOf(base, unliked)}
		return files{all: 1, seq: func(yield func(file, error) bool) { yield(passed, nil) }}, nil
	}
	return idxFiles(name, base)
}

// archiveKind returns "zip", "gzip", "idx", "tar" or "" by the content of r. Only a
// tar in the format before POSIX has to be recognised by its name.
func archiveKind(r io.ReaderAt, name string) string {
	head := make([]byte, 512)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "gzip"
	case n >= 4 && binary.BigEndian.Uint32(head) == idxPictures:
		return "idx"
	case n == 512 && string(head[257:262]) == "ustar", strings.EqualFold(path.Ext(name), ".tar"):
		return "tar"
	case strings.EqualFold(path.Ext(name), ".zip"):
		return "zip"
	}
	return ""
}

func zipFiles(r io.ReaderAt, size int64, opt Options) (files, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return files{}, fmt.Errorf("broken zip: %w", err)
	}
	entries := slices.DeleteFunc(z.File, func(e *zip.File) bool {
		return strings.HasSuffix(e.Name, "/")
	})
	fs := files{all: len(entries)}
	for _, e := range entries {
		if p := clean(e.Name); opt.isNamed(p) && !isJunk(p) {
			fs.pictures++
		}
	}
	fs.seq = func(yield func(file, error) bool) {
		for _, e := range entries {
			if !yield(zipFile(e, opt), nil) {
				return
			}
		}
	}
	return fs, nil
}

func zipFile(e *zip.File, opt Options) file {
	f := file{path: clean(e.Name), size: func() int64 { return int64(min(e.UncompressedSize64, maxFile)) }}
	if f.kind = opt.unread(f.path); f.kind != (kind{}) {
		return f
	}
	if e.Mode()&fs.ModeSymlink != 0 {
		if target, err := readZip(e, readLink); err == nil {
			f.link = clean(path.Join(path.Dir(f.path), string(target)))
			return f
		}
	}
	f.read = func() ([]byte, error) {
		if e.Flags&1 != 0 {
			return nil, errors.New("encrypted")
		}
		return readZip(e, func(r io.Reader) ([]byte, error) { return readPicture(r, maxFile) })
	}
	return f
}

func readLink(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxPath)) }

// maxPath bounds the length of a link's target, in bytes.
const maxPath = 4096

func readZip(e *zip.File, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return read(r)
}

// tarFiles yields the files of a tar. It reads each before it yields it, since a tar
// is read once, from front to back.
func tarFiles(r io.Reader, opt Options) files {
	return files{seq: func(yield func(file, error) bool) {
		archive, n := tar.NewReader(r), 0
		for ; ; n++ {
			head, err := archive.Next()
			if err == io.EOF {
				return
			}
			if n == 0 && errors.Is(err, tar.ErrHeader) {
				err = errNoPlace
			} else if err != nil {
				err = fmt.Errorf("broken tar after %d entries: %w", n, err)
			}
			if err != nil {
				yield(file{}, err)
				return
			}
			if head.Typeflag == tar.TypeDir {
				continue
			}
			if !yield(tarFile(head, archive, opt), nil) {
				return
			}
		}
	}}
}

// tarFile reads an entry. An error of the archive itself is also returned by the
// reader's next entry.
func tarFile(head *tar.Header, r io.Reader, opt Options) file {
	f := file{path: clean(head.Name)}
	if f.kind = opt.unread(f.path); f.kind != (kind{}) {
		return f
	}
	switch head.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse:
		data, err := readPicture(r, maxFile)
		f.read = func() ([]byte, error) { return data, err }
		f.size = func() int64 { return int64(len(data)) }
	case tar.TypeSymlink:
		f.link = clean(path.Join(path.Dir(f.path), head.Linkname))
	case tar.TypeLink:
		f.link = clean(head.Linkname)
	default:
		f.read = func() ([]byte, error) { return nil, errors.New("not a regular file") }
	}
	return f
}

// clean returns an entry's name as a path relative to the archive.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }
