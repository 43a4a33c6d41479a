// Writing safetensors.

package tensorfile

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"maps"

	"dcgan/internal/tensor"
)

// Write writes a safetensors file of float32 tensors, in the order of list, whose
// metadata hold a checksum of the whole file. body writes the tensors' numbers one
// after the other, by WriteFloats. It is called twice, first for the checksum, which
// stands before the numbers: that is cheap beside the disk and needs no copy.
func Write(w io.Writer, list []Named, metadata map[string]string, body func(io.Writer) error) error {
	withSum := map[string]string{}
	maps.Copy(withSum, metadata)
	withSum[checksumKey] = noChecksum
	head := header(list, withSum)
	crc := crc32.New(castagnoli())
	crc.Write(head)
	if err := body(crc); err != nil {
		return err
	}
	copy(checksumDigits(head), digitsOf(crc))
	if _, err := w.Write(head); err != nil {
		return err
	}
	return body(w)
}

// Size returns the bytes that a file of these tensors takes beside its metadata.
func Size(list []Named) int64 {
	size := int64(len(header(list, nil)))
	for _, n := range list {
		size += 4 * int64(tensor.Size(n.Shape))
	}
	return size
}

// header encodes the file up to its data, for float32 tensors in the order of list.
// The same input gives the same bytes, since the keys of JSON objects are sorted.
// Spaces at the end align the data to 8 bytes, as the format recommends.
func header(list []Named, metadata map[string]string) []byte {
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
