package web

// Generating pictures on request. One request at a time does this, so that a training
// on the same machine is slowed down little. A few more wait; others are refused.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"sync"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
)

const (
	maxWaiting   = 32 // requests that may wait
	keptPainters = 2  // generators that stay in memory
	paintBatch   = 16 // pictures per call of a sampler
)

// studio keeps the generators that were used last. One request at a time may use it.
type studio struct {
	open    func(*checkpoint.Snapshot, int) (Sampler, error)
	slot    chan struct{} // full while a request uses the studio
	waiting chan struct{} // has an element per request that waits

	once *sync.Once
	kept []*painter // the latest first; for the request that has entered
}

func newStudio(open func(*checkpoint.Snapshot, int) (Sampler, error)) studio {
	return studio{
		open: open, slot: make(chan struct{}, 1), waiting: make(chan struct{}, maxWaiting), once: &sync.Once{},
	}
}

// enter waits until no other request uses the studio. The caller calls leave when it is
// done.
func (s *studio) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.waiting <- struct{}{}:
	default:
		return nil, problem{http.StatusServiceUnavailable, errors.New("too many requests for pictures: try again")}
	}
	defer func() { <-s.waiting }()
	select {
	case s.slot <- struct{}{}:
		return func() { <-s.slot }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits for the request that uses the studio and closes all samplers. No request
// can enter afterwards.
func (s *studio) close() {
	s.once.Do(func() {
		s.slot <- struct{}{}
		for _, p := range s.kept {
			p.close()
		}
	})
}

// painter is a checkpoint's generator. It has a sampler for batches, and one for a
// single picture, which then takes less time than a batch.
type painter struct {
	path   string
	info   fs.FileInfo
	config *config.Config
	model  *gan.Model
	data   string  // fingerprint of the data that it was trained on
	batch  Sampler // of paintBatch pictures
	single Sampler // of one picture
}

func (p *painter) close() {
	for _, sampler := range []Sampler{p.batch, p.single} {
		if sampler != nil {
			sampler.Close()
		}
	}
}

// painterOf returns the generator of a run's checkpoint. The caller has entered.
func (s *studio) painterOf(dir string, step int) (*painter, error) {
	name := checkpoint.Name(step)
	info, err := statIn(dir, filepath.Join(filepath.Base(run.Checkpoints(dir)), name))
	if errors.Is(err, fs.ErrNotExist) {
		name = checkpoint.WeightsName(step)
		info, err = statIn(dir, filepath.Join(filepath.Base(run.Checkpoints(dir)), name))
	}
	path := filepath.Join(run.Checkpoints(dir), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound("there is no checkpoint of step %d any more", step)
	} else if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.kept, func(p *painter) bool {
		return p.path == path && p.info.ModTime().Equal(info.ModTime()) && p.info.Size() == info.Size()
	})
	if i >= 0 {
		p := s.kept[i]
		s.kept = slices.Insert(slices.Delete(s.kept, i, i+1), 0, p)
		return p, nil
	}
	p, err := s.load(path)
	if err != nil {
		return nil, err
	}
	p.info = info
	s.keep(p)
	return p, nil
}

// load reads a checkpoint. The samplers copy what they need, so it does not stay in
// memory.
func (s *studio) load(path string) (*painter, error) {
	snapshot, err := checkpoint.Load(path)
	if err != nil {
		return nil, err
	}
	p := &painter{path: path, config: snapshot.Config, model: gan.NewModel(snapshot.Config), data: snapshot.Data}
	if p.batch, err = s.open(snapshot, paintBatch); err != nil {
		return nil, err
	}
	if p.single, err = s.open(snapshot, 1); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (s *studio) keep(p *painter) {
	s.kept = slices.Insert(s.kept, 0, p)
	for len(s.kept) > keptPainters {
		last := len(s.kept) - 1
		s.kept[last].close()
		s.kept = s.kept[:last]
	}
}

// statIn is os.Stat of a file of a run. It does not follow links out of the run.
func statIn(dir, name string) (fs.FileInfo, error) {
	f, err := openIn(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// paint returns the pictures of z. It generates a batch at a time, and returns ctx's
// error early if that ends.
func (p *painter) paint(ctx context.Context, z *tensor.Tensor) (*tensor.Tensor, error) {
	n := z.Shape[0]
	if size := p.config.Size; n*size*size > maxPixels {
		return nil, badRequest("%d pictures of %d×%d pixels are too many at once: use dcgan generate or interpolate",
			n, size, size)
	}
	if n == 1 {
		return p.single.Generate(z, config.StatisticsCalibrated)
	}
	all := tensor.New(n, p.config.Channels, p.config.Size, p.config.Size)
	row := len(all.Row(0))
	for from := 0; from < n; from += paintBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(n, from+paintBatch)
		part := &tensor.Tensor{Shape: []int{to - from, p.model.NZ}, Data: z.Data[from*p.model.NZ : to*p.model.NZ]}
		pictures, err := p.batch.Generate(part, config.StatisticsCalibrated)
		if err != nil {
			return nil, fmt.Errorf("paint: %w", err)
		}
		copy(all.Data[from*row:], pictures.Data)
	}
	return all, nil
}

// latents returns the z of seeds, [n, nz].
func (p *painter) latents(seeds []uint64) *tensor.Tensor {
	z := tensor.New(len(seeds), p.model.NZ)
	for i, seed := range seeds {
		copy(z.Row(i), p.model.PictureZ(seed, 1).Data)
	}
	return z
}
