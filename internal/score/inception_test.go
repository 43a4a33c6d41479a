package score

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"dcgan/internal/tensor"
)

// inceptionGolden is what testdata/make_inception.py writes.
type inceptionGolden struct {
	Shapes   map[string][]int
	Features [][]float64
}

func readGolden(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// hashed returns n numbers in [-1/2, 1/2) as the generators of goldens do.
func hashed(salt uint32, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		x := uint32(i) + salt*0x9E3779B9
		x ^= x >> 16
		x *= 0x7FEB352D
		x ^= x >> 15
		x *= 0x846CA68B
		x ^= x >> 16
		list[i] = float64(x)/(1<<32) - 0.5
	}
	return list
}

func hashedTensor(name string, shape []int) *tensor.Tensor {
	h := fnv.New32a()
	h.Write([]byte(name))
	x := tensor.New(shape...)
	for i, u := range hashed(h.Sum32(), len(x.Data)) {
		switch {
		case strings.HasSuffix(name, "conv.weight"):
			u *= math.Sqrt(24 / float64(len(x.Data)/shape[0]))
		case strings.HasSuffix(name, "running_var"), strings.HasSuffix(name, "bn.weight"):
			u++
		}
		x.Data[i] = float32(u)
	}
	return x
}

// hashedPictures returns the generators' pictures of 64x64.
func hashedPictures(n int) *tensor.Tensor {
	const side = 64
	p := tensor.New(n, 3, side, side)
	for i := range n {
		for k, u := range hashed(uint32(i+1), 3*side*side) {
			v := u*0.3 + 0.3 + 0.4*float64(k%side)/(side-1)
			p.Row(i)[k] = float32(math.RoundToEven(v*255)/127.5 - 1)
		}
	}
	return p
}

// All features equal those of pytorch-fid's network with the same, hashed, weights. That
// network computes in float64, so the difference is the rounding of float32 over 94
// layers.
func TestInceptionFeatures(t *testing.T) {
	if testing.Short() {
		t.Skip("it computes a network of 22 million weights")
	}
	var golden inceptionGolden
	readGolden(t, "inception.json", &golden)
	weights := map[string]*tensor.Tensor{}
	for name, shape := range golden.Shapes {
		weights[name] = hashedTensor(name, shape)
	}
	e, err := NewInception(weights)
	if err != nil {
		t.Fatal(err)
	}
	n := len(golden.Features)
	s, err := e.Measure(context.Background(), memory{hashedPictures(n)}, upTo(n), Form{Size: 64, Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	checkFeatures(t, s, golden.Features, 1e-5)
}

// checkFeatures compares features, relative to the length of a picture's vector.
func checkFeatures(t *testing.T, s *Sample, want [][]float64, tolerance float64) {
	t.Helper()
	worst := 0.0
	for i, row := range want {
		if len(row) != s.dim {
			t.Fatalf("%d features, want %d", s.dim, len(row))
		}
		size := 0.0
		for _, v := range row {
			size += v * v / float64(len(row))
		}
		for k, v := range row {
			worst = max(worst, math.Abs(float64(s.Features[i*s.dim+k])-v)/math.Sqrt(size))
		}
	}
	t.Logf("greatest difference %.2g of the features' size", worst)
	if !(worst < tolerance) {
		t.Errorf("the features differ by %g of their size", worst)
	}
}

func TestInceptionWantsItsOwnWeights(t *testing.T) {
	_, err := NewInception(map[string]*tensor.Tensor{"Conv2d_1a_3x3.bn.weight": tensor.New(31)})
	if err == nil || !strings.Contains(err.Error(), "Conv2d_1a_3x3.bn.weight: shape [31], want [32]") {
		t.Errorf("a wrong shape is reported as %v", err)
	}
}
