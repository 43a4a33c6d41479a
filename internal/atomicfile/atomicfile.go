// Package atomicfile replaces a file so that a crash at any instant leaves the
// old content or the new, never a part of it.
//
// The order makes it so. The content goes to PATH.tmp in the same folder, since
// a rename is atomic only within one file system. It is synced, or else the name
// could reach the disk before the bytes. The rename gives it its name, and the
// folder is synced, so that the name is on disk when Write returns. A name
// without .tmp is therefore proof of a complete file.
//
// Nothing else in the project renames a file.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Suffix ends the name of a file that is being written. What a killed process
// leaves under such a name is of no use to anybody.
const Suffix = ".tmp"

// Write replaces the file at path, or creates it, with what write writes. A file
// that exists keeps its permissions; a new one has perm before umask, as with
// os.WriteFile. After an error there is no PATH.tmp and the old file, if any,
// stays; only when the very last act, the sync of the folder, fails is the new
// one in its place already. Two writers of one path at a time are the caller's
// to prevent.
func Write(path string, perm fs.FileMode, write func(io.Writer) error) error {
	tmp := path + Suffix
	if old, err := os.Stat(path); err == nil && !old.Mode().IsRegular() && !old.IsDir() {
		return fmt.Errorf("write %s: it is a device or a pipe, which no file may replace", path)
	}
	if err := replace(path, tmp, perm, write); err != nil {
		return fmt.Errorf("write %s: %w", path, plain(err, tmp))
	}
	return nil
}

// WriteBytes is Write with the content at hand.
func WriteBytes(path string, perm fs.FileMode, data []byte) error {
	return Write(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// DiskFull reports whether err comes from a file system without room, or from a
// user's quota. On Windows the error numbers are ERROR_HANDLE_DISK_FULL and
// ERROR_DISK_FULL, which errors.Is does not know as ENOSPC.
func DiskFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	return runtime.GOOS == "windows" &&
		(errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112)))
}

func replace(path, tmp string, perm fs.FileMode, write func(io.Writer) error) error {
	f, err := create(tmp, perm)
	if err != nil {
		return err
	}
	renamed := false
	defer func() { // also when write panics
		if !renamed {
			f.Close()
			os.Remove(tmp)
		}
	}()
	if err := keepPermissions(f, path); err != nil {
		return err
	}
	if err := fill(f, write); err != nil {
		return err
	}
	if err := rename(tmp, path); err != nil {
		return err
	}
	renamed = true
	return syncDir(filepath.Dir(path))
}

// rename replaces path by tmp. Windows refuses that while somebody has the old file
// open, as a page that reads it has for an instant: it is tried again for a while.
func rename(tmp, path string) error {
	const tries, pause = 50, 10 * time.Millisecond
	err := os.Rename(tmp, path)
	for i := 0; i < tries && inUse(err); i++ {
		time.Sleep(pause)
		err = os.Rename(tmp, path)
	}
	return err
}

// inUse reports whether err is ERROR_ACCESS_DENIED or ERROR_SHARING_VIOLATION of Windows.
func inUse(err error) bool {
	return runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(5)) || errors.Is(err, syscall.Errno(32)))
}

// create makes the temporary file. A stale one is removed, not truncated: it may
// be read-only, or a link.
func create(tmp string, perm fs.FileMode) (*os.File, error) {
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// keepPermissions gives f the permissions of the file that it will replace.
func keepPermissions(f *os.File, path string) error {
	old, err := os.Stat(path)
	if err != nil || !old.Mode().IsRegular() {
		return nil // nothing to keep; a folder in the way is the rename's error
	}
	return f.Chmod(old.Mode().Perm())
}

// fill writes the content, makes it durable and closes f.
func fill(f *os.File, write func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// syncDir makes the names in a folder durable. Windows has no such call: NTFS
// journals them. Some network file systems have none either and say so.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// plain takes the temporary file's name out of an error of the system, since
// Write has said which file it is about.
func plain(err error, tmp string) error {
	switch e := err.(type) {
	case *fs.PathError:
		if e.Path == tmp {
			return e.Err
		}
	case *os.LinkError:
		return e.Err
	}
	return err
}
