// The contents of a run: its checkpoints, their scores, its alarms.

package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dcgan/internal/alarm"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/score"
)

// Summary describes the contents of a run.
type Summary struct {
	Run         string            `json:"run"` // its folder
	Data        string            `json:"data"`
	Steps       int               `json:"steps"` // to reach in all
	Parent      string            `json:"parent,omitempty"`
	ParentStep  int               `json:"parent_step,omitempty"`
	Checkpoints []CheckpointEntry `json:"checkpoints"`
	Alarms      []alarm.Episode   `json:"alarms,omitempty"`
	Note        string            `json:"note,omitempty"` // what is used in place of a damaged config.json
}

// CheckpointEntry is a checkpoint in a Summary.
type CheckpointEntry struct {
	Step   int    `json:"step"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	Full   bool   `json:"full"` // false if it has weights only
	Best   bool   `json:"best"`
	Newest bool   `json:"newest"` // of the full ones that are whole

	// Damaged reports that the checkpoint would be the best or the newest if it were whole.
	// Other checkpoints are not examined.
	Damaged bool          `json:"damaged,omitempty"`
	Scores  *score.Scores `json:"scores,omitempty"`
}

// Folders returns dir itself if it is a run, and otherwise the runs in it.
func Folders(dir string) ([]string, error) {
	if Exists(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if d := filepath.Join(dir, e.Name()); Exists(d) {
			list = append(list, d)
		}
	}
	return list, nil
}

// Summarize returns the summary of the run in dir.
func Summarize(dir string) (*Summary, error) {
	r := &Summary{Run: dir, Checkpoints: []CheckpointEntry{}}
	c, note, err := Settings(dir)
	if err == nil {
		r.Data, r.Steps, r.Parent, r.ParentStep, r.Note = c.Data, c.Steps, c.Parent, c.ParentStep, note
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if r.Alarms, err = Alarms(dir); err != nil {
		return nil, err
	}
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return nil, err
	}
	scores, err := Scores(dir)
	if err != nil {
		return nil, err
	}
	best, err := Choose(dir)
	if err != nil && !none(err) {
		return nil, err
	}
	fulls, err := newestFull(dir)
	if err != nil {
		return nil, err
	}
	newest, damaged, err := firstWhole(dir, fulls, verify)
	if err != nil && !none(err) {
		return nil, err
	}
	damaged = append(damaged, best.Damaged...)
	for _, e := range list {
		info, err := os.Stat(e.Path)
		if err != nil { // a training that goes on has deleted it
			continue
		}
		r.Checkpoints = append(r.Checkpoints, CheckpointEntry{
			Step: e.Step, Path: e.Path, Bytes: info.Size(), Full: e.Full,
			Best: e.Path == best.Path && best.Scores != nil, Newest: e.Path == newest.Path,
			Damaged: slices.Contains(damaged, e.Path), Scores: scores[e.Step],
		})
	}
	return r, nil
}

// none reports whether err says that there is no checkpoint, or none that is whole.
func none(err error) bool { return errors.Is(err, checkpoint.ErrNone) || errors.Is(err, ErrNoneWhole) }

// FullAt returns the full checkpoint of a step of the run in dir. The hint of its error
// lists the steps that have one.
func FullAt(dir string, step int) (at checkpoint.Entry, err error) {
	list, err := checkpoint.List(Checkpoints(dir))
	if err != nil {
		return at, err
	}
	err = fmt.Errorf("%s has no checkpoint of step %d", dir, step)
	for _, e := range list {
		if e.Step == step && e.Full {
			return e, nil
		} else if e.Step == step {
			err = fmt.Errorf("%s has kept only the weights of step %d, which make pictures: no training goes on from them",
				dir, step)
		}
	}
	return at, config.Hint(err, "there are "+FullSteps(list))
}

// FullSteps returns the steps of the full checkpoints of a list, separated by commas.
func FullSteps(list []checkpoint.Entry) string {
	var steps []string
	for _, e := range list {
		if e.Full {
			steps = append(steps, strconv.Itoa(e.Step))
		}
	}
	return strings.Join(steps, ", ")
}
