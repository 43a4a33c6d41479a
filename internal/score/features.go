package score

// Files of features, so that the features of a data set are computed only once.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
)

// Key identifies features: equal keys mean equal features.
type Key struct {
	Extractor string `json:"extractor"`
	Data      string `json:"data"`  // fingerprint of the data's content
	Form      string `json:"form"`  // how the pictures were prepared: size, channels, fit, ...
	N         int    `json:"n"`     // the number of pictures
	Dim       int    `json:"dim"`   // the number of features per picture
	Which     string `json:"which"` // the rule that chose the N pictures
}

// EncodeFeatures returns a file of features. It consists of a line of JSON with the
// key, the CRC-32C of the features, and the features as little-endian float32.
func EncodeFeatures(k Key, features []float32) []byte {
	line, err := json.Marshal(k)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	body := make([]byte, 0, 4*len(features))
	for _, v := range features {
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(v))
	}
	file := append(line, '\n')
	file = binary.LittleEndian.AppendUint32(file, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	return append(file, body...)
}

// KeyOf returns the key of a file of features. ok is false if the file has none.
func KeyOf(file []byte) (k Key, ok bool) {
	line, _, _ := bytes.Cut(file, []byte("\n"))
	return k, json.Unmarshal(line, &k) == nil
}

// DecodeFeatures returns the features in a file. It returns nil if the file has
// another key or is damaged.
func DecodeFeatures(k Key, file []byte) []float32 {
	_, rest, _ := bytes.Cut(file, []byte("\n"))
	if found, ok := KeyOf(file); !ok || found != k || len(rest) != 4+4*k.N*k.Dim {
		return nil
	}
	body := rest[4:]
	if binary.LittleEndian.Uint32(rest) != crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) {
		return nil
	}
	features := make([]float32, k.N*k.Dim)
	for i := range features {
		features[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	return features
}
