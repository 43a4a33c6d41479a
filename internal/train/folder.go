// The run folder: made by Create, found again by Open.

package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"time"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Run is a run folder that this process has locked, and where its training stands.
type Run struct {
	Dir    string
	Config *config.Config // Steps, Threads and Data may be changed before Train
	Model  *gan.Model
	Step   int // steps made
	Saved  int // the step of the newest full checkpoint, 0 if there is none

	snapshot *checkpoint.Snapshot // of Step, until an engine has taken it over
	timeS    float64              // trained for so long before this session
	lock     *checkpoint.RunLock
	scoreN   int    // pictures that scores compare
	reals    *Reals // the data as they compare with, once measured
}

// ErrRunExists is that of a folder where a run is already.
var ErrRunExists = errors.New("the folder holds a run")

// ErrWeightsOnly is that of a checkpoint that was to be trained on from.
var ErrWeightsOnly = errors.New("it has weights only: it makes pictures, and no training goes on from it")

func configFile(dir string) string  { return filepath.Join(dir, "config.json") }
func metricsFile(dir string) string { return filepath.Join(dir, "metrics.jsonl") }

// SkippedFile is the list of the files that can't be used, if there are any.
func SkippedFile(dir string) string { return filepath.Join(dir, "skipped.tsv") }

// Checkpoints is the folder of a run's checkpoints.
func Checkpoints(dir string) string { return filepath.Join(dir, "checkpoints") }

// Sheet is the file of the sheet of a step.
func Sheet(dir string, step int) string {
	return filepath.Join(dir, "samples", fmt.Sprintf("step-%08d.png", step))
}

// Exists tells whether dir holds a run: config.json is the first thing that a
// run has, and a checkpoint the last that anybody would throw away.
func Exists(dir string) bool {
	if _, err := os.Stat(configFile(dir)); err == nil {
		return true
	}
	list, err := checkpoint.List(Checkpoints(dir))
	return err == nil && len(list) > 0
}

