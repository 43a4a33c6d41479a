package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"dcgan/internal/report"
	"dcgan/internal/run"
)

// fashionMNIST is where Debian's package dataset-fashion-mnist puts its IDX files.
const fashionMNIST = "/usr/share/datasets/fashion-mnist"

// IDX files of 28 x 28 grey pictures train a model of 32 x 32, end to end.
func TestFashionMNIST(t *testing.T) {
	if _, err := os.Stat(fashionMNIST); err != nil {
		t.Skip("Debian's package dataset-fashion-mnist is not installed: ", fashionMNIST)
	}
	command := func(args ...string) []byte {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := execute(t.Context(), args, &stdout, &stderr); code != exitOK {
			t.Fatalf("dcgan %v: exit code %d: %s", args, code, &stderr)
		}
		return stdout.Bytes()
	}

	var found report.Inspection
	text := command("inspect", filepath.Join(fashionMNIST, "t10k-images-idx3-ubyte.gz"),
		"--size", "32", "--channels", "1", "--no-timing", "--json")
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	if found.Usable != 10_000 || len(found.Classes) != 10 || found.Classes[3].Count != 1000 ||
		found.Sizes.Max.Width != 28 {
		t.Errorf("%d usable, classes %v, sizes %v", found.Usable, found.Classes, found.Sizes)
	}

	dir := filepath.Join(t.TempDir(), "run")
	command("train", fashionMNIST, "--size", "32", "--channels", "1", "--ngf", "4", "--ndf", "4", "--batch", "16",
		"--gen-updates", "1", "--steps", "12", "--checkpoint-every", "6", "--mirror", "true", "--quiet", "--out", dir)
	if _, err := os.Stat(run.Sheet(dir, 12)); err != nil {
		t.Error(err)
	}
	// Rows in parentheses count files that are no pictures.
	if text, err := os.ReadFile(run.SkippedFile(dir)); err == nil {
		if bytes.Count(text, []byte("\n")) != 1+bytes.Count(text, []byte("\n(")) {
			t.Errorf("something is skipped:\n%s", text)
		}
	}
}
