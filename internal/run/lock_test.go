package run

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// childRun names the environment variable that makes the test binary lock a folder.
const childRun = "RUN_TEST_RUN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childRun); dir != "" {
		if _, err := LockFolder(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("locked")
		time.Sleep(time.Hour)
	}
	os.Exit(m.Run())
}

// start runs a process until it holds the lock of dir; kill ends it as kill -9 does.
func start(t *testing.T, dir string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRun+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the child says %q (%v)", line, err)
	}
	return func() {
		cmd.Process.Kill()
		io.Copy(io.Discard, out)
		cmd.Wait()
	}
}

// Only one process holds the lock at a time. A killed process does not hold it.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	kill := start(t, dir)
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("beside another process: %v", err)
	}
	kill()
	lock, err := LockFolder(dir)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second time in one process: %v", err)
	}
	for range 2 { // a second time does no harm
		if err := lock.Unlock(); err != nil {
			t.Error(err)
		}
	}
	if lock, err = LockFolder(dir); err != nil {
		t.Fatalf("after the release: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Error(err)
	}
	if _, err := LockFolder(filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a folder: %v", err)
	}
}
