package dcgan

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/score"
)

// ErrNoCheckpoint is in the error of [Open] for a folder without a checkpoint.
var ErrNoCheckpoint = checkpoint.ErrNone

// ErrDamaged is in the errors of [Open] and [OpenTraining] for a run all of whose checkpoints are damaged.
var ErrDamaged = run.ErrNoneWhole

// The statistics that batch norm can use when pictures are made.
const (
	StatisticsCalibrated = config.StatisticsCalibrated // recorded with the checkpoint; the default
	StatisticsMoving     = config.StatisticsMoving     // averages of the training
	StatisticsBatch      = config.StatisticsBatch      // of the pictures that are made at a time
)

// Options say how a model makes pictures. The zero Options are the defaults.
type Options struct {
	Threads int // processor threads, 0 for one a core; never changes a picture

	// Batch is how many pictures are made at a time, 0 for as many as suit their size.
	// It changes the memory that they take, and pictures only with StatisticsBatch, which
	// takes 64 for 0.
	Batch int

	Statistics string // one of the constants above; "" is StatisticsCalibrated
}

// Model is a trained generator. It may be used by several goroutines, which wait for
// each other. Close it at the end.
type Model struct {
	options    Options
	checkpoint string // its file
	run        string // the run folder that it lies in, or ""
	snapshot   *checkpoint.Snapshot
	scores     *score.Scores
	damaged    []string // checkpoints that would have come first
	model      *gan.Model

	mu      sync.Mutex // held while the sampler works
	sampler engine.Sampler
}

// Open reads the model at path, a checkpoint file or a run folder. Of a run it takes the
// checkpoint with the best scores or, if none has been scored, the newest. It passes over
// damaged ones, which [Model.Damaged] lists.
func Open(path string) (*Model, error) { return OpenWith(path, Options{}) }

// OpenWith is [Open] with options.
func OpenWith(path string, o Options) (*Model, error) {
	if err := o.setDefaults(); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	m, err := read(path)
	if err != nil {
		return nil, err
	}
	m.options = o
	m.sampler, err = engine.OpenSampler(m.model, m.snapshot.State, o.Batch, o.Threads)
	if err != nil {
		return nil, err
	}
	m.snapshot.State = nil // the sampler has the weights
	return m, nil
}

// read reads the model at path, without a sampler.
func read(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	m := &Model{checkpoint: path, run: run.RunOf(path)}
	if info.IsDir() {
		var chosen run.Choice
		m.snapshot, chosen, err = run.LoadChosen(path)
		m.checkpoint, m.scores, m.damaged = chosen.Path, chosen.Scores, chosen.Damaged
	} else {
		m.snapshot, err = checkpoint.Load(path)
	}
	if err != nil {
		return nil, err
	}
	m.snapshot.State = m.snapshot.State.Weights() // so that the rest of a full state does not stay in memory
	m.model = gan.NewModel(m.snapshot.Config)
	return m, nil
}

func (o *Options) setDefaults() error {
	if o.Statistics == "" {
		o.Statistics = StatisticsCalibrated
	}
	switch {
	case !slices.Contains([]string{StatisticsCalibrated, StatisticsMoving, StatisticsBatch}, o.Statistics):
		return fmt.Errorf("no statistics are called %q", o.Statistics)
	case o.Batch < 0:
		return fmt.Errorf("a batch of %d pictures is not possible", o.Batch)
	case o.Threads < 0 || o.Threads > config.MaxThreads:
		return fmt.Errorf("%d threads are not possible", o.Threads)
	}
	return nil
}

// Close ends the model's threads. No method may be called after it.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sampler.Close()
	return nil
}

// Checkpoint returns the path of the checkpoint file that the model was read from.
func (m *Model) Checkpoint() string { return m.checkpoint }

// Damaged returns the paths of the checkpoints of its run that would have been taken
// before the model's, but are damaged.
func (m *Model) Damaged() []string { return slices.Clone(m.damaged) }

// Run returns the run folder that the checkpoint lies in, "" if it lies in none.
func (m *Model) Run() string { return m.run }

// Step returns the number of training steps that the model has behind it.
func (m *Model) Step() int { return m.snapshot.Step }

// Size returns the width and the height of its pictures in pixels.
func (m *Model) Size() int { return m.model.Size }

// Channels returns the channels of its pictures: 1 is grey, 3 RGB, 4 RGB with alpha.
func (m *Model) Channels() int { return m.model.Channels }

// Settings returns the settings that it was trained with.
func (m *Model) Settings() *Settings { return settingsOf(m.snapshot.Config) }

// Scores returns how good the checkpoint's pictures were found, or nil for one that was
// not chosen by its scores.
func (m *Model) Scores() *Scores { return scoresOf(m.scores) }

// Scores compare generated pictures with the training's.
type Scores struct {
	FD             float64 // Fréchet distance of features; less is better
	KID            float64 // squared kernel distance of features; less is better
	KIDStderr      float64 // its standard error
	Precision      float64 // share of generated pictures that look like the data
	Recall         float64 // share of the data that generated pictures look like
	Density        float64 // how densely the data surround generated pictures
	Coverage       float64 // share of the data that has a generated picture near it
	Realism        float64 // how near to the data generated pictures come, at most 1
	Closeness      float64 // how near to each picture of the data a generated one comes, at most 1
	SWD            float64 // sliced Wasserstein distance of pixels, times 1000; less is better
	NearDuplicates float64 // share of generated pictures that have a double
	Copies         float64 // share of generated pictures that are copies of pictures of the data
	Sharpness      float64 // energy of edges, relative to the data's
	N              int     // number of generated pictures
}

func scoresOf(s *score.Scores) *Scores {
	if s == nil {
		return nil
	}
	scores := Scores(*s)
	return &scores
}
