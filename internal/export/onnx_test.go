package export

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/picture"
	"dcgan/internal/pythontest"
)

// runONNX runs files in onnxruntime, each on an input. Starting it takes long, so one run has
// all. Its argument is the path of the cases as JSON.
const runONNX = `
import json, sys
import numpy as np
import onnxruntime as ort
answers = []
for case in json.load(open(sys.argv[1])):
    session = ort.InferenceSession(case["Path"], providers=["CPUExecutionProvider"])
    x = session.get_inputs()[0]
    dtype = np.uint8 if x.type == "tensor(uint8)" else np.float32
    y = session.run(None, {x.name: np.array(case["Numbers"], dtype).reshape(case["Shape"])})[0]
    answers.append({"input": x.name, "output": session.get_outputs()[0].name, "shape": y.shape,
                    "numbers": y.ravel().tolist(), "metadata": session.get_modelmeta().custom_metadata_map})
json.dump(answers, sys.stdout)
`

// onnxCase is a file with an input, and a check of what onnxruntime makes of it.
type onnxCase struct {
	name    string
	write   func(io.Writer) error
	check   func(*testing.T, onnxAnswer)
	Path    string
	Numbers any // of the input, in its Shape
	Shape   []int
}

type onnxAnswer struct {
	Input, Output string
	Shape         []int
	Numbers       []float32
	Metadata      map[string]string
}

// askONNX runs cases in onnxruntime and checks the answers.
func askONNX(t *testing.T, cases []onnxCase) {
	t.Helper()
	dir := t.TempDir()
	for i := range cases {
		var file bytes.Buffer
		if err := cases[i].write(&file); err != nil {
			t.Fatal(err)
		}
		cases[i].Path = filepath.Join(dir, strconv.Itoa(i)+".onnx")
		if err := os.WriteFile(cases[i].Path, file.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cases.json")
	if err := os.WriteFile(path, list, 0o666); err != nil {
		t.Fatal(err)
	}
	var answers []onnxAnswer
	if err := json.Unmarshal(pythontest.Run(t, "onnxruntime, numpy", runONNX, path), &answers); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.check(t, answers[i]) })
	}
}

// The real onnxruntime computes what the definition does, of every kind of model.
func TestONNXGenerator(t *testing.T) {
	var cases []onnxCase
	for name := range models {
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
		ask := func(name string, o ONNX, check func(*testing.T, onnxAnswer)) {
			write := func(w io.Writer) error { return o.WriteGenerator(w, n) }
			cases = append(cases, onnxCase{name: name, write: write, check: check, Numbers: z.Data, Shape: []int{2, m.NZ}})
		}
		o := ONNX{Rounding: c.Rounding, Metadata: map[string]string{"licence": "CC0 \xff"}}
		ask(name, o, func(t *testing.T, a onnxAnswer) {
			if d := distance(a.Numbers, want); d > 1e-5 || a.Input != "z" || a.Output != "picture" ||
				a.Metadata["licence"] != "CC0 \uFFFD" {
				t.Errorf("%s -> %s %v: off by %g; %v", a.Input, a.Output, a.Shape, d, a.Metadata)
			}
		})
		if name != "vivid" {
			continue // bytes are made of numbers alike in all
		}
		for _, rounding := range []string{config.RoundNearest, config.RoundTruncate} {
			ask(name+" "+rounding, ONNX{Bytes: true, Rounding: rounding}, func(t *testing.T, a onnxAnswer) {
				if d := distance(a.Numbers, packed(want, 2, m.Channels, rounding)); d > 1 {
					t.Errorf("a byte is off by %g", d)
				}
			})
		}
	}
	askONNX(t, cases)
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
	var cases []onnxCase
	for name := range models {
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
		cases = append(cases, onnxCase{
			name:    name,
			write:   func(w io.Writer) error { return ONNX{}.WriteDiscriminator(w, n) },
			Numbers: numbers, Shape: []int{1, m.Channels, m.Size, m.Size},
			check: func(t *testing.T, a onnxAnswer) {
				if d := distance(a.Numbers, want); d > tolerance || len(a.Shape) != 2 || a.Output != "logit" {
					t.Errorf("%s %v: off by %g", a.Output, a.Shape, d)
				}
			},
		}, onnxCase{
			name:    name + " of bytes",
			write:   func(w io.Writer) error { return ONNX{Bytes: true}.WriteDiscriminator(w, n) },
			Numbers: bytesLast, Shape: []int{1, m.Size, m.Size, m.Channels},
			check: func(t *testing.T, a onnxAnswer) {
				if d := distance(a.Numbers, want); d > tolerance {
					t.Errorf("off by %g", d)
				}
			},
		})
	}
	askONNX(t, cases)
}
