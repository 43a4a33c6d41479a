package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lossAdded is what docs/extending.md ("A loss") says to change for a loss, done for least squares (Mao et al. 2017):
// in each file, what is inserted before a text; a file without such a text is new.
var lossAdded = []struct{ file, before, insert string }{
	{"internal/gan/objective.go", "\t// Relativistic pairs", "\tLeastSquares = \"least-squares\"\n"},
	{"internal/gan/objective.go", "\t{\n\t\tName: Hinge,", `	{
		Name:        LeastSquares,
		onReal:      func(x, _ float64) (loss, slope float64) { return (x - 1) * (x - 1), 2 * (x - 1) },
		onGenerated: func(g float64) (loss, slope float64) { return g * g, 2 * g },
		fooled:      func(g float64) (loss, slope float64) { return (g - 1) * (g - 1), 2 * (g - 1) },
	},
`},
	{"internal/config/config.go", "\tLossRelativistic ", "\tLossLeastSquares = \"least-squares\"\n"},
	{"internal/config/settings_table.go", "LossSigmoid, ", "LossLeastSquares, "},
	{"extended_test.go", "", `package dcgan_test

import (
	"context"
	"path/filepath"
	"testing"

	"dcgan"
)

func TestTrainWithAddedLoss(t *testing.T) {
	s := tiny()
	if err := s.Set("loss", "least-squares"); err != nil {
		t.Fatal(err)
	}
	if _, err := dcgan.Train(context.Background(), filepath.Join(t.TempDir(), "run"), s, nil); err != nil {
		t.Fatal(err)
	}
}
`},
}

// A loss is added where docs/extending.md says, and nowhere else: then its slopes are tested and a training
// descends it. The go command takes the changed files from an overlay.
func TestAddingALoss(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program anew")
	}
	const root = "../.." // of the module
	dir := t.TempDir()
	changed := map[string]string{}
	for _, c := range lossAdded {
		text, ok := changed[c.file]
		if !ok && c.before != "" {
			read, err := os.ReadFile(filepath.Join(root, c.file))
			if err != nil {
				t.Fatal(err)
			}
			text = string(read)
		}
		head, rest, found := strings.Cut(text, c.before)
		if !found {
			t.Fatalf("%s does not contain %q", c.file, c.before)
		}
		changed[c.file] = head + c.insert + c.before + rest
	}

	replace := map[string]string{}
	for file, text := range changed {
		original, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(replace[original], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	overlay := filepath.Join(dir, "overlay.json")
	encoded, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, encoded, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"./internal/gan", "-run=TestSlopesAreDerivatives", "-v"},
		{".", "-run=TestTrainWithAddedLoss", "-v"},
	} {
		test := exec.Command("go", append([]string{"test", "-vet=off", "-overlay=" + overlay}, args...)...)
		test.Dir = root
		out, err := test.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: "+strings.TrimPrefix(args[1], "-run=")) {
			t.Errorf("go test %s: %v\n%s", args[0], err, out)
		}
	}
}
