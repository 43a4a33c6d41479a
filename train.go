package dcgan

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/host"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// ErrRunExists is in the error of [Train] for a folder that holds a run.
var ErrRunExists = run.ErrExists

// Progress is where a training stands after a step.
type Progress struct {
	Run         string             // its folder
	Step, Steps int                // made, and to reach
	Losses      map[string]float64 // the step's figures by their names in metrics.jsonl, such as "generator_loss"
	Scores      *Scores            // nil at steps that are not scored
	Best        bool               // they are the best so far of several
	Alarms      []string           // that begin or end with the step, in words
	Notes       []string           // what else happened, in words
}

// Train trains a new model in the run folder dir, which it makes, on the pictures that
// the settings name. It calls report, which may be nil, after each step. It returns the
// folder of the run: dir or, if an alarm led back to an earlier checkpoint, the
// folder of the run that was made from it.
//
// Once ctx is cancelled Train finishes the running step, saves, and returns an error
// that wraps ctx.Err(); [Resume] continues from there.
func Train(ctx context.Context, dir string, s *Settings, report func(Progress)) (folder string, err error) {
	t, err := NewTraining(dir, s)
	if err != nil {
		return "", err
	}
	return t.all(ctx, report)
}

// Resume continues the training of the run in dir, up to steps steps in all, or as many as
// the run is planned for if steps is 0. With 0 the result is the same as if the run had
// never stopped; with another number, rates that follow a schedule follow the new plan from
// here on. A run that has made that many steps already does not change. report and the
// returned folder are as for [Train].
func Resume(ctx context.Context, dir string, steps int, report func(Progress)) (folder string, err error) {
	t, err := OpenTraining(dir)
	if err != nil {
		return "", err
	}
	if steps != 0 {
		if err := t.Set("steps", steps); err != nil {
			return "", errors.Join(err, t.Close())
		}
	}
	return t.all(ctx, report)
}

// all runs and closes the training.
func (t *Training) all(ctx context.Context, report func(Progress)) (folder string, err error) {
	t.Report = report
	err = t.Run(ctx)
	if t.run != nil {
		folder = t.Folder()
	}
	return folder, errors.Join(err, t.Close())
}

// Training is a training that is about to begin or to go on. [Train] and [Resume] are
// shorter; a program that has to say or to do more between the checks, the reading of the
// pictures and the first step uses a Training. Close it at the end.
type Training struct {
	Strict bool // a picture file that can't be used is an error; otherwise it is skipped

	// End is when the training should make its last step. Run measures a step and plans as
	// many as fit; it plans again if the machine turns out slower or faster. The zero time
	// stands for the steps that the settings say.
	End time.Time

	Reading func(files, all int) error // as in DataOptions
	Read    func() error               // called when the pictures are read and the steps planned; its error ends all
	Begin   func()                     // called before the first step, once the run exists
	Report  func(Progress)             // called after each step
	Note    func(string)               // called with what happens between steps, in words; nil adds it to Progress

	// Taken is called if another training has taken the folder of a new run since
	// NewTraining. It returns another folder. With nil that is an error.
	Taken func() string

	dir    string
	config *config.Config
	run    *run.Run // nil of a new one that is not made yet
	data   *Data    // nil before Run has read it
	stepS  float64  // seconds of a step, measured for a training with an End

	named func(key string) bool // the settings that keep their values; nil for all
}

// NewTraining returns the training of a new model in the run folder dir, which [Training.Run]
// makes. The folder must be possible: writable, without a run, not among the pictures.
func NewTraining(dir string, s *Settings) (*Training, error) {
	c, err := s.complete()
	if err != nil {
		return nil, err
	}
	if run.Exists(dir) {
		return nil, fmt.Errorf("%w already: %s", ErrRunExists, dir)
	}
	if err := run.CheckOutside(dir, c.Data); err != nil {
		return nil, err
	}
	if err := host.CheckWritable(dir); err != nil {
		return nil, err
	}
	if err := run.CheckFrom(c); err != nil {
		return nil, err
	}
	return &Training{dir: dir, config: c}, nil
}

