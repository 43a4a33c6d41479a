package web

// Which checkpoints are whole. Those that are damaged are not shown, so that nobody is led
// to one of them in place of the newest or the best that makes pictures.

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"dcgan/internal/checkpoint"
	"dcgan/internal/run"
)

// wholeCache remembers what was found of checkpoints, since reading one takes long.
type wholeCache struct {
	mu    sync.Mutex
	found map[string]finding // by path
}

// finding is whether a file was whole when it was read.
type finding struct {
	info  fs.FileInfo
	whole bool
}

// isWhole reports whether the checkpoint at path is not damaged. It reads a file once. A file that
// can't be opened is not damaged.
func (w *wholeCache) isWhole(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f, ok := w.found[path]
	if ok && f.info.Size() == info.Size() && f.info.ModTime().Equal(info.ModTime()) {
		return f.whole
	}
	_, err = checkpoint.Verify(path)
	if w.found == nil {
		w.found = map[string]finding{}
	}
	w.found[path] = finding{info, !errors.Is(err, checkpoint.ErrCorrupt)}
	return w.found[path].whole
}

// checkpoints lists the checkpoints of the run in dir, without damaged ones from the newest
// full one that is whole on. Older ones are not read for this.
func (s *Server) checkpoints(dir string) ([]checkpoint.Entry, error) {
	list, err := checkpoint.List(run.Checkpoints(dir))
	var kept []checkpoint.Entry
	for i, e := range slices.Backward(list) {
		if !s.wholes.isWhole(e.Path) {
			continue
		}
		if kept = append(kept, e); e.Full {
			slices.Reverse(kept)
			return slices.Concat(list[:i], kept), err
		}
	}
	slices.Reverse(kept)
	return kept, err
}
