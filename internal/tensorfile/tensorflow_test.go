package tensorfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// slimCheckpoint is a checkpoint that TensorFlow has written.
const slimCheckpoint = "../foreign/testdata/slim.ckpt-10"

func TestReadTensorFlow(t *testing.T) {
	for _, end := range []string{"", ".index", ".meta", ".data-00000-of-00001"} {
		tensors, err := ReadTensorFlow(slimCheckpoint + end)
		if err != nil {
			t.Fatal(err)
		}
		x := tensors["Generator/Generator/deconv1/weights/Adam_1"]
		if x == nil || x.CheckShape(4, 4, 12, 5) != nil {
			t.Errorf("a moment is %v", x)
		}
	}
	if _, err := ReadTensorFlow("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a checkpoint that is not there: %v", err)
	}
}

// Every byte that changes is found out, in either file.
func TestDamagedTensorFlow(t *testing.T) {
	dir := t.TempDir()
	for _, end := range []string{".index", ".data-00000-of-00001"} {
		data, err := os.ReadFile(slimCheckpoint + end)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(data); i += 1 + len(data)/97 {
			for _, name := range []string{".index", ".data-00000-of-00001"} {
				whole, err := os.ReadFile(slimCheckpoint + name)
				if err != nil {
					t.Fatal(err)
				}
				if name == end {
					whole[i] ^= 0x11
				}
				if err := os.WriteFile(filepath.Join(dir, "x"+name), whole, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			// The padding of the footer and the block about the table hold nothing that is read.
			_, err := ReadTensorFlow(filepath.Join(dir, "x"))
			if err == nil && (end != ".index" || i < len(data)-tableFooter-64) {
				t.Errorf("%s: byte %d of %d may change", end, i, len(data))
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.data-00000-of-00001"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTensorFlow(filepath.Join(dir, "x")); err == nil || !strings.Contains(err.Error(), "x:") {
		t.Errorf("numbers that are cut off: %v", err)
	}
}

// No index makes the reader panic, or allocate much more than the files have bytes.
func FuzzReadTensorFlow(f *testing.F) {
	index, err := os.ReadFile(slimCheckpoint + ".index")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(index)
	f.Fuzz(func(t *testing.T, index []byte) {
		entries, err := parseBundle(index)
		if err != nil {
			return
		}
		data := make([]byte, 1000)
		tensors, err := loadBundle(entries, bytes.NewReader(data), int64(len(data)))
		numbers := 0
		for _, x := range tensors {
			numbers += len(x.Data)
		}
		if err == nil && numbers > len(data) {
			t.Errorf("%d numbers in %d bytes", numbers, len(data))
		}
	})
}
