package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// wantFile checks a file's content, and that no temporary file is beside it.
func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	} else if string(got) != want {
		t.Errorf("%s holds %q, want %q", path, got, want)
	}
	wantNoTemporary(t, filepath.Dir(path))
}

func wantNoTemporary(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, "*"+Suffix))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	for _, content := range []string{"first", "", "third, longer than the buffer: " + strings.Repeat("x", 1<<17)} {
		if err := WriteBytes(path, 0o644, []byte(content)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, content)
	}
}

// Until write has returned, path is as it was.
func TestOldStaysWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := WriteBytes(path, 0o644, []byte("old")); err != nil {
		t.Fatal(err)
	}
	err := Write(path, 0o644, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		got, err := os.ReadFile(path)
		if string(got) != "old" {
			t.Errorf("read %d bytes while the new file is written", len(got))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var errInjected = errors.New("injected")

// After each kind of failure the old file is unchanged and there is no temporary one.
func TestFailure(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"before the first byte", func(io.Writer) error { return errInjected }},
		{"in the buffer", func(w io.Writer) error {
			io.WriteString(w, "part")
			return errInjected
		}},
		{"past the buffer", func(w io.Writer) error {
			w.Write(make([]byte, 1<<20))
			return errInjected
		}},
	} {
		for _, existed := range []bool{true, false} {
			path := filepath.Join(t.TempDir(), "f")
			if existed {
				os.WriteFile(path, []byte("old"), 0o644)
			}
			err := Write(path, 0o644, c.write)
			if !errors.Is(err, errInjected) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: error %v", c.name, err)
			}
			if existed {
				wantFile(t, path, "old")
			} else if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 0 {
				t.Errorf("%s: the folder holds %v", c.name, entries)
			}
		}
	}
}

func TestPanicLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() { recover() }()
		Write(filepath.Join(dir, "f"), 0o644, func(io.Writer) error { panic("caller's bug") })
	}()
	wantNoTemporary(t, dir)
}

// The rename itself fails where a folder has the name.
func TestFolderInTheWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteBytes(path, 0o644, []byte("new"))
	if err == nil || strings.Contains(err.Error(), Suffix) {
		t.Errorf("error %v, want one that names %s alone", err, path)
	}
	wantNoTemporary(t, filepath.Dir(path))
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone", "f")
	err := WriteBytes(path, 0o644, []byte("new"))
	if !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), Suffix) {
		t.Errorf("error %v, want fs.ErrNotExist that names %s alone", err, path)
	}
}

// A killed process may leave a temporary file of any size and permission.
func TestStaleTemporary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path+Suffix, []byte("a long left-over of a killed process"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := WriteBytes(path, 0o644, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new")
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	path := filepath.Join(t.TempDir(), "f")
	want := func(mode fs.FileMode) {
		t.Helper()
		if err := WriteBytes(path, 0o600, nil); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("permissions %v (%v), want %v", info.Mode().Perm(), err, mode)
		}
	}
	want(0o600) // a new file: those asked for
	for _, mode := range []fs.FileMode{0o666, 0o640, 0o444} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		want(mode) // an old file: its own, whatever the umask
	}
}

func TestDiskFull(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "f", Err: syscall.ENOSPC}
	if !DiskFull(full) || DiskFull(nil) || DiskFull(fs.ErrPermission) {
		t.Error("DiskFull does not tell ENOSPC from others")
	}
}

// No other package renames files, since only this one syncs before and after.
func TestOnlyRename(t *testing.T) {
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "runs"):
			return filepath.SkipDir
		case d.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"),
			filepath.Base(filepath.Dir(path)) == "atomicfile":
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "os.Rename(") {
			t.Errorf("%s calls os.Rename; atomicfile.Write is the way to replace a file", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
