// generate --best: the seeds of the best pictures of many.

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"dcgan"
	"dcgan/internal/config"
)

// pick returns the seeds of the best pictures, the most real first, and tells them.
func (f *generateFlags) pick(ctx context.Context, m *dcgan.Model, stderr io.Writer) ([]uint64, error) {
	data, err := f.realData(ctx, m, stderr)
	if err != nil {
		return nil, err
	}
	if data != nil {
		defer data.Close()
	}
	status := newStatus(stderr)
	status.shown = status.now() // a few are looked at without a word
	picked, meanAll, err := m.Best(ctx, f.best, dcgan.Candidates{
		First: f.seed, N: f.of, Data: data,
		Looking: func(seen int) { status.Show(fmt.Sprintf("looking at pictures: %d of %d", seen, f.of), false) },
	})
	status.End()
	if err != nil {
		return nil, err
	}
	seeds, words := make([]uint64, len(picked)), make([]string, len(picked))
	var mean float64
	for i, p := range picked {
		seeds[i] = p.Seed
		words[i] = fmt.Sprint(p.Seed)
		mean += p.Realism / float64(len(picked))
	}
	fmt.Fprintf(stderr, "the best %d of %d, realism %.3f (of all %.3f), have the seeds %s\n",
		f.best, f.of, mean, meanAll, strings.Join(words, ", "))
	return seeds, nil
}

// realData reads the real pictures to compare with: those of --data, or the run's own
// unless the run has measured them already.
func (f *generateFlags) realData(ctx context.Context, m *dcgan.Model, stderr io.Writer) (*dcgan.Data, error) {
	settings := m.Settings()
	switch {
	case f.data != "":
		path, err := filepath.Abs(f.data)
		if err != nil {
			return nil, err
		}
		if err := settings.Set("data", path); err != nil {
			return nil, err
		}
	case m.Run() == "":
		return nil, usagef("name the real pictures: --data", "%s lies in no run: --best does not know what to compare with",
			m.Checkpoint())
	case m.Measured():
		return nil, nil
	}
	if err := settings.Set("threads", f.threads); err != nil {
		return nil, err
	}
	data, err := readData(ctx, settings, stderr)
	if err != nil {
		return nil, config.Hint(fmt.Errorf("measure real pictures to compare with: %w", err),
			"--data says where the run's pictures are; once they have been measured the run needs them no more")
	}
	return data, nil
}
