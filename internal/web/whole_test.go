package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dcgan/internal/checkpoint"
	"dcgan/internal/run"
)

// A damaged checkpoint is neither listed nor the best; a damaged config.json hides no run.
func TestDamagedFilesAreNotShown(t *testing.T) {
	f := serve(t, "127.0.0.1")
	dir := filepath.Join(f.root, "one")
	eventful(t, dir)
	shows := func(want ...string) {
		t.Helper()
		_, text := f.get(t, "/api/runs/one")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("no %s in %s", w, text)
			}
		}
	}
	shows(`"checkpoints":[200,400]`, `"best":200`)
	at := func(step int) string { return filepath.Join(run.Checkpoints(dir), checkpoint.Name(step)) }
	whole, err := os.ReadFile(at(200))
	must(t, err)
	must(t, os.WriteFile(at(200), whole[:len(whole)/2], 0o666))
	shows(`"best":400`, `"best_full":400`)
	must(t, os.WriteFile(at(200), whole, 0o666))
	must(t, os.Truncate(at(400), 0))
	shows(`"checkpoints":[200]`, `"full":[200]`, `"best":200`)
	must(t, os.Truncate(filepath.Join(dir, "config.json"), 0))
	shows(`"size":16`, `"steps":400`, `"settings":{`, `"note":"`, "the file is empty; using the settings in")
}
