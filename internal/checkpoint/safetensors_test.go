package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/gan"
)

// raw makes a file of a header, as text, and data.
func raw(header string, data []byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), data...)
}

func write(t *testing.T, file []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadTensors(t *testing.T) {
	data := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1+1e-9)) // rounds to 1
	data = binary.LittleEndian.AppendUint64(data, math.Float64bits(-2.5))
	data = binary.LittleEndian.AppendUint32(data, math.Float32bits(3))
	tensors, metadata, err := ReadTensors(write(t, raw(`{
		"single": {"dtype":"F32", "shape":[], "data_offsets":[16,20]},
		"empty": {"dtype":"F32", "shape":[0,7], "data_offsets":[16,16]},
		"doubles": {"dtype":"F64", "shape":[2,1], "data_offsets":[0,16]},
		"__metadata__": {"source":"a script"} }`, data)))
	if err != nil {
		t.Fatal(err)
	}
	if metadata["source"] != "a script" || len(tensors) != 3 {
		t.Errorf("metadata %v, %d tensors", metadata, len(tensors))
	}
	for name, want := range map[string]struct {
		shape []int
		data  []float32
	}{
		"single":  {[]int{}, []float32{3}},
		"empty":   {[]int{0, 7}, []float32{}},
		"doubles": {[]int{2, 1}, []float32{1, -2.5}},
	} {
		if x := tensors[name]; !slices.Equal(x.Shape, want.shape) || !slices.Equal(x.Data, want.data) {
			t.Errorf("%s is %v", name, x)
		}
	}
}

