package web

// Painting on request. One request paints at a time, so that a training beside it
// loses little; a few wait, and the rest are told to come again.

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
	"dcgan/internal/tensor"
	"dcgan/internal/train"
)

const (
	maxWaiting   = 32 // requests that wait for their turn
	keptPainters = 2  // generators that stay in memory
	paintBatch   = 16 // pictures at a time
)

// studio holds the generators that were used last.
type studio struct {
	open    func(*checkpoint.Snapshot, int) (Sampler, error)
	turn    chan struct{} // holds a token while somebody paints
	waiting chan struct{}

	once *sync.Once
	kept []*painter // the latest first; whoever has the turn may use it
}

func newStudio(open func(*checkpoint.Snapshot, int) (Sampler, error)) studio {
	return studio{open: open, turn: make(chan struct{}, 1), waiting: make(chan struct{}, maxWaiting), once: &sync.Once{}}
}

// enter waits for the turn; leave gives it back.
func (s *studio) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.waiting <- struct{}{}:
	default:
		return nil, problem{http.StatusServiceUnavailable, errors.New("too many pictures are being painted: try again")}
	}
	defer func() { <-s.waiting }()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits for who is painting and ends all samplers. Nobody paints after it.
func (s *studio) close() {
	s.once.Do(func() {
		s.turn <- struct{}{}
		for _, p := range s.kept {
			p.close()
		}
	})
}

// painter is a checkpoint's generator: one sampler for many pictures, and one for a
// single picture, which need not wait for a batch. Each is made when it is needed.
type painter struct {
	path   string
	info   fs.FileInfo
	config *config.Config
	model  *gan.Model
	data   string // fingerprint of the data that it was trained on
	many   Sampler
	one    Sampler
}

func (p *painter) close() {
	for _, sampler := range []Sampler{p.many, p.one} {
		if sampler != nil {
			sampler.Close()
		}
	}
}

// painterOf returns the generator of a run's checkpoint. The caller has the turn.
func (s *studio) painterOf(dir string, step int) (*painter, error) {
	name := checkpoint.Name(step)
	info, err := statIn(dir, filepath.Join(filepath.Base(train.Checkpoints(dir)), name))
	if errors.Is(err, fs.ErrNotExist) {
		name = checkpoint.WeightsName(step)
		info, err = statIn(dir, filepath.Join(filepath.Base(train.Checkpoints(dir)), name))
	}
	path := filepath.Join(train.Checkpoints(dir), name)
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

// load reads a checkpoint. Only what the samplers copy of it stays in memory.
func (s *studio) load(path string) (*painter, error) {
	snapshot, err := checkpoint.Load(path)
	if err != nil {
		return nil, err
	}
	p := &painter{path: path, config: snapshot.Config, model: gan.NewModel(snapshot.Config), data: snapshot.Data}
	if p.many, err = s.open(snapshot, paintBatch); err != nil {
		return nil, err
	}
	if p.one, err = s.open(snapshot, 1); err != nil {
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

// statIn is os.Stat of a file of a run; it does not follow links out of the run.
func statIn(dir, name string) (fs.FileInfo, error) {
	f, err := openIn(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// paint returns the pictures of z, some at a time, so that who has gone away is
// noticed.
func (p *painter) paint(ctx context.Context, z *tensor.Tensor) (*tensor.Tensor, error) {
	n := z.Shape[0]
	if size := p.config.Size; n*size*size > maxPixels {
		return nil, badRequest("%d pictures of %d×%d pixels are too many at once: dcgan generate and interpolate make them", n, size, size)
	}
	if n == 1 {
		return p.one.Generate(z, config.StatisticsCalibrated)
	}
	all := tensor.New(n, p.config.Channels, p.config.Size, p.config.Size)
	row := len(all.Row(0))
	for from := 0; from < n; from += paintBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(n, from+paintBatch)
		part := &tensor.Tensor{Shape: []int{to - from, p.model.NZ}, Data: z.Data[from*p.model.NZ : to*p.model.NZ]}
		pictures, err := p.many.Generate(part, config.StatisticsCalibrated)
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
