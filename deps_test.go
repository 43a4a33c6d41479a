// The rules that keep the project's shape, checked on the source files
// themselves: which package may import which, where os.Exit and os.Rename may
// stand, and how long a file may grow.
package dcgan_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says for each package which of the project's packages its non-test
// files may import. It is the table of ARCHITECTURE.md; cmd/dcgan, which wires
// everything, may import all.
var mayImport = map[string][]string{
	".":                   {"checkpoint", "config", "cpu", "dataset", "gan", "picture", "tensor", "train"},
	"internal/atomicfile": {},
	"internal/checkpoint": {"atomicfile", "config", "gan", "tensor"},
	"internal/config":     {},
	"internal/cpu":        {"config", "gan", "kernel", "tensor"},
	"internal/dataset":    {"config", "picture", "random", "tensor"},
	"internal/gan":        {"config", "random", "tensor"},
	"internal/kernel":     {},
	"internal/picture":    {"config", "tensor"},
	"internal/random":     {},
	"internal/score":      {"kernel", "picture", "tensor"},
	"internal/tensor":     {},
	"internal/tfevents":   {},
	"internal/train":      {"atomicfile", "checkpoint", "config", "dataset", "gan", "picture", "tensor", "tfevents"},
	"internal/web":        {"checkpoint", "config", "gan", "picture", "score", "tensor"},
}

const (
	maxLines     = 600 // of a file that a person wrote
	maxTestLines = 900
)

// sourceFile is one parsed Go file of this module.
type sourceFile struct {
	name  string // slash-separated, relative to the module's root
	lines int
	test  bool
	*ast.File
}

// sources parses every Go file of the module. It reads them in this process: a
// test that asks the go command would be answered from the test cache after an
// import was added.
func sources(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); base != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "runs") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, sourceFile{
			name:  filepath.ToSlash(p),
			lines: bytes.Count(text, []byte("\n")),
			test:  strings.HasSuffix(p, "_test.go"),
			File:  parsed,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		dir := path.Dir(f.name)
		if f.test || dir == "cmd/dcgan" {
			continue
		}
		allowed, known := mayImport[dir]
		if !known {
			t.Errorf("%s: the package has no row in the table of imports", f.name)
			continue
		}
		for _, i := range f.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, ok := strings.CutPrefix(imported, "dcgan/internal/")
			if ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which the table forbids", f.name, ours)
			}
		}
	}
}

// One place ends the process and one replaces files, so that deferred closing
// always runs and every replacement survives a crash.
func TestCallsWithOnePlace(t *testing.T) {
	place := map[string]string{"os.Exit": "cmd/dcgan", "os.Rename": "internal/atomicfile"}
	for _, f := range sources(t) {
		ast.Inspect(f.File, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := fmt.Sprintf("%s.%s", call.X, call.Sel)
			if only, ok := place[name]; ok && path.Dir(f.name) != only && !f.test {
				t.Errorf("%s calls %s, which only %s may", f.name, name, only)
			}
			return true
		})
	}
}

func TestFileLengths(t *testing.T) {
	for _, f := range sources(t) {
		limit := maxLines
		if f.test {
			limit = maxTestLines
		}
		if f.lines > limit && !ast.IsGenerated(f.File) {
			t.Errorf("%s has %d lines, more than %d: split it", f.name, f.lines, limit)
		}
	}
}