// FreeName returns path, or the first of path-2, path-3, ... where nothing is.
func FreeName(path string) string {
	name := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// Create makes a new run in dir, a folder that has no run or does not exist yet.
// After an error there is nothing of the run in it. Close the run at the end.
func Create(dir string, c *config.Config) (*Run, error) {
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := lockRun(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Config: c, Model: gan.NewModel(c), lock: lock, scoreN: scoreN}
	if Exists(dir) {
		r.Close()
		return nil, fmt.Errorf("%w: %s", ErrRunExists, dir)
	}
	if err := r.fill(); err != nil {
		r.Close()
		r.remove(errors.Is(statErr, fs.ErrNotExist))
		return nil, err
	}
	return r, nil
}

// parts are the folders in a run's folder.
func (r *Run) parts() []string {
	return []string{Checkpoints(r.Dir), filepath.Dir(Sheet(r.Dir, 0))}
}

// fill makes what a run has before its first step. Once there is a config.json,
// a crash leaves a run that Open and Train can continue.
func (r *Run) fill() error {
	if err := r.writeConfig(); err != nil {
		return err
	}
	for _, sub := range r.parts() {
		if err := os.MkdirAll(sub, 0o777); err != nil {
			return err
		}
	}
	return nil
}

// remove takes back what Create has made. Folders with files in them stay.
func (r *Run) remove(folderToo bool) {
	os.Remove(configFile(r.Dir))
	for _, sub := range r.parts() {
		if info, err := os.Stat(sub); err == nil && info.IsDir() {
			os.Remove(sub)
		}
	}
	os.Remove(filepath.Join(r.Dir, "lock"))
	if folderToo {
		os.Remove(r.Dir)
	}
}

// Open locks the run in dir and reads its newest full checkpoint. A run that was
// killed before its first one stands at step 0, and its seed makes it the same
// run again. Close the run at the end.
func Open(dir string) (r *Run, err error) {
	if _, err := os.Stat(configFile(dir)); err != nil {
		return nil, fmt.Errorf("open run: %w", err)
	}
	lock, err := lockRun(dir)
	if err != nil {
		return nil, err
	}
	r = &Run{Dir: dir, lock: lock, scoreN: scoreN}
	if err := r.read(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close throws away what was asked too late and releases the run's lock.
func (r *Run) Close() error {
	return errors.Join(os.RemoveAll(requestsFolder(r.Dir)), r.lock.Unlock())
}

// read finds out where the training stands.
func (r *Run) read() error {
	text, err := os.ReadFile(configFile(r.Dir))
	if err != nil {
		return err
	}
	if r.Config, err = config.ParseRun(text); err != nil {
		return fmt.Errorf("%s: %w", configFile(r.Dir), err)
	}
	r.Model = gan.NewModel(r.Config)
	newest, err := checkpoint.Latest(Checkpoints(r.Dir))
	if errors.Is(err, checkpoint.ErrNone) {
		return nil
	} else if err != nil {
		return err
	}
	if r.snapshot, err = checkpoint.Load(newest.Path); err != nil {
		return err
	}
	if !r.snapshot.State.Full() {
		return fmt.Errorf("%s: %w", newest.Path, ErrWeightsOnly)
	}
	r.Step, r.Saved, r.timeS = r.snapshot.Step, r.snapshot.Step, r.snapshot.Seconds
	return r.checkConfig(r.snapshot.Config)
}

// checkConfig refuses a config.json that says anything else than the newest
// checkpoint, but for what changes nothing that is learnt, and changes of settings
// that are still to come.
func (r *Run) checkConfig(saved *config.Config) error {
	now := *r.Config
	now.Take(saved, config.Resume)
	now.Data = saved.Data
	now.Changes = append(now.ChangesUntil(r.Step), saved.Changes[len(saved.ChangesUntil(r.Step)):]...)
	if reflect.DeepEqual(now, *saved) {
		return nil
	}
	return config.Hint(fmt.Errorf("%s: %q differs from the run's checkpoints", configFile(r.Dir), firstDifference(&now, saved)),
		"put it back to continue the run; a new run takes other settings: dcgan train --config FILE")
}

// firstDifference names a setting that differs.
func firstDifference(a, b *config.Config) string {
	var x, y map[string]any
	json.Unmarshal(a.JSON(), &x)
	json.Unmarshal(b.JSON(), &y)
	for key := range x {
		if !reflect.DeepEqual(x[key], y[key]) {
			return key
		}
	}
	return "settings"
}

// writeConfig replaces config.json, so that the run folder says what was asked last.
func (r *Run) writeConfig() error {
	return atomicfile.WriteBytes(configFile(r.Dir), 0o666, r.Config.JSON())
}

// writeSkipped lists the files that this session can't use.
func (r *Run) writeSkipped(pictures *dataset.Set) error {
	if len(pictures.Skipped()) > 0 {
		return atomicfile.WriteBytes(SkippedFile(r.Dir), 0o666, pictures.SkippedTSV())
	}
	if err := os.Remove(SkippedFile(r.Dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// begin readies everything for the step after r.Step.
func (r *Run) begin(e Engine, pictures *dataset.Set, report func(Progress)) (*session, error) {
	c := r.Config
	state := r.Model.Init(c.Seed)
	if s := r.snapshot; s != nil {
		if s.Data != pictures.Fingerprint() {
			return nil, config.Hint(errors.New("the pictures are not those that the run was trained on"),
				"if the set has moved, say where it is with --data; train a new run on another set")
		}
		state, r.snapshot = s.State, nil
	}
	if err := e.SetState(state); err != nil {
		return nil, err
	}
	debug.FreeOSMemory() // of a checkpoint that was read, as large as the engine's parameters
	if err := checkpoint.RemoveStale(Checkpoints(r.Dir)); err != nil {
		return nil, err
	}
	if err := r.fill(); err != nil {
		return nil, err
	}
	if err := r.writeSkipped(pictures); err != nil {
		return nil, err
	}
	s := &session{
		Run: r, engine: e, pictures: pictures, report: report, began: time.Now(),
		order: &dataset.Order{
			Seed: c.Seed, N: pictures.Len(), Replacement: c.Draw == config.DrawReplacement, Mirror: c.Mirror,
		},
		real:       tensor.New(c.Batch, c.Channels, c.Size, c.Size),
		scoreEvery: scoreEvery(c, r.Model, pictures.Len()),
	}
	if report == nil {
		s.report = func(Progress) {}
	}
	return s, s.readLog()
}

// readLog reads what the run's earlier sessions have written, and opens its log.
func (s *session) readLog() (err error) {
	if s.distance, err = distancesUntil(s.Dir, s.Step); err != nil {
		return err
	}
	if s.monitor, err = monitorUntil(s.Dir, s.Config, s.Step); err != nil {
		return err
	}
	if budget(s.Config) > 0 { // of a process that was killed there may be one more than its next save has room for
		if err := checkpoint.Prune(Checkpoints(s.Dir), s.retention()); err != nil {
			return err
		}
	}
	if s.log, err = openLog(s.Dir, s.Step); err != nil {
		return err
	}
	if err := s.introduce(); err != nil {
		return errors.Join(err, s.log.Close())
	}
	return nil
}

// introduce tells TensorBoard what this run is.
func (s *session) introduce() error {
	if s.Step == 0 {
		if err := s.log.events.Graph(graph(s.Model)); err != nil {
			return err
		}
	}
	return s.log.Settings(s.Step, s.Config.JSON())
}