// OpenTraining locks the run in dir and returns its training, which goes on from the newest checkpoint
// that is whole. A damaged config.json is replaced by the settings in the checkpoint. [Training.Damage]
// tells of both.
func OpenTraining(dir string) (*Training, error) {
	r, err := run.Open(dir)
	if err != nil {
		return nil, err
	}
	return &Training{dir: dir, config: r.Config, run: r}, nil
}

// Set gives a setting a value, as [Settings.Set] does. Of a run that exists only those may
// change on which nothing that is learnt depends, among them "data", "steps" and "threads".
func (t *Training) Set(key string, value any) error {
	row := config.Lookup(key)
	if t.run != nil && key != keyData && (row == nil || !row.Is(config.Resume)) {
		return fmt.Errorf("a run keeps its %s", key)
	}
	s := settingsOf(t.config)
	if err := s.Set(key, value); err != nil {
		return err
	}
	steps := s.config.Steps
	s.config.Changes, s.config.Plans, s.config.Steps = t.config.Changes, t.config.Plans, t.config.Steps
	if t.run != nil && steps != t.config.Steps {
		s.config.Replan(t.run.Step, steps)
	} else {
		s.config.Steps = steps
	}
	c, err := s.complete()
	if err != nil {
		return err
	}
	*t.config = *c
	return nil
}

// Follow lets settings of a new run follow its pictures, the machine and the time that it may
// take, 0 if it has no End. Those that named reports keep their values. Follow reports whether
// any setting can follow: with the recipe "vivid" only.
func (t *Training) Follow(ctx context.Context, d time.Duration, named func(key string) bool) (bool, error) {
	t.named = named
	facts, err := train.Follow(ctx, t.config, d, named)
	if err != nil {
		return false, err
	}
	if _, err = settingsOf(t.config).complete(); err != nil {
		return false, err
	}
	return facts != (config.Facts{}), nil
}

// Waste returns in words what a training with these settings on these pictures would waste, ""
// if nothing much. It may measure steps.
func (t *Training) Waste(ctx context.Context) (string, error) {
	return train.Foolish(ctx, t.config, t.data.set)
}

// Folder returns the folder of the run.
func (t *Training) Folder() string {
	if t.run != nil {
		return t.run.Dir
	}
	return t.dir
}

// Damage says in words which files of the run were found damaged, and what is used in their place.
// The training renames them with the ending .damaged once it begins.
func (t *Training) Damage() []string {
	if t.run == nil {
		return nil
	}
	return slices.Clone(t.run.Notes)
}

// Settings returns the settings of the run.
func (t *Training) Settings() *Settings { return settingsOf(t.config) }

// Step returns the number of steps that the run has made.
func (t *Training) Step() int {
	if t.run == nil {
		return 0
	}
	return t.run.Step
}

// Saved returns the step of the newest checkpoint that the training can go on from, 0 if there is none.
func (t *Training) Saved() int {
	if t.run == nil {
		return 0
	}
	return t.run.Saved
}

// StepTime returns the time of a step that Run has measured for a training with an End.
func (t *Training) StepTime() time.Duration { return time.Duration(t.stepS * float64(time.Second)) }

// From returns the checkpoint whose weights the run begins with, if it begins with any.
func (t *Training) From() (checkpoint string, ok bool) { return t.config.From, t.config.From != "" }

// Done reports whether the run has made all its steps.
func (t *Training) Done() bool { return t.Step() >= t.config.Steps }

// Data returns the pictures of the training, nil before Read is called.
func (t *Training) Data() *Data { return t.data }

// Check returns an error if this machine can't train with the settings, or has too little
// memory or disk for it. [Training.Run] checks that too.
func (t *Training) Check() error {
	if err := engine.Check(t.config); err != nil {
		return err
	}
	if t.run != nil {
		return t.checkResumed()
	}
	if err := train.CheckMemory(t.config); err != nil {
		return err
	}
	return run.CheckDisk(t.config, t.dir, 0)
}

