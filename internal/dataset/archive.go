package dataset

// The files of zip and tar archives. Nothing is ever unpacked to disk: the path of
// an entry only names its picture.

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
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

	"github.com/klauspost/compress/zstd"

	"dcgan/internal/config"
	"dcgan/internal/picture"
)

var errNoPlace = errors.New("neither a folder nor a zip, tar, tar.gz, tar.bz2, tar.zst or IDX file")

// unpackable are archives that are not read, by how they begin, with what unpacks them.
var unpackable = []struct{ begin, name, hint string }{
	{"7z\xbc\xaf'\x1c", "a 7z archive, which is not read", "7z x unpacks it into a folder"},
	{"Rar!\x1a\x07", "a rar archive, which is not read", "unrar x unpacks it into a folder"},
	{"\xfd7zXZ\x00", "an xz archive, which is not read", "tar -xf unpacks it into a folder"},
	{"PK\x07\x08", "a part of a zip of several", "zip -s 0 ALL.zip --out ONE.zip joins them"},
	{"PAR1", "a Parquet file, which is not read", "write its pictures into files or a tar"},
	{"\x93NUMPY", "a NumPy array, which is not read", "write its pictures into files or a tar"},
}

// notAPlace returns the error for a file that begins with head and is no data set.
func notAPlace(head []byte) error {
	for _, u := range unpackable {
		if bytes.HasPrefix(head, []byte(u.begin)) {
			return config.Hint(errors.New(u.name), u.hint)
		}
	}
	if picture.Known(head) {
		return config.Hint(errors.New("a single picture, and training needs many"), "name the folder that it is in")
	}
	if kind, ok := picture.Recognise(head); ok && kind.Advice != "" {
		return config.Hint(fmt.Errorf("%w, but a %s", errNoPlace, kind.Name), kind.Advice)
	}
	return errNoPlace
}

// scanArchive scans a zip, a tar, a tar.gz or an IDX file of size bytes.
func scanArchive(name string, size int64, opt Options, v visitor) (*scanned, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, picture.SniffLength)
	n, _ := f.ReadAt(head, 0)
	var fs files
	switch archiveKind(head[:n], name) {
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
	case "bzip2":
		fs = tarFiles(bzip2.NewReader(bufio.NewReader(f)), opt)
	case "zstd":
		const window = 128 << 20 // bytes at most that are in memory
		var z *zstd.Decoder
		if z, err = zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window)); err == nil {
			defer z.Close()
			fs = tarFiles(z, opt)
		}
	case "idx":
		fs, err = idxPlace(name, opt)
	default:
		err = notAPlace(head[:n])
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

// archiveKind returns "zip", "gzip", "bzip2", "zstd", "idx", "tar" or "" by how a file
// begins. Only a tar in the format before POSIX has to be recognised by its name.
func archiveKind(head []byte, name string) string {
	n := len(head)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "gzip"
	case bytes.HasPrefix(head, []byte("BZh")):
		return "bzip2"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
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
		return strings.HasSuffix(e.Name, "/") || fromDOS(e) && strings.HasSuffix(e.Name, "\\")
	})
	fs := files{all: len(entries)}
	for _, e := range entries {
		if p := zipPath(e); opt.isNamed(p) && !isJunk(p) {
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

// fromDOS reports whether an entry was made on DOS or Windows, where a backslash parts
// folders. Some programs there write it into zips.
func fromDOS(e *zip.File) bool {
	host := e.CreatorVersion >> 8
	const fat, ntfs, vfat = 0, 11, 14
	return (host == fat || host == ntfs || host == vfat) && !strings.Contains(e.Name, "/")
}

// zipPath returns an entry's path with slashes.
func zipPath(e *zip.File) string {
	if fromDOS(e) {
		return clean(strings.ReplaceAll(e.Name, "\\", "/"))
	}
	return clean(e.Name)
}

func zipFile(e *zip.File, opt Options) file {
	f := file{path: zipPath(e), size: func() int64 { return int64(min(e.UncompressedSize64, maxFile)) }}
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
