// Checkpoints that TensorFlow's Saver writes, in its second format: PREFIX.index, a sorted
// table of what each variable is, and PREFIX.data-00000-of-00001, the numbers. The table is
// that of LevelDB (github.com/google/leveldb/blob/main/doc/table_format.md); its values are
// the messages of tensorflow/core/protobuf/tensor_bundle.proto.

package tensorfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"dcgan/internal/tensor"
)

// maxIndex is the most bytes of an index that is read; it has some dozen a variable.
const maxIndex = 64 << 20

// ReadTensorFlow reads the variables of numbers of a checkpoint by its prefix, such as
// model.ckpt-500, or by one of its files. Others are left out.
func ReadTensorFlow(path string) (map[string]*tensor.Tensor, error) {
	prefix := strings.TrimSuffix(path, ".meta")
	prefix = strings.TrimSuffix(prefix, ".index")
	if before, _, found := strings.Cut(prefix, ".data-"); found {
		prefix = before
	}
	tensors, err := readTensorFlow(prefix)
	if err != nil {
		return nil, fmt.Errorf("read TensorFlow checkpoint %s: %w", prefix, err)
	}
	return tensors, nil
}

func readTensorFlow(prefix string) (map[string]*tensor.Tensor, error) {
	index, err := readIndex(prefix + ".index")
	if err != nil {
		return nil, err
	}
	entries, err := parseBundle(index)
	if err != nil {
		return nil, err
	}
	f, size, err := open(prefix + ".data-00000-of-00001")
	if err != nil {
		return nil, fmt.Errorf("its numbers, .data-00000-of-00001: %w", err)
	}
	defer f.Close()
	return loadBundle(entries, f, size)
}

func readIndex(path string) ([]byte, error) {
	f, size, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("its .index: %w", err)
	}
	defer f.Close()
	if size > maxIndex {
		return nil, fmt.Errorf("its .index has %d MB", size>>20)
	}
	return io.ReadAll(io.LimitReader(f, size))
}

// bundleEntry is the message BundleEntryProto of a variable.
type bundleEntry struct {
	name         string
	kind         uint64
	shape        []int
	shard        uint64
	offset, size uint64
	crc          uint32
	sliced       bool
}

// bundleTypes are TensorFlow's DataType of the numbers that are read.
var bundleTypes = map[uint64]numberType{
	1: numberTypes["F32"], 2: numberTypes["F64"], 3: numberTypes["I32"], 9: numberTypes["I64"],
	14: numberTypes["BF16"], 19: numberTypes["F16"],
}

// loadBundle reads the variables' numbers from a file of size bytes. Together they may
// not have more bytes than that, so that no file makes the reader take much memory.
func loadBundle(entries []bundleEntry, r io.ReaderAt, size int64) (map[string]*tensor.Tensor, error) {
	out := map[string]*tensor.Tensor{}
	left := uint64(size)
	for _, e := range entries {
		kind, known := bundleTypes[e.kind]
		if !known || e.sliced || e.shard != 0 {
			continue
		}
		n, ok := elements(e.shape, size)
		if !ok || uint64(n)*uint64(kind.size) != e.size || e.size > left || e.offset > uint64(size)-e.size {
			return nil, Corrupt("variable "+e.name, int64(e.offset),
				fmt.Sprintf("its shape %v takes not %d bytes", e.shape, e.size))
		}
		left -= e.size
		crc := crc32.New(castagnoli())
		x := tensor.New(e.shape...)
		body := io.TeeReader(io.NewSectionReader(r, int64(e.offset), int64(e.size)), crc)
		if err := readBlocks(body, x.Data, kind.size, kind.read); err != nil {
			return nil, Corrupt("variable "+e.name, int64(e.offset), err.Error())
		}
		if got := masked(crc.Sum32()); got != e.crc {
			return nil, Corrupt("variable "+e.name, int64(e.offset), fmt.Sprintf("its checksum is %08x, not %08x", got, e.crc))
		}
		out[e.name] = x
	}
	if len(out) == 0 {
		return nil, errors.New("it has no variables of numbers in its first file")
	}
	return out, nil
}

// masked is the form in which TensorFlow stores a CRC-32C.
func masked(crc uint32) uint32 { return (crc>>15 | crc<<17) + 0xa282ead8 }

