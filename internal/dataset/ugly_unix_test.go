//go:build unix

package dataset

// A collection of odd and hostile files, and what must become of each. A child process
// reads them, so that its memory can be measured, and as a user who may not read
// every file.

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	uglyArchive = "../../../shared/data/ugly.tar.gz"
	uglyExpect  = "../../../shared/data/ugly-EXPECT.tsv"

	uglyMemory = 256 << 20       // bytes that no file may take more of
	uglyHang   = 2 * time.Minute // after which the child counts as hanging; it needs seconds

	childFolder, childAlone = "DCGAN_TEST_UGLY", "DCGAN_TEST_ALONE"
)

// findings is what the child prints.
type findings struct {
	Used    []Path
	Skipped []Skipped
	Peak    int64 // bytes of memory at most, 0 where that isn't known
}

func TestUglyFiles(t *testing.T) {
	if folder := os.Getenv(childFolder); folder != "" {
		readUgly(t, folder, os.Getenv(childAlone) != "")
		return
	}
	if _, err := os.Stat(uglyArchive); errors.Is(err, fs.ErrNotExist) {
		t.Skip("the collection of hostile files is not here: ", uglyArchive)
	}
	root := readableByAll(t)
	unpack(t, uglyArchive, root)
	self := copyOfTest(t, root)
	packed := filepath.Join(root, "ugly.tar.gz")
	copyFile(t, uglyArchive, packed, 0o644)
	for name, c := range map[string]struct{ place, alone string }{
		"together": {filepath.Join(root, "ugly"), ""},
		"alone":    {filepath.Join(root, "ugly"), "1"},
		"archive":  {packed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := askChild(t, self, c.place, c.alone)
			checkUgly(t, f, name == "archive")
			if f.Peak > uglyMemory {
				t.Errorf("%d MiB of memory", f.Peak>>20)
			}
			t.Logf("%d used, %d skipped, %d MiB of memory at most", len(f.Used), len(f.Skipped), f.Peak>>20)
		})
	}
}

// checkUgly compares what became of the files with the table. In an archive
// permissions don't count, and paths begin with the folder's name.
func checkUgly(t *testing.T, f findings, archive bool) {
	t.Helper()
	if archive {
		for i := range f.Used {
			f.Used[i] = Path(strings.TrimPrefix(string(f.Used[i]), "ugly/"))
		}
		for i := range f.Skipped {
			f.Skipped[i].Path = Path(strings.TrimPrefix(string(f.Skipped[i].Path), "ugly/"))
		}
	}
	skipped := map[Path]string{}
	for _, k := range f.Skipped {
		skipped[k.Path] = k.Reason
		if k.Reason == "" || strings.ContainsAny(k.Reason, "\n\t") {
			t.Errorf("%s is skipped for %q", k.Path, k.Reason)
		}
	}
	table, err := os.ReadFile(uglyExpect)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer(`new\nline`, "new\nline", "<e9><ff>", "\xe9\xff")
	for line := range strings.Lines(string(table)) {
		fields := strings.Split(line, "\t")
		p := Path(names.Replace(fields[0]))
		used, reason := slices.Contains(f.Used, p), skipped[p]
		ok := map[string]bool{
			"expect": true, "ok": used && reason == "", "bad": !used && reason != "", "skip": !used,
			"either": !(used && reason != ""),
		}[fields[1]] || archive && p == "bad/no-permission.png"
		if !ok {
			t.Errorf("%s (%s): used %t, skipped for %q", p, strings.TrimSpace(line), used, reason)
		}
	}
}

// readUgly is what the child does: it reads the folder, or every file in a folder
// of its own, and prints what it found.
func readUgly(t *testing.T, folder string, alone bool) {
	opt := small
	opt.Size, opt.Channels = 64, 3
	var f findings
	read := func(place string, as func(Path) Path) {
		s, err := Open(place, opt)
		if err != nil {
			r, inspectErr := Inspect(place, opt)
			if inspectErr != nil || !errors.Is(err, ErrNoPictures) {
				t.Fatal(err, inspectErr)
			}
			for _, k := range r.Skipped {
				f.Skipped = append(f.Skipped, Skipped{as(k.Path), k.Reason})
			}
			return
		}
		for i := range s.Len() {
			f.Used = append(f.Used, as(s.Name(i)))
		}
		for _, k := range s.Skipped() {
			f.Skipped = append(f.Skipped, Skipped{as(k.Path), k.Reason})
		}
	}
	if alone {
		readAlone(t, folder, read)
	} else {
		read(folder, func(p Path) Path { return p })
	}
	f.Peak = peakMemory()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nFINDINGS %s\n", text)
}

// readAlone reads every file of a tree through a link in an otherwise empty folder.
func readAlone(t *testing.T, root string, read func(place string, as func(Path) Path)) {
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "cycle" { // a link to all of it
			return err
		}
		place := t.TempDir()
		if err := os.Symlink(name, filepath.Join(place, d.Name())); err != nil {
			return err
		}
		below, err := filepath.Rel(root, name)
		read(place, func(p Path) Path { return Path(path.Join(path.Dir(below), string(p))) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// askChild runs this test in another process, as an unprivileged user if this one
// is root.
func askChild(t *testing.T, self, folder, alone string) (f findings) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), uglyHang)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "-test.run=^TestUglyFiles$")
	cmd.Dir = filepath.Dir(self)
	cmd.Env = append(os.Environ(), childFolder+"="+folder, childAlone+"="+alone, "TMPDIR="+os.TempDir())
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, text, _ := strings.Cut(string(out), "FINDINGS ")
	text, _, _ = strings.Cut(text, "\n")
	if err := json.Unmarshal([]byte(text), &f); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return f
}

// peakMemory returns the peak of this process's memory, in bytes.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil || runtime.GOOS != "linux" {
		return 0
	}
	_, line, _ := strings.Cut(string(text), "VmHWM:")
	kib, _ := strconv.ParseInt(strings.Fields(line)[0], 10, 64)
	return kib << 10
}

// readableByAll returns a temporary folder that every user may enter.
func readableByAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ugly")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func copyOfTest(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "reader")
	copyFile(t, self, name, 0o755)
	return name
}

func copyFile(t *testing.T, from, to string, perm fs.FileMode) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, perm)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// unpack writes an archive's files, links and pipes as they are.
func unpack(t *testing.T, archive, root string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err == nil {
			err = unpackEntry(h, r, filepath.Join(root, h.Name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func unpackEntry(h *tar.Header, r io.Reader, name string) error {
	switch h.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, name)
	case tar.TypeFifo:
		return syscall.Mkfifo(name, 0o644)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		return err
	}
	return os.Chmod(name, h.FileInfo().Mode())
}
