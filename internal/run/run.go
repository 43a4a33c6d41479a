// Package run manages run folders: their files, the lock that lets one process write into
// them, and the ways to read them.
//
//	config.json                            every setting, readable, replayable
//	checkpoints/step-00000500.safetensors  the whole state, of the newest and the best
//	checkpoints/step-00002500.weights.safetensors  now and then the weights alone
//	samples/step-00000500.png              the sheet of one fixed set of z
//	skipped.tsv                            the files that can't be used, if any
//	metrics.jsonl                          the losses, a line a step
//	data-features-1000.bin                 the data's side of the scores
//	events.out.tfevents.*                  TensorBoard, a file a session
//	requests/                              what other processes ask of the training
//	lock                                   held by the process that trains
//
// What a checkpoint needs to be continued to the same bits is on disk before the
// checkpoint has its name: the lines of metrics.jsonl up to its step. Whatever follows
// them is written again, byte for byte, when the run resumes.
package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/host"
)

// Run is a run folder that this process has locked, and the state of its training.
type Run struct {
	Dir    string
	Config *config.Config // Steps, Threads and Data may be changed before the training
	Model  *gan.Model
	Step   int     // steps made
	Saved  int     // the step of the newest full checkpoint, 0 if there is none
	TimeS  float64 // seconds of training before this session

	// Notes name the files that Open has found damaged, and what it uses instead.
	Notes   []string
	damaged []string // those files, until Prepare has set them aside

	snapshot *checkpoint.Snapshot // of Step, until State has handed it over; nil at step 0
	lock     *Lock
}

// ErrExists reports that the folder already holds a run.
var ErrExists = errors.New("the folder holds a run")

// ErrSettingsDiffer reports that config.json has been changed in a setting that the run keeps.
var ErrSettingsDiffer = errors.New("differs from the run's checkpoints")

// ErrWeightsOnly reports that no training can continue from a checkpoint.
var ErrWeightsOnly = errors.New("it has weights only: it makes pictures, and no training goes on from it")

func configFile(dir string) string  { return filepath.Join(dir, "config.json") }
func metricsFile(dir string) string { return filepath.Join(dir, "metrics.jsonl") }

// SkippedFile returns the path of the list of files that can't be used. It exists only
// if there are any.
func SkippedFile(dir string) string { return filepath.Join(dir, "skipped.tsv") }

// Checkpoints returns the folder of a run's checkpoints.
func Checkpoints(dir string) string { return filepath.Join(dir, "checkpoints") }

// Sheet returns the path of the sheet of a step.
func Sheet(dir string, step int) string {
	return filepath.Join(dir, "samples", fmt.Sprintf("step-%08d.png", step))
}

// Exists reports whether dir holds a run: a config.json, which is the first file of a run,
// or a checkpoint, which nobody would delete before the rest.
func Exists(dir string) bool {
	if _, err := os.Stat(configFile(dir)); err == nil {
		return true
	}
	list, err := checkpoint.List(Checkpoints(dir))
	return err == nil && len(list) > 0
}

// AmongPicturesError reports that a run folder would lie in the folder of the pictures,
// where its sheets would be taken for pictures of the set.
type AmongPicturesError struct{ Dir, Data string }

func (e *AmongPicturesError) Error() string {
	return fmt.Sprintf("the run folder %s would lie among the pictures of %s", e.Dir, e.Data)
}

// CheckOutside returns an *AmongPicturesError if dir, which need not exist yet, lies in
// data, the path of the pictures.
func CheckOutside(dir, data string) error {
	if info, err := os.Stat(data); err != nil || !info.IsDir() {
		return nil
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(host.RealPath(data), filepath.Join(host.RealPath(host.ExistingFolder(abs)), "x"))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil
	}
	return &AmongPicturesError{dir, data}
}

