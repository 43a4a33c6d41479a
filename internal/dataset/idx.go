package dataset

// IDX files. MNIST and similar sets keep thousands of grey pictures in one such file
// and their labels in a second (Y. LeCun, C. Cortes, C. Burges: The MNIST
// database). Both may be gzipped.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// The first four bytes of a file of unsigned bytes; the last is the number of
// dimensions.
const (
	idxLabels   = 0x00000801
	idxPictures = 0x00000803
)

var errIDX = errors.New("broken IDX file")

// isIDX reports whether a file is named like an IDX file of pictures.
func isIDX(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(path.Base(name)), ".gz")
	return strings.HasSuffix(name, "idx3-ubyte") || strings.HasSuffix(name, ".idx3")
}

// isLabels reports whether a file is named like an IDX file of labels.
func isLabels(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(path.Base(name)), ".gz")
	return strings.HasSuffix(name, "idx1-ubyte") || strings.HasSuffix(name, ".idx1")
}

// idxFile is an open IDX file. It reads the data after the header.
type idxFile struct {
	io.Reader
	file       *os.File
	dimensions []int // the number of entries, then the size of each
}

func (x *idxFile) Close() error { return x.file.Close() }

// openIDX opens a file of the given kind, idxLabels or idxPictures.
func openIDX(name string, kind uint32) (*idxFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	x := &idxFile{file: f}
	if err := x.readHeader(kind); err != nil {
		f.Close()
		return nil, err
	}
	return x, nil
}

func (x *idxFile) readHeader(kind uint32) error {
	plain := bufio.NewReader(x.file)
	x.Reader = plain
	if first, _ := plain.Peek(2); string(first) == "\x1f\x8b" {
		z, err := gzip.NewReader(plain)
		if err != nil {
			return err
		}
		x.Reader = bufio.NewReader(z)
	}
	words := make([]uint32, 1+kind&0xff)
	if err := binary.Read(x, binary.BigEndian, words); err != nil || words[0] != kind {
		return errIDX
	}
	for _, w := range words[1:] {
		if w > 1<<30 {
			return errIDX
		}
		x.dimensions = append(x.dimensions, int(w))
	}
	if kind == idxPictures && x.dimensions[1]*x.dimensions[2] > maxFile { // the product is 2^60 at most
		return errIDX
	}
	return nil
}

// idxFiles returns the pictures of the IDX file at place as files in a folder p.
// The content of each is a portable greymap.
func idxFiles(place, p string) (files, error) {
	x, err := openIDX(place, idxPictures)
	if err != nil {
		return files{}, cause(err)
	}
	n := x.dimensions[0]
	return files{n, n, idxSequence(place, p)}, x.Close()
}

func idxSequence(place, p string) iter.Seq2[file, error] {
	return func(yield func(file, error) bool) {
		x, err := openIDX(place, idxPictures)
		if err != nil {
			yield(file{}, cause(err))
			return
		}
		defer x.Close()
		n, height, width := x.dimensions[0], x.dimensions[1], x.dimensions[2]
		header := fmt.Appendf(nil, "P5 %d %d 255\n", width, height)
		classes := readClasses(place, n)
		digits := len(strconv.Itoa(n - 1))
		for i := range n {
			f := file{path: fmt.Sprintf("%s/%0*d", p, digits, i), format: "idx"}
			data, err := readPixels(x, header, int64(width)*int64(height))
			if err != nil {
				yield(file{}, fmt.Errorf("%s: IDX file cut short after %d of %d pictures", p, i, n))
				return
			}
			f.read = func() ([]byte, error) { return data, nil }
			if classes != nil {
				f.class = strconv.Itoa(int(classes[i]))
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// readPixels returns header and the next n bytes of r. It allocates memory as it
// reads, so a false n takes no more than the file has.
func readPixels(r io.Reader, header []byte, n int64) ([]byte, error) {
	b := bytes.NewBuffer(bytes.Clone(header))
	_, err := io.CopyN(b, r, n)
	return b.Bytes(), err
}

// readClasses returns the labels of a file of n pictures, or nil if there are none.
// They are in the same folder, under the same name with "labels" for "images" and
// "idx1" for "idx3".
func readClasses(pictures string, n int) []byte {
	dir, base := filepath.Split(pictures)
	base = strings.NewReplacer("images", "labels", "idx3", "idx1").Replace(base)
	plain := strings.TrimSuffix(base, ".gz")
	for _, name := range []string{base, plain, plain + ".gz"} {
		x, err := openIDX(filepath.Join(dir, name), idxLabels)
		if err != nil {
			continue
		}
		defer x.Close()
		labels, err := readPixels(x, nil, int64(n))
		if err == nil && x.dimensions[0] == n {
			return labels
		}
	}
	return nil
}
