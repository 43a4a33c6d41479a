package checkpoint

import (
	"encoding/json"
	"slices"
	"testing"

	"dcgan/internal/pythontest"
)

// Python's safetensors reads a checkpoint as it is: every name, shape and number,
// and the metadata.
func TestPythonReads(t *testing.T) {
	s := tiny(t, 2)
	path, err := Save(t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	out := pythontest.Run(t, "numpy, safetensors", `
import json, sys
from safetensors import safe_open
with safe_open(sys.argv[1], framework="np") as f:
    tensors = {k: f.get_tensor(k) for k in f.keys()}
    json.dump({"metadata": f.metadata(),
               "dtypes": sorted({str(x.dtype) for x in tensors.values()}),
               "shapes": {k: x.shape for k, x in tensors.items()},
               "numbers": {k: x.ravel().tolist() for k, x in tensors.items()}}, sys.stdout)
`, path)
	var got struct {
		Metadata map[string]string
		DTypes   []string
		Shapes   map[string][]int
		Numbers  map[string][]float32
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Metadata["format"] != "dcgan" || got.Metadata["config"] != string(s.Config.JSON()) ||
		got.Metadata["data"] != s.Data {
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
