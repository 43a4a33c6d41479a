// A safetensors file whose numbers stay on disk.

package tensorfile

import (
	"hash/crc32"
	"io"
	"os"
)

// File is a safetensors file whose header has been read. Its numbers are read again
// when they are copied: a file may be larger than the memory that is left.
type File struct {
	Metadata map[string]string
	Checked  bool // the file has a checksum, which is right

	file  io.ReaderAt
	start int64   // of the numbers, in bytes
	list  []place // in the order of the file
}

// Open reads the header of a safetensors file and compares the checksum of all of it
// if it has one. f must stay open as long as the File is used.
func Open(f *os.File) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	head, err := readHeader(f, info.Size())
	if err != nil {
		return nil, err
	}
	s := &File{file: f, start: int64(len(head))}
	if s.list, s.Metadata, err = parseHeader(head[8:], s.start, info.Size()-s.start); err != nil {
		return nil, err
	}
	crc := crc32.New(castagnoli())
	stored := beginSum(crc, head)
	if _, err := io.Copy(crc, f); err != nil {
		return nil, err
	}
	s.Checked, err = compareSums(stored, crc)
	return s, err
}

// Copy writes a file with the tensors whose names keep accepts, byte for byte, and
// with s.Metadata. The tensors must be float32.
func (s *File) Copy(w io.Writer, keep func(name string) bool) error {
	var kept []place
	var list []Named
	for _, p := range s.list {
		if keep(p.name) {
			kept, list = append(kept, p), append(list, Named{p.name, p.Shape})
		}
	}
	return Write(w, list, s.Metadata, func(w io.Writer) error {
		for _, p := range kept {
			begin, end := p.Offsets[0], p.Offsets[1]
			if _, err := io.Copy(w, io.NewSectionReader(s.file, s.start+begin, end-begin)); err != nil {
				return err
			}
		}
		return nil
	})
}