// FreeName returns the first of path, path-2, path-3, ... that does not exist.
func FreeName(path string) string {
	name := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// Create makes a new run in dir, a folder that holds no run or does not exist yet.
// After an error it leaves nothing of the run behind. The caller must close the run.
func Create(dir string, c *config.Config) (*Run, error) {
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := lockRun(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Config: c, Model: gan.NewModel(c), lock: lock}
	if Exists(dir) {
		r.Close()
		return nil, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	if err := r.fill(); err != nil {
		r.Close()
		r.remove(errors.Is(statErr, fs.ErrNotExist))
		return nil, err
	}
	return r, nil
}

// parts returns the folders in a run's folder.
func (r *Run) parts() []string {
	return []string{Checkpoints(r.Dir), filepath.Dir(Sheet(r.Dir, 0))}
}

// fill creates the folders and files of a run before its first step. Once config.json
// exists, a crash leaves a run that Open can continue.
func (r *Run) fill() error {
	if err := r.WriteConfig(); err != nil {
		return err
	}
	for _, sub := range r.parts() {
		if err := os.MkdirAll(sub, 0o777); err != nil {
			return err
		}
	}
	return nil
}

// remove undoes Create. Folders that contain files stay.
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

// Open locks the run in dir and reads its newest full checkpoint that is whole. A run that
// was killed before its first checkpoint is at step 0; its seed makes it the same run again.
// The caller must close the run.
func Open(dir string) (r *Run, err error) {
	if _, err := os.Stat(configFile(dir)); err != nil && !Exists(dir) {
		return nil, fmt.Errorf("open run: %w", err)
	}
	lock, err := lockRun(dir)
	if err != nil {
		return nil, err
	}
	r = &Run{Dir: dir, lock: lock}
	if err := r.read(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close removes the requests that came too late and releases the run's lock.
func (r *Run) Close() error {
	return errors.Join(os.RemoveAll(requestsFolder(r.Dir)), r.lock.Unlock())
}

// read reads the settings and the state of the training.
func (r *Run) read() error {
	c, configErr := ReadConfig(r.Dir)
	if configErr != nil && !replaceable(configErr) {
		return configErr
	}
	if err := r.readNewest(); err != nil {
		return err
	}
	switch {
	case configErr == nil:
		r.Config = c
	case r.snapshot == nil:
		return fmt.Errorf("%w; %w", configErr, ErrNoSettings)
	default:
		saved := *r.snapshot.Config
		r.Config = &saved
		restoreChanges(r.Dir, r.Config, r.snapshot.Step)
		r.damaged = append(r.damaged, configFile(r.Dir))
		path := filepath.Join(Checkpoints(r.Dir), checkpoint.Name(r.snapshot.Step))
		r.Notes = append(r.Notes, settingsNote(configErr, path))
	}
	r.Model = gan.NewModel(r.Config)
	if r.snapshot == nil {
		return nil
	}
	r.Step, r.Saved, r.TimeS = r.snapshot.Step, r.snapshot.Step, r.snapshot.Seconds
	return r.checkConfig(r.snapshot.Config)
}

// readNewest reads the newest full checkpoint that is whole, if there is any checkpoint.
func (r *Run) readNewest() error {
	list, err := newestFull(r.Dir)
	if err != nil {
		return err
	}
	newest, damaged, err := firstWhole(r.Dir, list, func(path string) (err error) {
		r.snapshot, err = checkpoint.Load(path)
		return err
	})
	if errors.Is(err, checkpoint.ErrNone) {
		return nil
	} else if err != nil {
		return err
	}
	if !r.snapshot.State.Full() {
		return fmt.Errorf("%s: %w", newest.Path, ErrWeightsOnly)
	}
	for _, path := range damaged {
		r.Notes = append(r.Notes, fmt.Sprintf("%s is damaged; going on from %s", path, newest.Path))
	}
	r.damaged = damaged
	return nil
}

// ReadConfig returns the settings of the run in dir, from its config.json.
func ReadConfig(dir string) (*config.Config, error) {
	text, err := os.ReadFile(configFile(dir))
	if err != nil {
		return nil, err
	}
	c, err := config.ParseRun(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile(dir), err)
	}
	return c, nil
}

// checkConfig refuses a config.json that differs from the settings in the newest
// checkpoint. Settings that have no effect on what is learnt may differ, and so may
// changes of settings after the checkpoint's step.
func (r *Run) checkConfig(saved *config.Config) error {
	now := *r.Config
	now.Take(saved, config.Resume)
	now.From = saved.From // the same weights may lie in another place
	if now.Data = saved.Data; slices.Equal(r.Config.PlansUntil(r.Step), saved.PlansUntil(r.Step)) {
		now.Plans = saved.Plans
	} else if now.Schedule == config.ScheduleCosine {
		now.Steps = r.Config.Steps // what is learnt depends on it
	}
	now.Changes = append(now.ChangesUntil(r.Step), saved.Changes[len(saved.ChangesUntil(r.Step)):]...)
	if reflect.DeepEqual(now, *saved) {
		return nil
	}
	return config.Hint(fmt.Errorf("%s: %q %w", configFile(r.Dir), firstDifference(&now, saved), ErrSettingsDiffer),
		"put it back to continue the run; a new run takes other settings")
}

// firstDifference returns the key of the first setting that differs.
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

// WriteConfig writes the settings to config.json.
func (r *Run) WriteConfig() error {
	return atomicfile.WriteBytes(configFile(r.Dir), 0o666, r.Config.JSON())
}

// Prepare makes the folder ready for a session that trains: it removes what a killed
// process has left, sets damaged files aside, and writes config.json and skipped.tsv, the table of files that
// can't be used, empty if all can.
func (r *Run) Prepare(skipped []byte) error {
	if err := checkpoint.RemoveStale(Checkpoints(r.Dir)); err != nil {
		return err
	}
	if err := errors.Join(r.setAside(), r.fill()); err != nil {
		return err
	}
	if len(skipped) > 0 {
		return atomicfile.WriteBytes(SkippedFile(r.Dir), 0o666, skipped)
	}
	if err := os.Remove(SkippedFile(r.Dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// State returns the state to train on from: the state in the newest full checkpoint, or the
// initial one at step 0. It hands a checkpoint's state over and keeps no reference. The
// data that the run was trained on must have the fingerprint data.
func (r *Run) State(data string) (*gan.State, error) {
	s := r.snapshot
	if s == nil {
		return r.initial()
	}
	if s.Data != data {
		return nil, config.Hintf(errors.New("the pictures are not those that the run was trained on"),
			"if the set has moved, say where it is with {data}; train a new run on another set")
	}
	r.snapshot = nil
	return s.State, nil
}
