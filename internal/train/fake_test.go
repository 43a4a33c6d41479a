package train

import (
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// fakeEngine has the shape of an engine and a toy's arithmetic: a step moves
// every parameter by what the batch and the parameter itself say, so that a
// state which is not restored to the last bit shows in all that follows.
type fakeEngine struct {
	model *gan.Model
	state *gan.State
	steps []fakeStep

	failAt     int // the step whose Step fails, in calls of this engine; 0 none
	divergeAt  int // the step whose losses are NaN
	stillFrom  int // the step from which nothing moves
	poisonFrom int // the step from which the state holds an infinity
}

// fakeStep is what a call of Step was given.
type fakeStep struct{ real, z []float32 }

var errFake = errors.New("the engine fails")

func (e *fakeEngine) Step(b gan.Batch, rates config.Rates) (gan.Losses, error) {
	real, z := b.Real, b.Z
	e.steps = append(e.steps, fakeStep{slices.Clone(real.Data), slices.Clone(z.Data)})
	step := len(e.steps)
	if step == e.failAt {
		return gan.Losses{}, errFake
	}
	pull := mean(real.Data) + 3*mean(z.Data) + float32(100*rates.LRD+10*rates.LRG+rates.LabelSmoothing+rates.Gamma)
	for _, name := range slices.Sorted(maps.Keys(e.state.Tensors)) {
		x := e.state.Tensors[name].Data
		if e.stillFrom > 0 && step >= e.stillFrom {
			break
		}
		for i := range x {
			x[i] = 0.9*x[i] + float32(math.Sin(float64(pull+x[i]+float32(i))))
		}
	}
	if e.poisonFrom > 0 && step >= e.poisonFrom {
		e.state.Tensors["adam_v.generator.logits.bias"].Data[0] = float32(math.Inf(1))
	}
	e.state.UpdatesD++
	e.state.UpdatesG += int64(rates.GenUpdates)
	loss := float64(mean(e.state.Tensors["generator.logits.bias"].Data))
	if step == e.divergeAt {
		loss = math.NaN()
	}
	var l gan.Losses
	l.Set(gan.LossD, 2*loss)
	l.Set(gan.LossDOnReal, loss)
	l.Set(gan.LossDOnGenerated, loss)
	l.Set(gan.LossG, 1-loss)
	l.Set(gan.VerdictReal, 0.5)
	l.Set(gan.VerdictGenerated, 0.25)
	return l, nil
}

func (e *fakeEngine) Calibrate(z *tensor.Tensor) error {
	for _, n := range gan.Statistics(e.model.Generator, gan.SamplingMean, gan.SamplingVariance) {
		t := tensor.New(n.Shape...)
		for i := range t.Data {
			t.Data[i] = mean(z.Data) + mean(e.state.Tensors["generator.deconv1.weight"].Data)
		}
		e.state.Tensors[n.Name] = gan.Tensor{Kind: n.Kind, Tensor: t}
	}
	return nil
}

func (e *fakeEngine) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	out := tensor.New(z.Shape[0], e.model.Channels, e.model.Size, e.model.Size)
	shift := e.state.Tensors["generator.logits.bias"].Data[0]
	for i := range z.Shape[0] {
		for j := range out.Row(i) {
			out.Row(i)[j] = float32(math.Tanh(float64(z.Row(i)[j%e.model.NZ] + shift)))
		}
	}
	return out, nil
}

func (e *fakeEngine) State() (*gan.State, error) {
	return e.state.Copy(), nil
}

func (e *fakeEngine) SetState(s *gan.State) error {
	e.state = s.Copy()
	return e.model.Check(s)
}

func (e *fakeEngine) Close() {}

func mean(x []float32) float32 {
	sum := float32(0)
	for _, v := range x {
		sum += v
	}
	return sum / float32(len(x))
}

// tiny are the settings of a run of 12 steps, with checkpoints every 5 and sheets
// every 4.
func tiny(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Recipe(config.Reference)
	if err != nil {
		t.Fatal(err)
	}
	c.Size, c.NGF, c.NDF, c.NZ, c.Batch, c.Steps = 8, 2, 2, 4, 4, 12
	c.SampleEvery, c.CheckpointEvery, c.Keep = 4, 5, 2
	return c
}

func newFake(c *config.Config) *fakeEngine { return &fakeEngine{model: gan.NewModel(c)} }

// pictures are the embedded ones at the size of tiny, read once.
func pictures(t *testing.T) *dataset.Set {
	t.Helper()
	set, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var demo = sync.OnceValues(func() (*dataset.Set, error) {
	return dataset.Demo(dataset.Options{Size: 8, Channels: 3, Fit: config.FitCover, Filter: config.FilterAntialias})
})

func configFile(dir string) string     { return filepath.Join(dir, "config.json") }
func metricsFile(dir string) string    { return filepath.Join(dir, "metrics.jsonl") }
func requestsFolder(dir string) string { return filepath.Join(dir, "requests") }
