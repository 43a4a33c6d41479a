package score

import (
	"context"
	"testing"
)

// The features are those of the embedded file's network as PyTorch computes it.
func TestMobilenetFeatures(t *testing.T) {
	var golden [][]float64
	readGolden(t, "mobilenet.json", &golden)
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	n := len(golden)
	s, err := e.Measure(context.Background(), memory{hashedPictures(n)}, upTo(n), Form{Size: 64, Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	checkFeatures(t, s, golden, 1e-4)
}

func TestReadQuantisedRefusesShortFiles(t *testing.T) {
	for _, file := range [][]byte{nil, []byte("[]"), mobilenetFile[:len(mobilenetFile)-1]} {
		if _, err := readQuantised(file); err == nil {
			t.Errorf("a file of %d bytes is read", len(file))
		}
	}
}
