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

// featuresHeader is the first line of a file of features, in JSON.
type featuresHeader struct {
	Key
	Floor *Floor `json:"floor,omitempty"`
}

// EncodeFeatures returns a file of features and of the floor of the same pictures, which
// may be nil. It consists of a line of JSON with the key and the floor, the CRC-32C of
// that line and of the features, and the features as little-endian float32.
func EncodeFeatures(k Key, features []float32, floor *Floor) []byte {
	line, err := json.Marshal(featuresHeader{k, floor})
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	line = append(line, '\n')
	body := make([]byte, 0, 4*len(features))
	for _, v := range features {
		body = binary.LittleEndian.AppendUint32(body, math.Float32bits(v))
	}
	file := binary.LittleEndian.AppendUint32(line, checksum(line, body))
	return append(file, body...)
}

func checksum(line, body []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(line, table), table, body)
}

// KeyOf returns the key of a file of features. ok is false if the file has none.
func KeyOf(file []byte) (k Key, ok bool) {
	line, _, _ := bytes.Cut(file, []byte("\n"))
	return k, json.Unmarshal(line, &k) == nil
}

// DecodeFeatures returns the features and the floor in a file. The features are nil if
// the file has another key or is damaged.
func DecodeFeatures(k Key, file []byte) ([]float32, *Floor) {
	var header featuresHeader
	end := bytes.IndexByte(file, '\n') + 1
	line, rest := file[:end], file[end:]
	if json.Unmarshal(line, &header) != nil || header.Key != k || len(rest) != 4+4*k.N*k.Dim {
		return nil, nil
	}
	body := rest[4:]
	if binary.LittleEndian.Uint32(rest) != checksum(line, body) {
		return nil, nil
	}
	features := make([]float32, k.N*k.Dim)
	for i := range features {
		features[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	return features, header.Floor
}
