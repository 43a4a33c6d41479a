// The safetensors format, read and written: 8 bytes with the length of a JSON
// header, the header, the tensors' numbers. Everything is little-endian.
// https://huggingface.co/docs/safetensors

package checkpoint

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
	"os"
	"slices"

	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// ErrCorrupt is wrapped by the errors of a file whose content is not what its
// format, or its checksum, says; they tell where in the file, and what is wrong.
var ErrCorrupt = errors.New("damaged or foreign file")

// corrupt makes an ErrCorrupt about a section of the file that begins at offset.
func corrupt(section string, offset int64, reason string) error {
	return fmt.Errorf("%w: %s at byte %d: %s", ErrCorrupt, section, offset, reason)
}

const (
	metadataKey = "__metadata__"
	checksumKey = "crc32c"
	noChecksum  = "00000000"  // in place of the checksum while it is computed
	maxHeader   = 100_000_000 // bytes, the format's own limit
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// entry is a tensor in the header. The offsets count from the end of the header.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin, end
}

// header encodes the file up to its data, for tensors of float32 in the order of
// list. The same input gives the same bytes, since JSON objects come out sorted.
// Spaces at the end align the data to 8 bytes, as the format recommends.
func header(list []gan.Named, metadata map[string]string) []byte {
	fields := map[string]any{metadataKey: metadata}
	var at int64
	for _, n := range list {
		end := at + 4*int64(tensor.Size(n.Shape))
		fields[n.Name] = entry{"F32", n.Shape, []int64{at, end}}
		at = end
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings and integers always encode
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)
}

// checksumDigits is the place of the checksum in an encoded header: its eight
// hexadecimal digits, which count as zeros in the sum. Nil if there is none or
// more than one. A quote inside a JSON string is escaped, so that no text within
// the metadata looks like the key.
func checksumDigits(head []byte) []byte {
	key := []byte(`"` + checksumKey + `":"`)
	before, after, found := bytes.Cut(head, key)
	if !found || bytes.Contains(after, key) || len(after) < len(noChecksum) {
		return nil
	}
	start := len(before) + len(key)
	return head[start : start+len(noChecksum)]
}

// ReadTensors reads any safetensors file of float32 and float64 numbers; float64
// are rounded to float32. Nothing is allocated that the file's size does not
// cover. The checksum of a checkpoint is verified.
func ReadTensors(path string) (tensors map[string]*tensor.Tensor, metadata map[string]string, err error) {
	c, err := readPath(path)
	if err == nil && c.metadata["format"] == format {
		err = c.verify()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read tensors %s: %w", path, err)
	}
	return c.tensors, c.metadata, nil
}

// content is a safetensors file that has been read.
type content struct {
	tensors          map[string]*tensor.Tensor
	metadata         map[string]string // nil where the file has none
	stored, computed string            // checksum; stored is "" where there is none
}

// verify compares the checksums, as text: a digit in upper case is damage too.
func (c *content) verify() error {
	switch {
	case c.stored == "":
		return corrupt("metadata", 8, "there is no checksum")
	case c.stored != c.computed:
		return corrupt("whole file", 0, fmt.Sprintf("its checksum is %s, the stored one %s", c.computed, c.stored))
	}
	return nil
}

func readPath(path string) (*content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Unwrap(err) // the caller names the path
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	return read(bufio.NewReaderSize(f, 1<<16), info.Size())
}

// read reads a file of the given size, in one pass.
func read(r io.Reader, size int64) (*content, error) {
	head, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	text, start := head[8:], int64(len(head))
	list, metadata, err := parseHeader(text, start, size-start)
	if err != nil {
		return nil, err
	}
	c := &content{metadata: metadata, tensors: make(map[string]*tensor.Tensor, len(list))}
	crc := crc32.New(castagnoli())
	c.beginSum(crc, head)
	body := io.TeeReader(r, crc)
	for _, p := range list {
		if c.tensors[p.name], err = p.read(body); err != nil {
			return nil, corrupt("tensor "+p.name, start+p.Offsets[0], err.Error())
		}
	}
	c.computed = digitsOf(crc)
	return c, nil
}

// beginSum begins the checksum of a file with its header, out of which it takes the
// stored one.
func (c *content) beginSum(crc hash.Hash32, head []byte) {
	if digits := checksumDigits(head); digits != nil {
		c.stored = string(digits)
		copy(digits, noChecksum)
	}
	crc.Write(head)
}

// digitsOf is a checksum as the header has it.
func digitsOf(crc hash.Hash32) string { return fmt.Sprintf("%08x", crc.Sum32()) }

// readHeader returns the length and the text of the header.
func readHeader(r io.Reader, size int64) ([]byte, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, corrupt("header length", 0, fmt.Sprintf("the file has %d bytes", size))
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, corrupt("header length", 0, fmt.Sprintf("it is %d in a file of %d bytes", n, size))
	}
	head := make([]byte, 8+n)
	copy(head, length[:])
	if _, err := io.ReadFull(r, head[8:]); err != nil {
		return nil, corrupt("header", 8, err.Error())
	}
	return head, nil
}

// place is a tensor of the header under its name.
type place struct {
	name string
	entry
}

// parseHeader decodes and checks the header of a file whose data begin at byte
// start and have the given size. It returns the tensors in the order of the data.
func parseHeader(text []byte, start, size int64) ([]place, map[string]string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, nil, corrupt("header", 8, err.Error())
	}
	var metadata map[string]string
	if raw, ok := fields[metadataKey]; ok {
		if err := json.Unmarshal(raw, &metadata); err != nil {
			return nil, nil, corrupt("metadata", 8, err.Error())
		}
		delete(fields, metadataKey)
	}
	var list []place
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := place{name: name}
		if err := p.parse(fields[name]); err != nil {
			return nil, nil, corrupt("header", 8, fmt.Sprintf("tensor %s: %v", name, err))
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b place) int { return slices.Compare(a.Offsets, b.Offsets) })
	if err := checkCover(list, start, size); err != nil {
		return nil, nil, corrupt("header", 8, err.Error())
	}
	return list, metadata, nil
}

// checkCover reports a gap or an overlap of the tensors, which are in the order of
// the data, and data that they do not cover or that a cut file lacks.
func checkCover(list []place, start, size int64) error {
	var at int64
	for _, p := range list {
		if p.Offsets[0] != at {
			return fmt.Errorf("tensor %s begins at byte %d, the one before it ends at %d", p.name, start+p.Offsets[0], start+at)
		}
		at = p.Offsets[1]
	}
	if at != size {
		return fmt.Errorf("the tensors end at byte %d of a file of %d bytes", start+at, start+size)
	}
	return nil
}

// parse decodes one tensor's entry and checks it by itself.
func (p *place) parse(raw json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&p.entry); err != nil {
		return err
	}
	width, ok := map[string]int64{"F32": 4, "F64": 8}[p.DType]
	if !ok {
		return fmt.Errorf("numbers of type %q are not read, only F32 and F64", p.DType)
	}
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

// elements is the size of a shape that may be hostile: false if a dimension is
// negative or if their product, taken in turn, exceeds limit.
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
	if p.DType == "F64" {
		return t, readDoubles(r, t.Data)
	}
	return t, readFloats(r, t.Data)
}
