package host

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestExistingFolder(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "a"), filepath.Join(dir, "a", "b", "c")} {
		if got := ExistingFolder(path); got != dir {
			t.Errorf("above %s there is %s, want %s", path, got, dir)
		}
	}
	if got := ExistingFolder("no-such-folder/x"); got != "." {
		t.Errorf("above a relative path there is %s", got)
	}
}

func TestResourcesAreKnown(t *testing.T) {
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
	default:
		t.Skip("what the machine has is not known on " + runtime.GOOS)
	}
	if n, ok := AvailableMemory(); !ok || n < 1<<20 || n > 1<<50 {
		t.Errorf("memory %d, %v", n, ok)
	}
	if n, ok := PeakMemory(); !ok || n < 1<<20 || n > 1<<50 {
		t.Errorf("peak of memory %d, %v", n, ok)
	}
	if n, ok := AvailableDisk(os.TempDir()); !ok || n < 1 || n > 1<<60 {
		t.Errorf("disk %d, %v", n, ok)
	}
}
