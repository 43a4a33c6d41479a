// The two sides of a comparison: real pictures, and samples of a generator or of
// a folder.

package main

import (
	"context"
	"io"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

// realSide is the measured data.
type realSide struct {
	*run.MeasuredData
	config *config.Config
	set    *dataset.Set
}

// measureData measures the real pictures; their features are taken from the folder
// cache, or kept there, if that is not "". The caller closes the set.
func (f *scoreFlags) measureData(ctx context.Context, c *config.Config, e *score.Extractor, cache string,
	stderr io.Writer) (*realSide, error) {
	set, err := openData(ctx, c, false, stderr)
	if err != nil {
		return nil, err
	}
	r, err := run.MeasureData(ctx, cache, e, set, c, f.n)
	if err != nil {
		set.Close()
		return nil, err
	}
	return &realSide{r, c, set}, nil
}

// scoreSnapshot scores the pictures of a checkpoint.
func (f *scoreFlags) scoreSnapshot(ctx context.Context, source string, s *checkpoint.Snapshot, real *realSide, stdout,
	stderr io.Writer) error {
	model := gan.NewModel(s.Config)
	sampler, err := engine.OpenSampler(model, s.State, 0, f.threads)
	if err != nil {
		return err
	}
	defer sampler.Close()
	split := report.SplitOther
	if real.set.Fingerprint() == s.Data {
		split = report.SplitTrain
	}
	from := &train.Painter{Model: model, Generate: sampler.Generate, Rounding: s.Config.Rounding}
	return f.compare(ctx, real, from, upTo(f.n), &report.Scores{Source: source, Step: &s.Step, Split: split}, stdout)
}

// scoreFolder scores the pictures of a folder or archive.
func (f *scoreFlags) scoreFolder(ctx context.Context, source string, c *config.Config, real *realSide, stdout,
	stderr io.Writer) error {
	own := *c
	own.Data = source
	set, err := openData(ctx, &own, false, stderr)
	if err != nil {
		return err
	}
	defer set.Close()
	return f.compare(ctx, real, set, score.Choose(set.Len(), f.n), &report.Scores{Source: source,
		Split: report.SplitOther}, stdout)
}

// compare measures samples, prints how they compare, and writes the nearest pictures.
func (f *scoreFlags) compare(ctx context.Context, real *realSide, from score.Pictures, which []int, s *report.Scores,
	stdout io.Writer) error {
	sample, err := real.Extractor.Measure(ctx, from, which, run.Form(real.config))
	if err != nil {
		return err
	}
	scores, nearest, err := score.Compare(real.Sample, sample, f.threads)
	if err != nil {
		return err
	}
	s.Scores, s.Name, s.FID = scores, dataName(real.config.Data), f.inception != ""
	s.Data, s.DataN, s.DataAll, s.Features = real.config.Data, len(real.Chosen), real.set.Len(), real.Extractor.Name
	if real.Floor != nil {
		s.Floor = real.Floor.For(sample.N, len(real.Chosen))
	}
	if err := f.print(stdout, s); err != nil {
		return err
	}
	return f.writeNearest(real, from, which, nearest)
}

// pairs is how many samples a sheet of nearest pictures has, and pairColumns its
// columns, samples and pictures in turn.
const (
	pairs       = 32
	pairColumns = 8
)

// writeNearest writes samples, each with the real picture nearest to it at its right.
func (f *scoreFlags) writeNearest(real *realSide, from score.Pictures, which []int, nearest []score.Match) error {
	if f.nearest == "" {
		return nil
	}
	n := min(pairs, len(which))
	c := real.config
	samples, matches := tensor.New(n, c.Channels, c.Size, c.Size), tensor.New(n, c.Channels, c.Size, c.Size)
	indices := make([]int, n)
	for i := range indices {
		indices[i] = real.Chosen[nearest[i].Index]
	}
	if err := from.Batch(samples, which[:n]); err != nil {
		return err
	}
	if err := real.set.Batch(matches, indices); err != nil {
		return err
	}
	sheet := tensor.New(2*n, c.Channels, c.Size, c.Size)
	for i := range n {
		copy(sheet.Row(2*i), samples.Row(i))
		copy(sheet.Row(2*i+1), matches.Row(i))
	}
	return writePNG(f.nearest, picture.Sheet(sheet, pairColumns, c.Rounding))
}

// upTo returns 0 to n-1.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}