// parseBundle returns the variables of an index, in its order.
func parseBundle(table []byte) ([]bundleEntry, error) {
	rows, err := tableRows(table)
	if err != nil {
		return nil, Corrupt("index", 0, err.Error())
	}
	var entries []bundleEntry
	for i, row := range rows {
		if i == 0 && row.key == "" { // the header: one shard a file, little-endian
			continue
		}
		e := bundleEntry{name: row.key}
		if err := e.parse(row.value); err != nil {
			return nil, Corrupt("variable "+row.key, 0, err.Error())
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// The fields of BundleEntryProto, TensorShapeProto and its Dim.
const (
	bundleKind   = 1
	bundleShape  = 2
	bundleShard  = 3
	bundleOffset = 4
	bundleSize   = 5
	bundleCRC    = 6
	bundleSlices = 7
	bundleDim    = 2
	bundleDimLen = 1
)

func (e *bundleEntry) parse(message []byte) error {
	return fields(message, func(field protowire.Number, number uint64, text []byte) error {
		switch field {
		case bundleKind:
			e.kind = number
		case bundleShape:
			return fields(text, func(field protowire.Number, _ uint64, dim []byte) error {
				if field != bundleDim {
					return nil
				}
				length := uint64(0)
				err := fields(dim, func(field protowire.Number, number uint64, _ []byte) error {
					if field == bundleDimLen {
						length = number
					}
					return nil
				})
				if length > 1<<40 {
					return errors.New("a dimension is too large")
				}
				e.shape = append(e.shape, int(length))
				return err
			})
		case bundleShard:
			e.shard = number
		case bundleOffset:
			e.offset = number
		case bundleSize:
			e.size = number
		case bundleCRC:
			e.crc = uint32(number)
		case bundleSlices:
			e.sliced = true
		}
		return nil
	})
}

// fields calls do with each field of a message: its number, and its value as a number or
// as bytes.
func fields(message []byte, do func(field protowire.Number, number uint64, text []byte) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var number uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(message)
			number = uint64(v)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(field, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := do(field, number, text); err != nil {
			return err
		}
	}
	return nil
}

// tableRow is a key of a table with its value.
type tableRow struct {
	key   string
	value []byte
}

const (
	tableFooter = 48
	tableMagic  = 0xdb4775248b80fb57
	tableTail   = 5 // bytes behind a block: how it is compressed, and a checksum
)

var errTable = errors.New("it is no sorted table")

// tableRows returns the rows of all blocks of a table.
func tableRows(table []byte) ([]tableRow, error) {
	if len(table) < tableFooter || binary.LittleEndian.Uint64(table[len(table)-8:]) != tableMagic {
		return nil, errTable
	}
	footer := table[len(table)-tableFooter:]
	_, _, n := handle(footer) // of a block about the table, which has nothing for us
	if n == 0 {
		return nil, errTable
	}
	blocks, err := blockRows(table, footer[n:])
	if err != nil {
		return nil, err
	}
	var rows []tableRow
	for _, b := range blocks {
		if len(rows) > len(table) {
			return nil, errTable // blocks that are named again and again
		}
		more, err := blockRows(table, b.value)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// handle decodes where a block lies, and returns how many bytes that took, 0 if it fails.
func handle(b []byte) (offset, size uint64, n int) {
	offset, first := binary.Uvarint(b)
	if first <= 0 {
		return 0, 0, 0
	}
	size, second := binary.Uvarint(b[first:])
	if second <= 0 {
		return 0, 0, 0
	}
	return offset, size, first + second
}

// blockRows returns the rows of the block at a handle. Each key is stored as what it adds
// to a beginning of the one before; at the end is a list of places, and its length.
func blockRows(table, at []byte) ([]tableRow, error) {
	offset, size, n := handle(at)
	if n == 0 || size < 4 || offset > uint64(len(table)) || size+tableTail > uint64(len(table))-offset {
		return nil, errTable
	}
	block := table[offset : offset+size]
	tail := table[offset+size:][:tableTail]
	if tail[0] != 0 {
		return nil, errors.New("its table is compressed")
	}
	crc := crc32.Update(crc32.Checksum(block, castagnoli()), castagnoli(), tail[:1])
	if masked(crc) != binary.LittleEndian.Uint32(tail[1:]) {
		return nil, errors.New("a checksum of its table is wrong")
	}
	places := uint64(binary.LittleEndian.Uint32(block[size-4:]))
	if 4*(places+1) > size {
		return nil, errTable
	}
	block = block[:size-4*(places+1)]
	var rows []tableRow
	key := ""
	for len(block) > 0 {
		var lengths [3]uint64 // of the beginning that stays, of what is added, of the value
		for i := range lengths {
			v, n := binary.Uvarint(block)
			if n <= 0 || v > uint64(len(table)) {
				return nil, errTable
			}
			lengths[i], block = v, block[n:]
		}
		if lengths[0] > uint64(len(key)) || lengths[1]+lengths[2] > uint64(len(block)) {
			return nil, errTable
		}
		key = key[:lengths[0]] + string(block[:lengths[1]])
		rows = append(rows, tableRow{key, block[lengths[1]:][:lengths[2]]})
		block = block[lengths[1]+lengths[2]:]
	}
	return rows, nil
}
