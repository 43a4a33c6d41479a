package dataset

// IDX files, in which MNIST and its kin keep thousands of grey pictures, and
// their labels in a second file (Y. LeCun, C. Cortes, C. Burges: The MNIST
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

// The first four bytes: unsigned bytes in so many dimensions.
const (
	idxLabels   = 0x00000801
	idxPictures = 0x00000803
)

var errIDX = errors.New("broken IDX file")

// isIDX tells by its name whether a file in a folder holds pictures in IDX.
func isIDX(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(path.Base(name)), ".gz")
	return strings.HasSuffix(name, "idx3-ubyte") || strings.HasSuffix(name, ".idx3")
}

// idxFile is an open IDX file behind its header.
type idxFile struct {
	io.Reader
	file       *os.File
	dimensions []int // the number of entries, then the size of each
}

func (x *idxFile) Close() error { return x.file.Close() }

// openIDX opens a file of this kind, 0x801 or 0x803.
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
	if kind == idxPictures && x.dimensions[1]*x.dimensions[2] > maxFile { // 2^60 at most
		return errIDX
	}
	return nil
}

// idxFiles are the pictures of the IDX file at place, as files of the folder p.
// Each is read as a portable greymap.
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

// readPixels reads the next n bytes behind a header. Of a claim that the file
// does not keep, memory takes no more than the file has.
func readPixels(r io.Reader, header []byte, n int64) ([]byte, error) {
	b := bytes.NewBuffer(bytes.Clone(header))
	_, err := io.CopyN(b, r, n)
	return b.Bytes(), err
}

// readClasses reads the labels that lie beside a file of n pictures under the
// same name, labels and idx1 for images and idx3; nil if there are none.
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
