// generate --best: the seeds of the best pictures of many.

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

// pick returns the seeds of the best pictures, the most real first, and tells them.
func (f *generateFlags) pick(ctx context.Context, source string, s *checkpoint.Snapshot, stderr io.Writer) ([]uint64, error) {
	e, err := score.Embedded()
	if err != nil {
		return nil, err
	}
	data, err := f.dataFeatures(ctx, source, s, e, stderr)
	if err != nil {
		return nil, err
	}
	samples, err := f.sampleFeatures(ctx, s, e, stderr)
	if err != nil {
		return nil, err
	}
	realism, err := score.Realism(data, samples, e.Dim, f.threads)
	if err != nil {
		return nil, err
	}
	picked := score.Pick(samples, e.Dim, realism, f.best)
	seeds, words := make([]uint64, len(picked)), make([]string, len(picked))
	var mean, meanAll float64
	for i, p := range picked {
		seeds[i] = f.seed + uint64(p)
		words[i] = fmt.Sprint(seeds[i])
		mean += realism[p] / float64(len(picked))
	}
	for _, r := range realism {
		meanAll += r / float64(len(realism))
	}
	fmt.Fprintf(stderr, "the best %d of %d, realism %.3f (of all %.3f), are those of the seeds %s\n",
		f.best, f.of, mean, meanAll, strings.Join(words, ", "))
	return seeds, nil
}

// dataFeatures are those of the real pictures: of --data, or of the run's data, which
// the run keeps.
func (f *generateFlags) dataFeatures(ctx context.Context, source string, s *checkpoint.Snapshot, e *score.Extractor, stderr io.Writer) ([]float32, error) {
	run := runOf(source)
	c := *s.Config
	c.Threads = f.threads
	switch {
	case f.data != "":
		path, err := filepath.Abs(f.data)
		if err != nil {
			return nil, err
		}
		c.Data = path
	case run == "":
		return nil, usagef("name the real pictures: --data", "%s lies in no run: --best does not know what to compare with", source)
	default:
		if kept := train.KeptFeatures(run, e, s); kept != nil {
			return kept, nil
		}
	}
	set, err := openData(ctx, &c, false, stderr)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("measure real pictures to compare with: %w", err),
			"--data says where the run's pictures are; once they have been measured the run needs them no more")
	}
	defer set.Close()
	if set.Fingerprint() != s.Data {
		run = "" // keeps those of its own data only
	}
	return train.DataFeatures(ctx, run, e, set, &c)
}

// runOf is the run of a source, which is its folder or one of its checkpoints; "" of a
// checkpoint elsewhere.
func runOf(source string) string {
	if info, err := os.Stat(source); err == nil && info.IsDir() {
		return source
	}
	path, err := filepath.Abs(source)
	if err != nil {
		return ""
	}
	run := filepath.Dir(filepath.Dir(path))
	if filepath.Dir(path) != train.Checkpoints(run) || !train.Exists(run) {
		return ""
	}
	return run
}

// sampleFeatures are those of the pictures to pick from.
func (f *generateFlags) sampleFeatures(ctx context.Context, s *checkpoint.Snapshot, e *score.Extractor, stderr io.Writer) ([]float32, error) {
	c, model := s.Config, gan.NewModel(s.Config)
	sampler, err := engine.OpenSampler(model, s.State, f.batch, f.threads)
	if err != nil {
		return nil, err
	}
	defer sampler.Close()
	painter := &watched{
		Painter: &train.Painter{
			Model: model, Rounding: c.Rounding, First: f.seed,
			Generate: func(z *tensor.Tensor, _ string) (*tensor.Tensor, error) { return sampler.Generate(z, f.statistics) },
		},
		status: newStatus(stderr), of: f.of,
	}
	painter.status.shown = painter.status.now() // a few are looked at without a word
	defer painter.status.End()
	return e.Features(ctx, painter, upTo(f.of), score.Form{Size: c.Size, Channels: c.Channels, Threads: f.threads})
}

// watched is a painter that tells how far it is.
type watched struct {
	*train.Painter
	status *status
	of     int
}

func (w *watched) Batch(dst *tensor.Tensor, indices []int) error {
	w.status.Show(fmt.Sprintf("looking at pictures: %d of %d", indices[0], w.of), false)
	return w.Painter.Batch(dst, indices)
}
