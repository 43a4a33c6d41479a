// Which checkpoint of a run makes its pictures.

package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"dcgan/internal/checkpoint"
	"dcgan/internal/score"
)

// Choice is the checkpoint of a run that makes its pictures.
type Choice struct {
	checkpoint.Entry
	Scores  *score.Scores // nil if no checkpoint has been scored, so that it is the newest
	Damaged []string      // the checkpoints that would come before it, but are damaged
}

// Choose returns the checkpoint, full or of weights only, of the run in dir that has the
// best scores or, if none has been scored, the newest. It passes over damaged ones. The
// error is checkpoint.ErrNone if there is none, ErrNoneWhole if all are damaged.
func Choose(dir string) (Choice, error) { return choose(dir, verify) }

// choose is Choose with the function that finds whether a checkpoint is damaged.
func choose(dir string, read func(path string) error) (c Choice, err error) {
	scores, err := Scores(dir)
	if err != nil {
		return c, err
	}
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return c, err
	}
	bestFirst(list, scores)
	c.Entry, c.Damaged, err = firstWhole(dir, list, read)
	c.Scores = scores[c.Step]
	return c, err
}

// LoadChosen reads the checkpoint that Choose returns. A training that is under way may
// delete that file before it is open; then it chooses again.
func LoadChosen(dir string) (s *checkpoint.Snapshot, c Choice, err error) {
	for range 3 {
		c, err = choose(dir, func(path string) (err error) {
			s, err = checkpoint.Load(path)
			return err
		})
		if !errors.Is(err, fs.ErrNotExist) {
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
