package score

import (
	"slices"
	"testing"
)

func TestFeaturesFile(t *testing.T) {
	k := Key{Extractor: "x", Data: "abc", Form: "64", N: 2, Dim: 3, Which: "drawn"}
	features := []float32{1, -2, 3.5, 0, 1e-30, 6}
	floor := &Floor{Scores{FD: 3, N: 1}, true}
	file := EncodeFeatures(k, features, floor)
	if got, gotFloor := DecodeFeatures(k, file); !slices.Equal(got, features) || *gotFloor != *floor {
		t.Errorf("read %v and %+v, wrote %v and %+v", got, gotFloor, features, floor)
	}
	if _, none := DecodeFeatures(k, EncodeFeatures(k, features, nil)); none != nil {
		t.Errorf("a file without a floor has %+v", none)
	}
	read := func(k Key, file []byte) []float32 {
		got, _ := DecodeFeatures(k, file)
		return got
	}
	other := k
	other.Data = "abd"
	if read(other, file) != nil {
		t.Error("features of other data are taken")
	}
	for i := range file {
		damaged := slices.Clone(file)
		damaged[i] ^= 1
		if read(k, damaged) != nil {
			t.Errorf("a file with byte %d changed is taken", i)
		}
		if read(k, file[:i]) != nil {
			t.Errorf("a file of %d bytes is taken", i)
		}
	}
}