// checkResumed is Check for a run that exists. Its hints speak of what may change.
func (t *Training) checkResumed() error {
	if err := train.CheckMemory(t.config); err != nil {
		return config.Hint(err, "a run keeps its settings: close other programs, or go on on a machine with more")
	}
	used, err := checkpoint.Used(run.Checkpoints(t.run.Dir))
	if err != nil {
		return err
	}
	if err := run.CheckDisk(t.config, t.run.Dir, used); err != nil {
		return config.Hintf(err, "make room, or let fewer stay: {keep}, {keep_best}, {snapshot_every} or {disk_budget}")
	}
	return nil
}

// Run reads the pictures and trains the run to its last step, with the promises of [Train].
// It does nothing if the run has made all its steps and the training has no End.
func (t *Training) Run(ctx context.Context) error {
	if t.Done() && t.End.IsZero() {
		return nil
	}
	if err := t.Check(); err != nil {
		return err
	}
	if err := t.read(ctx); err != nil {
		return err
	}
	if !t.End.IsZero() {
		if err := t.plan(ctx); err != nil {
			return err
		}
	}
	if t.Read != nil {
		if err := t.Read(); err != nil {
			return err
		}
	}
	e, err := engine.Open(t.config)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := ctx.Err(); err != nil { // no run begins that is to end at once
		return err
	}
	if t.run == nil {
		if err := t.create(); err != nil {
			return err
		}
	}
	if t.Begin != nil {
		t.Begin()
	}
	return t.train(ctx, e)
}

// checkEvery is the number of files after which the available memory is checked again.
const checkEvery = 256

// read reads the pictures. They may leave too little memory for the training.
func (t *Training) read(ctx context.Context) (err error) {
	t.data, err = OpenData(ctx, settingsOf(t.config), DataOptions{Strict: t.Strict, Reading: func(files, all int) error {
		if t.Reading != nil {
			if err := t.Reading(files, all); err != nil {
				return err
			}
		}
		if files%checkEvery == 0 {
			return train.CheckMemory(t.config)
		}
		return nil
	}})
	return err
}

// plan plans as many steps as fit into the time until End. Their files may be more than the
// disk has room for.
func (t *Training) plan(ctx context.Context) (err error) {
	if t.stepS, err = train.PlanUntil(ctx, t.config, t.data.set, t.Step(), t.End); err != nil {
		return err
	}
	if t.named != nil {
		t.config.FollowLength(t.stepS, t.named)
	}
	return t.Check()
}

// create makes the run.
func (t *Training) create() (err error) {
	t.run, err = run.Create(t.dir, t.config)
	for t.Taken != nil && (errors.Is(err, run.ErrExists) || errors.Is(err, run.ErrLocked)) {
		t.dir = t.Taken()
		t.run, err = run.Create(t.dir, t.config)
	}
	return err
}

// train trains the run and, if an alarm leads back, the run that it becomes.
func (t *Training) train(ctx context.Context, e engine.Engine) error {
	var notes []string
	training := &train.Training{
		Engine: e, Pictures: t.data.set, End: t.End, Note: t.Note,
		Report: func(p train.Progress) {
			if t.Report != nil {
				t.Report(t.progress(p, notes))
			}
			notes = nil
		},
	}
	if training.Note == nil {
		training.Note = func(note string) { notes = append(notes, note) }
	}
	err := training.Run(ctx, t.run)
	t.config = t.run.Config
	return err
}

func (t *Training) progress(p train.Progress, notes []string) Progress {
	return Progress{
		Run: t.run.Dir, Step: p.Step, Steps: p.Steps, Losses: p.Losses.Map(),
		Scores: scoresOf(p.Scores), Best: p.Best, Alarms: p.AlarmLines(), Notes: append(notes, p.Notes...),
	}
}

// Close releases the pictures and the lock of the run.
func (t *Training) Close() error {
	var err error
	if t.data != nil {
		err = t.data.Close()
	}
	if t.run != nil {
		err = errors.Join(err, t.run.Close())
	}
	return err
}

// complete returns the settings, checked, with the path of the data from the root.
func (s *Settings) complete() (*config.Config, error) {
	c := settingsOf(&s.config).config
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := run.CheckBudget(&c); err != nil {
		return nil, err
	}
	if c.Data != "" {
		path, err := filepath.Abs(c.Data)
		if err != nil {
			return nil, fmt.Errorf("find the pictures: %w", err)
		}
		c.Data = path
	}
	return &c, nil
}
