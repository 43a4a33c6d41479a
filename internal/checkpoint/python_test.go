package checkpoint

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
)

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
	path, err := Save(t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	out := python(t, `
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
