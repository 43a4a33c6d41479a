// Reducing a full checkpoint to its weights, a third of its size.

package checkpoint

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/gan"
)

// keepWeights replaces a full checkpoint by its weights. These are durable before the
// full file is removed, so a crash leaves at least one of the two. A damaged full file
// is removed without a replacement.
func keepWeights(e Entry) error {
	path := filepath.Join(filepath.Dir(e.Path), WeightsName(e.Step))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := copyWeights(path, e.Path); err != nil && !errors.Is(err, ErrCorrupt) {
			return err
		}
	}
	return remove(e.Path)
}

// copyWeights writes the same file as Save does for the weights of a full checkpoint.
// It copies the bytes from file to file, since a state may be larger than the memory
// that a training leaves free.
func copyWeights(path, full string) error {
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := openContent(f)
	if err != nil {
		return fmt.Errorf("read checkpoint %s: %w", full, err)
	}
	return atomicfile.Write(path, 0o644, c.writeWeights)
}

// stored is a verified checkpoint whose tensors are still in its file.
type stored struct {
	file     io.ReaderAt
	start    int64   // where the tensors begin in the file
	list     []place // of the tensors, in the order of the file
	metadata map[string]string
}

// openContent reads a checkpoint's header and verifies the whole file.
func openContent(f *os.File) (*stored, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head, err := readHeader(f, info.Size())
	if err != nil {
		return nil, err
	}
	s := &stored{file: f, start: int64(len(head))}
	if s.list, s.metadata, err = parseHeader(head[8:], s.start, info.Size()-s.start); err != nil {
		return nil, err
	}
	sums := &content{}
	crc := crc32.New(castagnoli())
	sums.beginSum(crc, head)
	if _, err := io.Copy(crc, f); err != nil {
		return nil, err
	}
	sums.computed = digitsOf(crc)
	return s, sums.verify()
}

// writeWeights writes the checkpoint without Adam's moments.
func (s *stored) writeWeights(w io.Writer) error {
	var kept []place
	var list []gan.Named
	for _, p := range s.list {
		if !gan.IsMoment(p.name) {
			kept, list = append(kept, p), append(list, gan.Named{Name: p.name, Shape: p.Shape})
		}
	}
	s.metadata[contentKey], s.metadata[checksumKey] = contentWeights, noChecksum
	head := header(list, s.metadata)
	crc := crc32.New(castagnoli())
	if err := s.writeBody(crc, head, kept); err != nil {
		return err
	}
	copy(checksumDigits(head), digitsOf(crc))
	return s.writeBody(w, head, kept)
}

func (s *stored) writeBody(w io.Writer, head []byte, list []place) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, p := range list {
		if _, err := io.Copy(w, io.NewSectionReader(s.file, s.start+p.Offsets[0], p.Offsets[1]-p.Offsets[0])); err != nil {
			return err
		}
	}
	return nil
}
