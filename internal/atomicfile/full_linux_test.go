// Failures of the system itself, which need root to bring about.

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A full file system, from a tiny one in memory.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("needs the right to mount a file system: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	path := filepath.Join(dir, "f")
	if err := WriteBytes(path, 0o644, []byte("old")); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 64<<10), 0o644) // as much as there is room for
	for name, size := range map[string]int{"the write fails": 1 << 20, "the flush fails": 10} {
		err := WriteBytes(path, 0o644, make([]byte, size))
		if !errors.Is(err, syscall.ENOSPC) || !DiskFull(err) {
			t.Fatalf("%s: error %v, want ENOSPC", name, err)
		}
		if want := "write " + path + ": no space left on device"; err.Error() != want {
			t.Errorf("%s: error %q, want %q", name, err, want)
		}
		wantFile(t, path, "old")
	}
}

const readOnlyDir = "ATOMICFILE_TEST_READ_ONLY_DIR" // its value is the child's folder

// A folder that may not be written. Root may write everywhere, so the test runs
// in a child process that has become another user.
func TestReadOnlyFolder(t *testing.T) {
	if dir := os.Getenv(readOnlyDir); dir != "" {
		if err := syscall.Setuid(65534); err != nil {
			t.Fatal(err)
		}
		writeReadOnly(t, dir)
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o555)
	defer os.Chmod(dir, 0o755)
	if os.Geteuid() != 0 {
		writeReadOnly(t, dir)
		return
	}
	os.Chmod(filepath.Dir(dir), 0o755) // the test's folder, which only root may enter otherwise
	child := exec.Command(os.Args[0], "-test.run=^TestReadOnlyFolder$")
	child.Env = append(os.Environ(), readOnlyDir+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func writeReadOnly(t *testing.T, dir string) {
	path := filepath.Join(dir, "f")
	err := WriteBytes(path, 0o644, []byte("new"))
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "write "+path+": permission denied" {
		t.Errorf("error %v, want that permission is denied for %s", err, path)
	}
	wantFile(t, path, "old")
}

// A pipe keeps its name; so does a device, such as /dev/null, which root could replace.
func TestSpecialFileStays(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if err := WriteBytes(name, 0o644, []byte("new")); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one that names %s", err, name)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Type() != os.ModeNamedPipe {
			t.Errorf("%s is %v now, %v", name, info.Mode(), err)
		}
	}
	wantNoTemporary(t, dir)
}
