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

// importTable reads from ARCHITECTURE.md which of the project's packages the
// non-test files of each package may import; "all" stands for every one and "all
// but x" for every one except x. The package "dcgan" is the one at the module's root.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	_, rows, _ := strings.Cut(string(text), "| package | purpose | may import (of ours) |\n")
	for row := range strings.Lines(rows) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			break
		}
		name := strings.TrimSpace(cells[1])
		for _, imported := range strings.Split(cells[3], ",") {
			table[name] = append(table[name], strings.TrimSpace(imported))
		}
	}
	if len(table) < 10 {
		t.Fatalf("the table of ARCHITECTURE.md has %d packages", len(table))
	}
	return table
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
			base := d.Name()
			hidden := base != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"))
			if hidden || base == "testdata" || base == "runs" {
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
	table := importTable(t)
	for _, f := range sources(t) {
		name := strings.TrimPrefix(path.Dir(f.name), "internal/")
		if name == "." {
			name = "dcgan"
		}
		allowed, known := table[name]
		switch {
		case f.test:
			continue
		case !known:
			t.Errorf("%s: the package has no row in the table of ARCHITECTURE.md", f.name)
			continue
		}
		for _, i := range f.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, ok := strings.CutPrefix(imported, "dcgan/internal/")
			if ok && !slices.Contains(allowed, ours) && !allBut(allowed, ours) {
				t.Errorf("%s imports %s, which the table of ARCHITECTURE.md forbids", f.name, ours)
			}
		}
	}
}

// allBut reports whether the list is "all", or "all but" another package.
func allBut(list []string, name string) bool {
	rest, ok := strings.CutPrefix(list[0], "all")
	return ok && rest != " but "+name
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
