package dataset

// The files of a folder and of its subfolders. Links to files and to folders are
// followed, but no folder is entered twice, so loops end. Only regular files are
// ever opened, since opening a pipe may block for ever.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"dcgan/internal/picture"
)

// maxFile bounds the bytes that are read of one picture's file, whatever length it
// or its archive claims.
const maxFile = 1 << 28

// walker lists a folder.
type walker struct {
	root       string
	opt        Options
	found      []file
	containers []files         // the files within found that contain many pictures
	entered    map[string]bool // real paths of folders
	links      []string        // to folders; they are entered after the folders of the tree itself
}

func folderFiles(root string, opt Options) (files, error) {
	w := &walker{root: root, opt: opt, entered: map[string]bool{}}
	if err := w.list("."); err != nil {
		return files{}, err
	}
	for len(w.links) > 0 {
		next := w.links[0]
		w.links = w.links[1:]
		w.enter(next)
	}
	fs := files{all: len(w.found)}
	for _, f := range w.found {
		if f.read != nil && opt.isNamed(f.path) {
			fs.pictures++
		}
	}
	for _, x := range w.containers {
		fs.all += x.all
		fs.pictures += x.pictures
	}
	fs.seq = func(yield func(file, error) bool) {
		for _, f := range w.found {
			if !yield(f, nil) {
				return
			}
		}
	}
	return fs, nil
}

func (w *walker) enter(dir string) {
	if err := w.list(dir); err != nil {
		w.refuse(dir, fmt.Errorf("folder that can't be listed: %w", cause(err)))
	}
}

// list finds the files of a folder, given by its path relative to the root, and
// enters its subfolders.
func (w *walker) list(dir string) error {
	place, err := filepath.EvalSymlinks(w.place(dir))
	if err != nil || w.entered[place] {
		return err
	}
	w.entered[place] = true
	entries, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		p := path.Join(dir, e.Name())
		switch {
		case isJunk(p):
			w.countHidden(p, e)
		case e.IsDir():
			w.enter(p)
		case e.Type()&fs.ModeSymlink != 0:
			w.follow(p)
		default:
			w.add(p, e.Type())
		}
	}
	return nil
}

// countHidden counts a hidden file, or the files of a hidden folder.
func (w *walker) countHidden(p string, e fs.DirEntry) {
	if !e.IsDir() {
		w.found = append(w.found, file{path: p, kind: hidden})
		return
	}
	filepath.WalkDir(w.place(p), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			w.found = append(w.found, file{path: p, kind: hidden})
		}
		return nil // what can't be listed holds nothing that would be taken
	})
}

// follow adds the file or the folder that a link leads to.
func (w *walker) follow(p string) {
	info, err := os.Stat(w.place(p))
	switch {
	case err != nil && w.opt.isNamed(p):
		w.refuse(p, fmt.Errorf("broken link: %w", cause(err)))
	case err != nil:
		w.found = append(w.found, file{path: p, kind: kindOf(p, "broken link")})
	case info.IsDir():
		w.links = append(w.links, p)
	default:
		w.add(p, info.Mode().Type())
	}
}

func (w *walker) add(p string, t fs.FileMode) {
	switch {
	case !w.opt.isCandidate(p):
		w.found = append(w.found, file{path: p, kind: kindOf(p, unliked)})
	case t != 0 && w.opt.isNamed(p):
		w.refuse(p, errors.New("not a regular file"))
	case t != 0:
		w.found = append(w.found, file{path: p, kind: special})
	case isIDX(p):
		x, err := idxFiles(w.place(p), p)
		if err != nil {
			w.refuse(p, err)
			return
		}
		w.found = append(w.found, file{path: p, inner: x.seq})
		w.containers = append(w.containers, x)
	default:
		w.found = append(w.found, w.file(p))
	}
}

func (w *walker) file(p string) file {
	return file{
		path: p,
		read: func() ([]byte, error) { return readFile(w.place(p)) },
		size: func() int64 {
			info, err := os.Stat(w.place(p))
			if err != nil {
				return 0
			}
			return info.Size()
		},
	}
}

func (w *walker) refuse(p string, reason error) {
	w.found = append(w.found, file{path: p, read: func() ([]byte, error) { return nil, reason }})
}

// place returns the path of a file that is given relative to the root.
func (w *walker) place(p string) string { return filepath.Join(w.root, filepath.FromSlash(p)) }

// readFile reads a file of a folder. It returns an error if the file changes
// meanwhile.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	data, err := readPicture(f, maxFile)
	if err != nil {
		return nil, cause(err)
	}
	after, err := f.Stat()
	if err != nil || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return nil, errChanged
	}
	return data, nil
}

// readPicture reads a file of fewer than limit bytes. If the file does not begin
// like a picture it returns only the beginning.
func readPicture(r io.Reader, limit int64) ([]byte, error) {
	head := make([]byte, picture.SniffLength)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF || err == nil && !picture.Known(head) {
		return head[:n], nil
	}
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, err
	}
	if int64(len(rest)) == limit {
		return nil, fmt.Errorf("file of more than %d MiB", limit>>20)
	}
	return append(head, rest...), nil
}

// cause returns err without the path, which the caller states already.
func cause(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}
