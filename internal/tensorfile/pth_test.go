package tensorfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testdata/make_pth.py has put the same tensors into both formats.
func TestReadPTH(t *testing.T) {
	for _, name := range []string{"zip.pth", "old.pth"} {
		t.Run(name, func(t *testing.T) {
			tensors, err := ReadTensors(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct {
				name  string
				shape []int
				data  []float32
			}{
				{"0.weight", []int{3, 2, 1, 1}, []float32{0, 1, 2, 3, 4, 5}},
				{"0.bias", []int{3}, []float32{10, 11, 12}},
				{"1.running_var", []int{3}, []float32{50, 51, 52}},
				{"1.num_batches_tracked", nil, []float32{60}},
				{"parameter", []int{1}, []float32{1.5}},
				{"turned", []int{3, 2}, []float32{0, 3, 1, 4, 2, 5}},
				{"part", []int{2}, []float32{3, 5}},
			} {
				got, ok := tensors[want.name]
				if !ok || !slices.Equal(got.Shape, want.shape) || !slices.Equal(got.Data, want.data) {
					t.Errorf("%s is %+v, want %v of shape %v", want.name, got, want.data, want.shape)
				}
			}
			if len(tensors) != 10 {
				t.Errorf("%d tensors", len(tensors))
			}
		})
	}
}

func TestReadPTHRefusesPrograms(t *testing.T) {
	_, err := ReadTensors("testdata/evil.pth")
	if err == nil || !strings.Contains(err.Error(), `.system", and only tensors are read`) {
		t.Errorf("a pickle that runs a command is answered with %v", err)
	}
}

// Many views of one storage cannot make the reader take more memory than the file
// has bytes.
func TestManyViews(t *testing.T) {
	storage := &pthStorage{kind: "torch FloatStorage", data: make([]byte, 4*100)}
	d := &pickleDict{}
	for i := range 9 {
		d.keys = append(d.keys, fmt.Sprint(i))
		d.values = append(d.values, &pthTensor{storage: storage, shape: []int64{100}, strides: []int64{1}})
	}
	if _, err := tensorsOf(d, 1000); err != nil {
		t.Errorf("900 numbers in 1,000 bytes: %v", err)
	}
	if _, err := tensorsOf(d, 800); err == nil {
		t.Error("900 numbers come out of 800 bytes")
	}
}

// The tensors of dictionaries in a dictionary have its name before theirs; one that holds
// itself is read once.
func TestDictionaries(t *testing.T) {
	storage := &pthStorage{kind: "torch FloatStorage", data: make([]byte, 4)}
	inner := &pickleDict{keys: []any{"w"}, values: []any{&pthTensor{storage: storage}}}
	inner.keys, inner.values = append(inner.keys, "self"), append(inner.values, inner)
	outer := &pickleDict{keys: []any{"netG", "epoch"}, values: []any{inner, int64(3)}}
	tensors, err := tensorsOf(outer, 100)
	if err != nil || len(tensors) != 1 || tensors["netG.w"] == nil {
		t.Errorf("%v, %v", tensors, err)
	}
}

// No file makes the reader panic, or allocate much more than the file has bytes.
func FuzzReadPTH(f *testing.F) {
	for _, name := range []string{"zip.pth", "old.pth", "evil.pth"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := readPTH(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		numbers := 0
		for _, x := range tensors {
			numbers += len(x.Data)
		}
		if numbers > len(data) {
			t.Errorf("%d numbers in a file of %d bytes", numbers, len(data))
		}
	})
}

// FuzzUnpickle reaches the instructions without passing the container's checks.
func FuzzUnpickle(f *testing.F) {
	f.Add([]byte("\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01u."))
	f.Add([]byte("\x80\x02ccollections\nOrderedDict\n)R."))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newPTHMachine(bytes.NewReader(data))
		if v, err := m.run(); err == nil {
			tensorsOf(v, int64(len(data)))
		}
	})
}
