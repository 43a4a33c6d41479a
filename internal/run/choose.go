// Which checkpoint of a run makes its pictures.

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"dcgan/internal/checkpoint"
	"dcgan/internal/score"
)

// Choice is the checkpoint of a run that makes its pictures.
type Choice struct {
	checkpoint.Entry
	Scores *score.Scores // nil if no checkpoint has been scored, so that it is the newest
}

// Choose returns the checkpoint, full or of weights only, of the run in dir that has the
// best scores or, if none has been scored, the newest. The error is checkpoint.ErrNone
// if there is none.
func Choose(dir string) (Choice, error) {
	if best, scores, err := Best(dir); err == nil {
		return Choice{best, scores}, nil
	}
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return Choice{}, err
	}
	if len(list) == 0 {
		return Choice{}, fmt.Errorf("%s: %w", dir, checkpoint.ErrNone)
	}
	return Choice{Entry: list[len(list)-1]}, nil
}

// LoadChosen reads the checkpoint that Choose returns. A training that is under way may
// delete that file before it is open; then it chooses again.
func LoadChosen(dir string) (s *checkpoint.Snapshot, c Choice, err error) {
	for range 3 {
		if c, err = Choose(dir); err != nil {
			return nil, c, err
		}
		if s, err = checkpoint.Load(c.Path); !errors.Is(err, fs.ErrNotExist) {
			return s, c, err
		}
	}
	return nil, c, err
}

// RunOf returns the run that path names: a run folder itself or, of one of its
// checkpoints, the folder. It returns "" for a checkpoint that lies elsewhere.
func RunOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	run := filepath.Dir(filepath.Dir(path))
	if filepath.Dir(path) != Checkpoints(run) || !Exists(run) {
		return ""
	}
	return run
}