// Headers that a reader must not believe. Each comes with 8 bytes of data.
func TestHostileHeaders(t *testing.T) {
	one := func(entry string) string { return `{"x":` + entry + `}` }
	for name, header := range map[string]string{
		"no JSON":                `{"x":`,
		"no object":              `[1]`,
		"metadata of numbers":    `{"__metadata__":{"step":1}}`,
		"data without a tensor":  `{}`,
		"null":                   one(`null`),
		"no shape":               one(`{"dtype":"F32","data_offsets":[0,8]}`),
		"no offsets":             one(`{"dtype":"F32","shape":[2]}`),
		"three offsets":          one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}`),
		"unknown field":          one(`{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}`),
		"half precision":         one(`{"dtype":"F16","shape":[4],"data_offsets":[0,8]}`),
		"shape too large":        one(`{"dtype":"F32","shape":[3],"data_offsets":[0,8]}`),
		"shape too small":        one(`{"dtype":"F32","shape":[1],"data_offsets":[0,8]}`),
		"shape overflows":        one(`{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}`),
		"overflow, then nothing": one(`{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}`),
		"negative shapes":        one(`{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}`),
		"fractional shape":       one(`{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}`),
		"beyond the file":        one(`{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}`),
		"negative offset":        one(`{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}`),
		"backwards":              one(`{"dtype":"F32","shape":[2],"data_offsets":[8,0]}`),
		"bytes left over":        one(`{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`),
		"gap before":             one(`{"dtype":"F32","shape":[1],"data_offsets":[4,8]}`),
		"overlap": `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
		             "y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`,
	} {
		_, _, err := ReadTensors(write(t, raw(header, make([]byte, 8))))
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, length := range map[string]uint64{"negative": 1 << 63, "huge": math.MaxUint64, "past the end": 9} {
		file := append(binary.LittleEndian.AppendUint64(nil, length), "{}      "...)
		if _, _, err := ReadTensors(write(t, file)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("header length %s: error %v", name, err)
		}
	}
}

// ReadTensors takes a checkpoint as any file, but not a damaged one.
func TestReadTensorsOfCheckpoint(t *testing.T) {
	s := tiny(t, 1)
	file := encode(t, s)
	tensors, metadata, err := ReadTensors(write(t, file))
	if err != nil || len(tensors) != len(s.State.Tensors) || metadata["step"] != "500" {
		t.Errorf("%d tensors, metadata %v (%v)", len(tensors), metadata, err)
	}
	file[len(file)-1] ^= 1
	if _, _, err := ReadTensors(write(t, file)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged checkpoint gives %v", err)
	}
}

// The portable conversion is the definition; the one that takes memory as it is
// must not differ, at lengths about a block.
func TestFloats(t *testing.T) {
	for _, n := range []int{0, 1, block/4 - 1, block / 4, block/4 + 1, block} {
		x := make([]float32, n)
		for i := range x {
			x[i] = math.Float32frombits(uint32(i) * 0x9E3779B9)
		}
		var fast, portable bytes.Buffer
		if err := errors.Join(writeFloats(&fast, x), writeFloatsPortable(&portable, x)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fast.Bytes(), portable.Bytes()) {
			t.Errorf("%d numbers are written in two ways", n)
		}
		y, z := make([]float32, n), make([]float32, n)
		if err := errors.Join(readFloats(&fast, y), readFloatsPortable(&portable, z)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(x), bytesOf(y)) || !bytes.Equal(bytesOf(x), bytesOf(z)) {
			t.Errorf("%d numbers do not come back", n)
		}
	}
}

// Whatever the bytes, reading neither panics nor makes more numbers than they can
// hold. With the checksum that belongs to them, the fuzzer gets past it. Inputs of
// 9 KB are slow to minimise: run it with -fuzzminimizetime 10x.
func FuzzRead(f *testing.F) {
	valid := encode(f, tiny(f, 1))
	f.Add(valid)
	f.Add(valid[:len(valid)/2])
	f.Add(raw(`{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, make([]byte, 8)))
	f.Add(raw(`{"__metadata__":{"crc32c":"00000000"}}`, nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		var numbers int
		for _, x := range c.tensors {
			numbers += len(x.Data)
		}
		if 4*numbers > len(file) {
			t.Errorf("%d numbers from %d bytes", numbers, len(file))
		}
		if c.stored == "" {
			return
		}
		if s, err := decode(seal(slices.Clone(file))); err == nil {
			if err := gan.NewModel(s.Config).Check(s.State); err != nil {
				t.Error(err)
			}
		}
	})
}

// python runs a script with the library that defined the format, or skips.
func python(t *testing.T, script string, args ...string) string {
	t.Helper()
	interpreter := os.Getenv("DCGAN_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	if err := exec.Command(interpreter, "-c", "import numpy, safetensors").Run(); err != nil {
		t.Skipf("needs Python with safetensors and numpy; DCGAN_PYTHON names the interpreter (%s: %v)", interpreter, err)
	}
	out, err := exec.Command(interpreter, append([]string{"-c", script}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// Python's safetensors reads a checkpoint as it is: every name, shape and number,
// and the metadata.
func TestPythonReads(t *testing.T) {
	s := tiny(t, 2)
	out := python(t, `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], framework="np") as f:
    tensors = {k: f.get_tensor(k) for k in f.keys()}
    json.dump({"metadata": f.metadata(),
               "dtypes": sorted({str(x.dtype) for x in tensors.values()}),
               "shapes": {k: x.shape for k, x in tensors.items()},
               "numbers": {k: x.ravel().tolist() for k, x in tensors.items()}}, sys.stdout)
`, write(t, encode(t, s)))
	var got struct {
		Metadata map[string]string
		DTypes   []string
		Shapes   map[string][]int
		Numbers  map[string][]float32
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Metadata["format"] != "dcgan" || got.Metadata["config"] != string(s.Config.JSON()) || got.Metadata["data"] != s.Data {
		t.Errorf("metadata %v", got.Metadata)
	}
	if !slices.Equal(got.DTypes, []string{"float32"}) || len(got.Shapes) != len(s.State.Tensors) {
		t.Errorf("%d tensors of %v", len(got.Shapes), got.DTypes)
	}
	for name, x := range s.State.Tensors {
		if !slices.Equal(got.Shapes[name], x.Shape) || !slices.Equal(got.Numbers[name], x.Data) {
			t.Errorf("%s: shape %v, numbers %v", name, got.Shapes[name], got.Numbers[name])
		}
	}
}

// A file that Python's safetensors wrote, of both types.
func TestPythonWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	python(t, `
import sys, numpy as np
from safetensors.numpy import save_file
save_file({"a": np.arange(6, dtype=np.float64).reshape(2, 3) / 4, "b": np.ones(1, dtype=np.float32)},
          sys.argv[1], metadata={"made by": "numpy"})
`, path)
	tensors, metadata, err := ReadTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	a := tensors["a"]
	if !slices.Equal(a.Shape, []int{2, 3}) || !slices.Equal(a.Data, []float32{0, .25, .5, .75, 1, 1.25}) ||
		!slices.Equal(tensors["b"].Data, []float32{1}) || !strings.Contains(metadata["made by"], "numpy") {
		t.Errorf("read %v, metadata %v", tensors, metadata)
	}
}
