// Numbers in files are IEEE 754, little-endian.

package tensorfile

import (
	"encoding/binary"
	"io"
	"math"
	"unsafe"
)

// block is the number of bytes that are converted at a time where memory and file
// differ.
const block = 1 << 16

// numberType says how a file encodes a number: in size bytes, which read decodes.
type numberType struct {
	size int
	read func(b []byte) float32
}

// numberTypes are those that are read, by their names in safetensors files.
var numberTypes = map[string]numberType{
	"F16":  {2, func(b []byte) float32 { return FromHalf(binary.LittleEndian.Uint16(b)) }},
	"BF16": {2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }},
	"F32":  {4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }},
	"F64":  {8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }},
	"I32":  {4, func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) }},
	"I64":  {8, func(b []byte) float32 { return float32(int64(binary.LittleEndian.Uint64(b))) }},
}

// littleEndian reports whether numbers in memory have the bytes that they have in
// files. A tensor's memory is then written and read without a conversion, which
// matters for checkpoints of gigabytes.
func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// bytesOf returns the memory of x.
func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}

// WriteFloats writes numbers as a safetensors file has them.
func WriteFloats(w io.Writer, x []float32) error {
	if !littleEndian() {
		return writeFloatsPortable(w, x)
	}
	_, err := w.Write(bytesOf(x))
	return err
}

func readFloats(r io.Reader, x []float32) error {
	if !littleEndian() {
		return readFloatsPortable(r, x)
	}
	_, err := io.ReadFull(r, bytesOf(x))
	return err
}

func writeFloatsPortable(w io.Writer, x []float32) error {
	buf := make([]byte, 0, min(4*len(x), block))
	for len(x) > 0 {
		n := min(len(x), block/4)
		buf = buf[:0]
		for _, v := range x[:n] {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		x = x[n:]
	}
	return nil
}

func readFloatsPortable(r io.Reader, x []float32) error {
	return readBlocks(r, x, 4, numberTypes["F32"].read)
}

// readBlocks reads numbers of width bytes each, which number decodes.
func readBlocks(r io.Reader, x []float32, width int, number func([]byte) float32) error {
	buf := make([]byte, min(width*len(x), block))
	for len(x) > 0 {
		n := min(len(x), block/width)
		if _, err := io.ReadFull(r, buf[:width*n]); err != nil {
			return err
		}
		for i := range n {
			x[i] = number(buf[width*i:])
		}
		x = x[n:]
	}
	return nil
}
