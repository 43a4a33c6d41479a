package export

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/picture"
	"dcgan/internal/pythontest"
)

// runONNX runs a file in onnxruntime. Its arguments are the path, and as JSON the input's
// numbers and shape.
const runONNX = `
import json, sys
import numpy as np
import onnxruntime as ort
path, numbers, shape = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
x = session.get_inputs()[0]
dtype = np.uint8 if x.type == "tensor(uint8)" else np.float32
y = session.run(None, {x.name: np.array(numbers, dtype).reshape(shape)})[0]
json.dump({"input": x.name, "output": session.get_outputs()[0].name, "shape": y.shape,
           "numbers": y.ravel().tolist(), "metadata": session.get_modelmeta().custom_metadata_map}, sys.stdout)
`

type onnxAnswer struct {
	Input, Output string
	Shape         []int
	Numbers       []float32
	Metadata      map[string]string
}

func askONNX(t *testing.T, write func(*bytes.Buffer) error, numbers any, shape ...int) onnxAnswer {
	t.Helper()
	var file bytes.Buffer
	if err := write(&file); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(numbers)
	if err != nil {
		t.Fatal(err)
	}
	dims, err := json.Marshal(shape)
	if err != nil {
		t.Fatal(err)
	}
	var a onnxAnswer
	if err := json.Unmarshal(pythontest.Run(t, "onnxruntime, numpy", runONNX, path, string(list), string(dims)), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The real onnxruntime computes what the definition does, of every kind of model.
func TestONNXGenerator(t *testing.T) {
	for name := range models {
		t.Run(name, func(t *testing.T) {
			c, m, s := tiny(t, name)
			n, err := Generator(m, s)
			if err != nil {
				t.Fatal(err)
			}
			z := m.PictureZ(7, 2)
			var want []float32
			for i := range 2 {
				x, err := n.Run(z.Row(i))
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, x...)
			}
			o := ONNX{Rounding: c.Rounding, Metadata: map[string]string{"licence": "CC0 \xff"}}
			a := askONNX(t, func(b *bytes.Buffer) error { return o.WriteGenerator(b, n) }, z.Data, 2, m.NZ)
			if d := distance(a.Numbers, want); d > 1e-5 || a.Input != "z" || a.Output != "picture" ||
				a.Metadata["licence"] != "CC0 \uFFFD" {
				t.Errorf("%s -> %s %v: off by %g; %v", a.Input, a.Output, a.Shape, d, a.Metadata)
			}

			if name != "vivid" {
				return // bytes are made of numbers alike in all
			}
			for _, rounding := range []string{config.RoundNearest, config.RoundTruncate} {
				o := ONNX{Bytes: true, Rounding: rounding}
				a = askONNX(t, func(b *bytes.Buffer) error { return o.WriteGenerator(b, n) }, z.Data, 2, m.NZ)
				if d := distance(a.Numbers, packed(want, 2, m.Channels, rounding)); d > 1 {
					t.Errorf("%s: a byte is off by %g", rounding, d)
				}
			}
		})
	}
}

// packed returns n pictures as bytes, channels last.
func packed(x []float32, n, channels int, rounding string) []float32 {
	area := len(x) / n / channels
	y := make([]float32, len(x))
	for i, v := range x {
		image, c, at := i/area/channels, i/area%channels, i%area
		y[(image*area+at)*channels+c] = float32(picture.Byte(v, rounding))
	}
	return y
}

func TestONNXDiscriminator(t *testing.T) {
	for name := range models {
		t.Run(name, func(t *testing.T) {
			_, m, s := tiny(t, name)
			n, err := Discriminator(m, s)
			if err != nil {
				t.Fatal(err)
			}
			numbers := make([]float32, m.Channels*m.Size*m.Size)
			bytesLast := make([]int, len(numbers))
			area := m.Size * m.Size
			for i := range numbers {
				b := byte(i*i%251 + i%5)
				numbers[i] = picture.Value(b)
				bytesLast[i%area*m.Channels+i/area] = int(b)
			}
			want, err := n.Run(numbers)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1e-5 * math.Max(1, math.Abs(float64(want[0])))
			a := askONNX(t, func(b *bytes.Buffer) error { return ONNX{}.WriteDiscriminator(b, n) },
				numbers, 1, m.Channels, m.Size, m.Size)
			if d := distance(a.Numbers, want); d > tolerance || len(a.Shape) != 2 || a.Output != "logit" {
				t.Errorf("%s %v: off by %g", a.Output, a.Shape, d)
			}
			a = askONNX(t, func(b *bytes.Buffer) error { return ONNX{Bytes: true}.WriteDiscriminator(b, n) },
				bytesLast, 1, m.Size, m.Size, m.Channels)
			if d := distance(a.Numbers, want); d > tolerance {
				t.Errorf("of bytes: off by %g", d)
			}
		})
	}
}
