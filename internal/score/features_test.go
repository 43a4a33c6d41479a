package score

import (
	"slices"
	"testing"
)

func TestFeaturesFile(t *testing.T) {
	k := Key{Extractor: "x", Data: "abc", Form: "64", N: 2, Dim: 3, Which: "drawn"}
	features := []float32{1, -2, 3.5, 0, 1e-30, 6}
	file := EncodeFeatures(k, features)
	if got := DecodeFeatures(k, file); !slices.Equal(got, features) {
		t.Errorf("read %v, wrote %v", got, features)
	}
	other := k
	other.Data = "abd"
	if DecodeFeatures(other, file) != nil {
		t.Error("features of other data are taken")
	}
	for i := range file {
		damaged := slices.Clone(file)
		damaged[i] ^= 1
		if DecodeFeatures(k, damaged) != nil {
			t.Errorf("a file with byte %d changed is taken", i)
		}
		if DecodeFeatures(k, file[:i]) != nil {
			t.Errorf("a file of %d bytes is taken", i)
		}
	}
}
