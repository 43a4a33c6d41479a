package dcgan

import (
	"context"
	"fmt"

	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

// Candidates are the pictures that [Model.Best] picks from: with the seeds First,
// First+1, ..., N of them.
type Candidates struct {
	First uint64
	N     int

	// Data are real pictures to compare with. With nil they are those that the model
	// was trained on, which the model's run need not have any more once it has
	// measured them (Measured).
	Data *Data

	// Looking, if any, is called with the number of candidates seen so far.
	Looking func(seen int)
}

// Picked is a picture that [Model.Best] has picked.
type Picked struct {
	Seed    uint64
	Realism float64 // how near it is to the real pictures; 1, the most, is as near as they are to each other
}

// Measured reports whether the model's run keeps the features of its pictures, so that
// [Model.Best] compares with them though they are gone.
func (m *Model) Measured() bool {
	e, err := score.Embedded()
	return err == nil && m.kept(e) != nil
}

func (m *Model) kept(e *score.Extractor) []float32 {
	if m.run == "" {
		return nil
	}
	return run.CachedFeatures(m.run, e, m.snapshot)
}

// Best picks n pictures of many that look most real and unlike each other, the most real
// first. It also returns the mean realism of all candidates.
func (m *Model) Best(ctx context.Context, n int, of Candidates) (picked []Picked, mean float64, err error) {
	switch {
	case n < 1 || of.N < n:
		return nil, 0, fmt.Errorf("pick the best %d of %d pictures: not possible", n, of.N)
	case of.First > of.First+uint64(of.N-1):
		return nil, 0, fmt.Errorf("seed %d leaves no room for %d pictures", of.First, of.N)
	case m.options.Statistics == StatisticsBatch:
		return nil, 0, fmt.Errorf("pick the best pictures: with the statistics of a batch a seed alone makes no picture")
	}
	e, err := score.Embedded()
	if err != nil {
		return nil, 0, err
	}
	data, err := m.dataFeatures(ctx, e, of.Data)
	if err != nil {
		return nil, 0, err
	}
	samples, err := e.Candidates(ctx, m.candidates(ctx, of), indices(of.N), m.form())
	if err != nil {
		return nil, 0, err
	}
	realism, err := score.Realism(data, samples.Features, e.Dim, m.options.Threads)
	if err != nil {
		return nil, 0, err
	}
	for _, i := range score.Pick(samples, realism, n) {
		picked = append(picked, Picked{of.First + uint64(i), realism[i]})
	}
	for _, r := range realism {
		mean += r / float64(len(realism))
	}
	return picked, mean, nil
}

// dataFeatures returns the features of real pictures: of data or, if that is nil, of those
// that the model was trained on.
func (m *Model) dataFeatures(ctx context.Context, e *score.Extractor, data *Data) ([]float32, error) {
	if data == nil {
		if kept := m.kept(e); kept != nil {
			return kept, nil
		}
		own, err := OpenData(ctx, m.Settings(), DataOptions{})
		if err != nil {
			return nil, fmt.Errorf("measure real pictures to compare with: %w", err)
		}
		defer own.Close()
		data = own
	}
	runDir := m.run
	if data.set.Fingerprint() != m.snapshot.Data {
		runDir = "" // it keeps the features of its own pictures only
	}
	c := *m.snapshot.Config
	c.Threads = m.options.Threads
	return run.DataFeatures(ctx, runDir, e, data.set, &c)
}

func (m *Model) form() score.Form {
	return score.Form{Size: m.model.Size, Channels: m.model.Channels, Threads: m.options.Threads}
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// candidates returns the pictures to pick from, made as they are looked at.
func (m *Model) candidates(ctx context.Context, of Candidates) score.Pictures {
	p := &train.Painter{
		Model: m.model, Rounding: m.snapshot.Config.Rounding, First: of.First,
		Generate: func(z *tensor.Tensor, _ string) (*tensor.Tensor, error) { return m.generate(ctx, z) },
	}
	return &watched{p, of.Looking}
}

// watched is a painter that tells how far it is.
type watched struct {
	*train.Painter
	looking func(seen int)
}

func (w *watched) Batch(dst *tensor.Tensor, indices []int) error {
	if w.looking != nil {
		w.looking(indices[0])
	}
	return w.Painter.Batch(dst, indices)
}
