// The two layers of the file format: records with checksums, and the protocol-buffer
// encoding of their content.

package tfevents

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writeRecord writes data as a TFRecord:
//
//	uint64 length of data
//	uint32 masked CRC-32C of the length's 8 bytes
//	       data
//	uint32 masked CRC-32C of data
//
// all little-endian.
func writeRecord(out *bufio.Writer, data []byte) error {
	frame := out.AvailableBuffer()
	frame = binary.LittleEndian.AppendUint64(frame, uint64(len(data)))
	frame = binary.LittleEndian.AppendUint32(frame, maskedCRC(frame))
	out.Write(frame)
	out.Write(data)
	frame = binary.LittleEndian.AppendUint32(out.AvailableBuffer(), maskedCRC(data))
	_, err := out.Write(frame) // also returns an error of the writes before
	return err
}

// maskedCRC returns the CRC-32C of data, rotated right by 15 bits, plus a constant.
// A plain CRC would be weak over data that contain CRCs themselves.
func maskedCRC(data []byte) uint32 {
	crc := crc32.Checksum(data, castagnoli)
	return (crc>>15 | crc<<17) + 0xa282ead8
}

// encoder appends fields of protocol-buffer messages to a buffer.
type encoder struct {
	buf []byte
}

func (e *encoder) varint(field protowire.Number, v int64) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.VarintType)
	e.buf = protowire.AppendVarint(e.buf, uint64(v))
}

func (e *encoder) float(field protowire.Number, v float32) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.Fixed32Type)
	e.buf = protowire.AppendFixed32(e.buf, math.Float32bits(v))
}

func (e *encoder) double(field protowire.Number, v float64) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.Fixed64Type)
	e.buf = protowire.AppendFixed64(e.buf, math.Float64bits(v))
}

// text appends a string. It replaces invalid UTF-8, which may come from file names,
// because readers reject an event that contains it.
func (e *encoder) text(field protowire.Number, s string) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendString(e.buf, strings.ToValidUTF8(s, "\uFFFD"))
}

func (e *encoder) bytes(field protowire.Number, p []byte) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	e.buf = protowire.AppendBytes(e.buf, p)
}

// open begins a message in the given field. Everything that is appended until close
// is the message's content. close takes open's result.
func (e *encoder) open(field protowire.Number) (start int) {
	e.buf = protowire.AppendTag(e.buf, field, protowire.BytesType)
	return len(e.buf)
}

// close inserts the length of the message before its content.
func (e *encoder) close(start int) {
	var prefix [binary.MaxVarintLen64]byte
	length := protowire.AppendVarint(prefix[:0], uint64(len(e.buf)-start))
	e.buf = slices.Insert(e.buf, start, length...)
}

// Fields of the messages TensorShapeProto and TensorShapeProto.Dim.
const (
	shapeDim = 2
	dimSize  = 1
)

// shape appends a TensorShapeProto; -1 is a dimension that is not known.
func (e *encoder) shape(field protowire.Number, dims []int) {
	shape := e.open(field)
	for _, size := range dims {
		dim := e.open(shapeDim)
		e.varint(dimSize, int64(size))
		e.close(dim)
	}
	e.close(shape)
}
