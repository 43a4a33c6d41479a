package export

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dcgan/internal/gan"
	"dcgan/internal/pythontest"
)

// runTorch loads files of tensors by the load_torch.py beside them, each in a folder, paints
// the picture of seed 7 and judges it. Importing PyTorch takes seconds, so one run has all.
const runTorch = `
import json, sys
sys.path.insert(0, sys.argv[1])
import torch
import load_torch
answers = []
for folder in sys.argv[1:]:
    generator, discriminator = load_torch.load(folder + "/model.safetensors")
    picture = generator(load_torch.latent(7, generator.settings))
    answers.append({"picture": picture.ravel().tolist(), "logit": discriminator(picture).ravel().tolist(),
                    "bytes": load_torch.pixels(picture, generator.settings).ravel().tolist(),
                    "names": list(generator.state_dict())})
json.dump(answers, sys.stdout)
`

// PyTorch computes what the definition does, of the tensors under the names of a state.
func TestLoadTorch(t *testing.T) {
	names := slices.Sorted(maps.Keys(models))
	var dirs []string
	for _, name := range names {
		c, m, s := tiny(t, name)
		var file bytes.Buffer
		if err := WriteTensors(&file, m, s, map[string]string{"config": string(c.JSON())}); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		dirs = append(dirs, dir)
		for name, data := range map[string][]byte{"model.safetensors": file.Bytes(), "load_torch.py": LoadTorch} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	var answers []struct {
		Picture, Logit, Bytes []float32
		Names                 []string
	}
	if err := json.Unmarshal(pythontest.Run(t, "torch, safetensors", runTorch, dirs...), &answers); err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		c, m, s := tiny(t, name)
		picture, logit := defined(t, m, s)
		got := answers[i]
		if off := distance(got.Picture, picture); off > 1e-5 {
			t.Errorf("%s: the picture is off by %g", name, off)
		}
		if off := distance(got.Bytes, packed(picture, 1, m.Channels, c.Rounding)); off > 1 {
			t.Errorf("%s: a byte is off by %g", name, off)
		}
		if off := distance(got.Logit, logit); off > 1e-4 {
			t.Errorf("%s: the logit is off by %g", name, off)
		}
		if first := strings.TrimPrefix(gan.Parameters(m.Generator)[0].Name, "generator."); got.Names[0] != first {
			t.Errorf("%s: the first name is %q", name, got.Names[0])
		}
	}
}

// defined returns the picture of seed 7 and its logit by the definition.
func defined(t *testing.T, m *gan.Model, s *gan.State) (picture, logit []float32) {
	t.Helper()
	g, err := Generator(m, s)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Discriminator(m, s)
	if err != nil {
		t.Fatal(err)
	}
	if picture, err = g.Run(m.PictureZ(7, 1).Data); err != nil {
		t.Fatal(err)
	}
	if logit, err = d.Run(picture); err != nil {
		t.Fatal(err)
	}
	return picture, logit
}
