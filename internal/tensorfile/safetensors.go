// Reading safetensors. A file is 8 bytes with the length of a JSON
// header, the header, and the tensors' numbers. Everything is little-endian.
// https://huggingface.co/docs/safetensors

package tensorfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"strings"

	"dcgan/internal/tensor"
)

const (
	metadataKey = "__metadata__"
	checksumKey = "crc32c"
	noChecksum  = "00000000"  // stands for the checksum while it is computed
	maxHeader   = 100_000_000 // bytes; the format's own limit
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// entry is a tensor in the header. The offsets count from the end of the header.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin, end
}

// checksumDigits returns the part of an encoded header that is the checksum: eight
// hexadecimal digits, which count as zeros in the sum. It returns nil if there is no
// checksum or more than one. JSON escapes a quote inside a string, so no text in the
// metadata can look like the key.
func checksumDigits(head []byte) []byte {
	key := []byte(`"` + checksumKey + `":"`)
	before, after, found := bytes.Cut(head, key)
	if !found || bytes.Contains(after, key) || len(after) < len(noChecksum) {
		return nil
	}
	start := len(before) + len(key)
	return head[start : start+len(noChecksum)]
}

// Content is a safetensors file that has been read.
type Content struct {
	Tensors  map[string]*tensor.Tensor
	Metadata map[string]string // nil if the file has none
	Checked  bool              // the file has a checksum, which is right
}

// ReadSafetensors reads a file of numbers of any of numberTypes, and compares its
// checksum if it has one. Its errors do not name the path.
func ReadSafetensors(path string) (*Content, error) {
	f, size, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return DecodeSafetensors(bufio.NewReaderSize(f, 1<<16), size)
}

// DecodeSafetensors is ReadSafetensors of a file of size bytes, which it reads in one
// pass.
func DecodeSafetensors(r io.Reader, size int64) (*Content, error) {
	head, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	text, start := head[8:], int64(len(head))
	list, metadata, err := parseHeader(text, start, size-start)
	if err != nil {
		return nil, err
	}
	c := &Content{Metadata: metadata, Tensors: make(map[string]*tensor.Tensor, len(list))}
	crc := crc32.New(castagnoli())
	stored := beginSum(crc, head)
	body := io.TeeReader(r, crc)
	for _, p := range list {
		if c.Tensors[p.name], err = p.read(body); err != nil {
			return nil, Corrupt("tensor "+p.name, start+p.Offsets[0], err.Error())
		}
	}
	c.Checked, err = compareSums(stored, crc)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// beginSum adds the header to the checksum, with zeros for the stored checksum. It
// returns the stored one, "" if there is none.
func beginSum(crc hash.Hash32, head []byte) (stored string) {
	if digits := checksumDigits(head); digits != nil {
		stored = string(digits)
		copy(digits, noChecksum)
	}
	crc.Write(head)
	return stored
}

// compareSums reports whether there is a stored checksum; if it differs from the
// computed one the error is ErrCorrupt. It compares text: a digit in upper case is
// damage too.
func compareSums(stored string, crc hash.Hash32) (checked bool, err error) {
	if computed := digitsOf(crc); stored != "" && stored != computed {
		return false, Corrupt("whole file", 0, fmt.Sprintf("its checksum is %s, the stored one %s", computed, stored))
	}
	return stored != "", nil
}

// digitsOf returns a checksum as the header has it.
func digitsOf(crc hash.Hash32) string { return fmt.Sprintf("%08x", crc.Sum32()) }

// readHeader returns the header with the 8 bytes of its length before it.
func readHeader(r io.Reader, size int64) ([]byte, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, Corrupt("header length", 0, fmt.Sprintf("the file has %d bytes", size))
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, Corrupt("header length", 0, fmt.Sprintf("it is %d in a file of %d bytes", n, size))
	}
	head := make([]byte, 8+n)
	copy(head, length[:])
	if _, err := io.ReadFull(r, head[8:]); err != nil {
		return nil, Corrupt("header", 8, err.Error())
	}
	return head, nil
}

// place is an entry of the header with its name.
type place struct {
	name string
	entry
}

// parseHeader decodes and checks the header of a file whose data are size bytes from
// byte start. It returns the tensors in the order of the data.
func parseHeader(text []byte, start, size int64) ([]place, map[string]string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, nil, Corrupt("header", 8, err.Error())
	}
	var metadata map[string]string
	if raw, ok := fields[metadataKey]; ok {
		if err := json.Unmarshal(raw, &metadata); err != nil {
			return nil, nil, Corrupt("metadata", 8, err.Error())
		}
		delete(fields, metadataKey)
	}
	var list []place
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := place{name: name}
		if err := p.parse(fields[name]); err != nil {
			return nil, nil, Corrupt("header", 8, fmt.Sprintf("tensor %s: %v", name, err))
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b place) int { return slices.Compare(a.Offsets, b.Offsets) })
	if err := checkCover(list, start, size); err != nil {
		return nil, nil, Corrupt("header", 8, err.Error())
	}
	return list, metadata, nil
}

// checkCover returns an error if the tensors, in the order of the data, leave a gap,
// overlap, or end before or after the size bytes of data.
func checkCover(list []place, start, size int64) error {
	var at int64
	for _, p := range list {
		if p.Offsets[0] != at {
			return fmt.Errorf("tensor %s begins at byte %d, the one before it ends at %d",
				p.name, start+p.Offsets[0], start+at)
		}
		at = p.Offsets[1]
	}
	if at != size {
		return fmt.Errorf("the tensors end at byte %d of a file of %d bytes", start+at, start+size)
	}
	return nil
}

// parse decodes one tensor's entry and checks that it is consistent in itself.
func (p *place) parse(raw json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&p.entry); err != nil {
		return err
	}
	kind, ok := numberTypes[p.DType]
	if !ok {
		return fmt.Errorf("numbers of type %q are not read, only %s", p.DType,
			strings.Join(slices.Sorted(maps.Keys(numberTypes)), ", "))
	}
	width := int64(kind.size)
	if len(p.Offsets) != 2 || p.Shape == nil {
		return errors.New("shape or offsets are missing")
	}
	begin, end := p.Offsets[0], p.Offsets[1]
	if begin < 0 || begin > end {
		return fmt.Errorf("offsets %d to %d are impossible", begin, end)
	}
	if n, ok := elements(p.Shape, (end-begin)/width); !ok || n*width != end-begin {
		return fmt.Errorf("shape %v of %s does not take %d bytes", p.Shape, p.DType, end-begin)
	}
	return nil
}

// elements returns the number of elements of a shape that may be hostile. It is false
// if a dimension is negative or if their product, taken in turn, exceeds limit.
func elements(shape []int, limit int64) (int64, bool) {
	n := int64(1)
	for _, d := range shape {
		if d < 0 || d > 0 && n > limit/int64(d) {
			return 0, false
		}
		n *= int64(d)
	}
	return n, true
}

// read allocates the tensor and fills it with the next numbers of r.
func (p *place) read(r io.Reader) (*tensor.Tensor, error) {
	t := tensor.New(p.Shape...)
	if p.DType == "F32" {
		return t, readFloats(r, t.Data) // without a conversion
	}
	kind := numberTypes[p.DType]
	return t, readBlocks(r, t.Data, kind.size, kind.read)
}
