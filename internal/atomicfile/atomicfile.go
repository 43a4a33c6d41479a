// Package atomicfile replaces a file so that a crash at any instant leaves either the
// old content or the new, never a part of it.
//
// It does this in four steps. It writes the content to PATH.tmp in the same folder,
// since a rename is atomic only within one file system. It syncs that file, so that
// the new name cannot reach the disk before the bytes. It renames the file to PATH.
// It syncs the folder, so that the name is on disk when Write returns. A file whose
// name does not end with .tmp is therefore complete.
//
// No other package renames files.
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

// Suffix ends the name of a file that is being written. A file that a killed process
// leaves under such a name is incomplete and can be removed.
const Suffix = ".tmp"

// Write creates or replaces the file at path with the content that write writes. An
// existing file keeps its permissions; a new one gets perm before umask, as with
// os.WriteFile. After an error there is no PATH.tmp, and the old file, if any, is
// unchanged, except if the error is from the sync of the folder: then the new file is
// already in place. Callers must not write one path concurrently.
func Write(path string, perm fs.FileMode, write func(io.Writer) error) error {
	tmp := path + Suffix
	if old, err := os.Stat(path); err == nil && !old.Mode().IsRegular() && !old.IsDir() {
		return fmt.Errorf("write %s: it is a device or a pipe, which a file must not replace", path)
	}
	if err := replace(path, tmp, perm, write); err != nil {
		return fmt.Errorf("write %s: %w", path, withoutPath(err, tmp))
	}
	return nil
}

// WriteBytes is Write with data as the content.
func WriteBytes(path string, perm fs.FileMode, data []byte) error {
	return Write(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Move gives the file at path the name to, in the same folder, which no file has.
func Move(path, to string) error {
	if err := rename(path, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// DiskFull reports whether err says that the file system or the user's quota is full.
// On Windows the error numbers are ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL, which
// errors.Is does not treat as ENOSPC.
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

// rename renames tmp to path. Windows refuses that while another process has the old
// file open, for example to read it, so rename retries for half a second.
func rename(tmp, path string) error {
	const tries, pause = 50, 10 * time.Millisecond
	err := os.Rename(tmp, path)
	for i := 0; i < tries && inUse(err); i++ {
		time.Sleep(pause)
		err = os.Rename(tmp, path)
	}
	return err
}

// inUse reports whether err is Windows' ERROR_ACCESS_DENIED or ERROR_SHARING_VIOLATION.
func inUse(err error) bool {
	return runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(5)) || errors.Is(err, syscall.Errno(32)))
}

// create creates the temporary file. It removes a stale one instead of truncating it,
// since that may be read-only or a link.
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
		return nil // no permissions to keep; if path is a folder, the rename fails
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

// syncDir makes the names in a folder durable. Windows has no such call, since NTFS
// journals names. Some network file systems return an error for it, which is ignored.
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

// withoutPath returns an error of the system without the temporary file's name, since
// Write states the path.
func withoutPath(err error, tmp string) error {
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
