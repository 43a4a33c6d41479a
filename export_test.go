package dcgan_test

import (
	"bytes"
	"encoding/json"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dcgan"
	"dcgan/internal/pythontest"
)

// seven paints seed 7 with nothing but the ONNX file and what it says of seeds.
const seven = `
import json, math, sys
import onnxruntime as ort

session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
settings = json.loads(about["config"])

def philox(counter, key):
    a, b, c, d = counter
    k, l = key
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & 0xFFFFFFFF, (p >> 32) ^ d ^ l, p & 0xFFFFFFFF
        k, l = (k + 0x9E3779B9) & 0xFFFFFFFF, (l + 0xBB67AE85) & 0xFFFFFFFF
    return a, b, c, d

def uniform(seed):
    block = 0
    while True:
        a, b, c, d = philox((block, 3, 0, 0), (seed & 0xFFFFFFFF, seed >> 32))
        yield ((a | b << 32) >> 11) * 2.0**-53
        yield ((c | d << 32) >> 11) * 2.0**-53
        block += 1

def z(seed):
    u = uniform(seed)
    if settings["latent"] == "normal":
        return [math.sqrt(-2 * math.log(1 - next(u))) * math.cos(2 * math.pi * next(u)) for _ in range(settings["nz"])]
    return [2 * next(u) - 1 for _ in range(settings["nz"])]

picture = session.run(["picture"], {"z": [z(7)]})[0]
json.dump({"shape": picture.shape, "values": picture.ravel().tolist(), "licence": about["licence"]}, sys.stdout)
`

// Another program paints the picture of a seed from the ONNX file, to a step of a byte.
func TestONNXPaintsSeven(t *testing.T) {
	m := open(t, exampleRun())
	path := filepath.Join(t.TempDir(), "generator.onnx")
	var file bytes.Buffer
	if err := m.WriteONNX(&file, dcgan.ONNX{Bytes: true, Licence: "CC0"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Shape   []int
		Values  []int
		Licence string
	}
	if err := json.Unmarshal(pythontest.Run(t, "onnxruntime", seven, path), &got); err != nil {
		t.Fatal(err)
	}
	want, err := m.Image(7)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Values) != 8*8*3 || got.Licence != "CC0" {
		t.Fatalf("shape %v, licence %q", got.Shape, got.Licence)
	}
	for i, v := range got.Values {
		c := color.NRGBAModel.Convert(want.At(i/3%8, i/24)).(color.NRGBA)
		if d := int(v) - int([]byte{c.R, c.G, c.B}[i%3]); d < -1 || d > 1 {
			t.Errorf("value %d is off by %d", i, d)
		}
	}
}

// Directions are unit vectors at right angles, the same each time.
func TestDirections(t *testing.T) {
	m := open(t, exampleRun())
	directions, err := m.Directions(3)
	if err != nil || len(directions) != 3 {
		t.Fatalf("%d directions: %v", len(directions), err)
	}
	for i, a := range directions {
		for j, b := range directions {
			var dot float64
			for k := range a {
				dot += float64(a[k]) * float64(b[k])
			}
			if want := map[bool]float64{true: 1}[i == j]; math.Abs(dot-want) > 1e-5 {
				t.Errorf("directions %d and %d have the product %g", i, j, dot)
			}
		}
	}
	again, err := m.Directions(1)
	if err != nil || !slices.Equal(again[0], directions[0]) {
		t.Errorf("the first direction is another: %v", err)
	}
}
