package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// canMount reports whether this process may mount file systems of its own.
var canMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "dcgan-mount")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if mount(dir, 1<<20) != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
})

func mount(dir string, bytes int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+strconv.Itoa(bytes))
}

// smalldisk DIR BYTES makes DIR a disk of its own.
func smallDisk(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(mount(dir, n))
	ts.Defer(func() { syscall.Unmount(dir, 0) })
}

// filldisk DIR fills the disk of DIR to the last byte, with DIR/filler.
func fillDisk(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.Create(filepath.Join(ts.MkAbs(args[0]), "filler"))
	ts.Check(err)
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		ts.Check(err)
	}
}
