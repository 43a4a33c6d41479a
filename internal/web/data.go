package web

// The pictures that a run is trained on: a report on them, sheets of them, and the
// ones nearest to a sample.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sort"
	"sync"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// library keeps the data of the run whose data were requested last. One request at a
// time may use them.
type library struct {
	read func(context.Context, *config.Config) (*Data, error)
	slot chan struct{} // full while a request uses the data
	key  string        // the settings that kept was read with
	kept *Data
	once *sync.Once
}

func newLibrary(read func(context.Context, *config.Config) (*Data, error)) library {
	return library{read: read, slot: make(chan struct{}, 1), once: &sync.Once{}}
}

// enter waits until no other request uses the library, and returns the data that the
// settings name. The caller calls leave when it is done. If ctx ends while enter waits,
// it returns ctx's error.
func (l *library) enter(ctx context.Context, c *config.Config) (data *Data, leave func(), err error) {
	select {
	case l.slot <- struct{}{}:
		leave = func() { <-l.slot }
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	key := string(c.JSON())
	if l.kept != nil && l.key == key {
		return l.kept, leave, nil
	}
	l.empty() // first, so that the two sets are not in memory at once
	if l.kept, err = l.read(ctx, c); err != nil {
		leave()
		return nil, nil, err
	}
	l.key = key
	return l.kept, leave, nil
}

// empty releases the data that are kept. The caller has entered.
func (l *library) empty() {
	if l.kept != nil && l.kept.Pictures != nil {
		l.kept.Pictures.Close() // its error does not matter: the set was only read
	}
	l.kept = nil
}

// close waits for the request that uses the library and releases the data. No request
// can enter afterwards.
func (l *library) close() {
	l.once.Do(func() {
		l.slot <- struct{}{}
		l.empty()
	})
}

// enterData is enter for the data of the run that a request names. Reading a large set
// may take longer than an answer may, so the time of the answer starts afterwards.
func (s *Server) enterData(w http.ResponseWriter, r *http.Request) (*Data, *config.Config, func(), error) {
	dir, err := s.folder(r)
	if err != nil {
		return nil, nil, nil, err
	}
	c, _, err := readConfig(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	control := http.NewResponseController(w) // its errors do not matter: only recorders in tests lack deadlines
	_ = control.SetWriteDeadline(time.Time{})
	data, leave, err := s.library.enter(r.Context(), c)
	_ = control.SetWriteDeadline(time.Now().Add(writeTime))
	return data, c, leave, err
}

// inspect answers with the report on a run's data and the number of its pictures.
func (s *Server) inspect(w http.ResponseWriter, r *http.Request) error {
	data, _, leave, err := s.enterData(w, r)
	if err != nil {
		return err
	}
	defer leave()
	n := 0
	if data.Pictures != nil {
		n = data.Pictures.Len()
	}
	return writeJSON(w, struct {
		Pictures   int `json:"pictures"`
		Inspection any `json:"inspection"`
	}{n, data.Inspection})
}

var errNoPictures = errors.New("the run's data has no usable picture")

// dataPictures answers with a sheet of the pictures of a run's data that the parameter
// pictures lists, in the form in which they are trained on.
func (s *Server) dataPictures(w http.ResponseWriter, r *http.Request) error {
	data, c, leave, err := s.enterData(w, r)
	if err != nil {
		return err
	}
	defer leave()
	if data.Pictures == nil {
		return problem{http.StatusNotFound, errNoPictures}
	}
	q := query{values: r.URL.Query()}
	wanted := q.numbers("pictures", maxSamples, uint64(data.Pictures.Len()-1))
	columns := q.integer("columns", sheetSide, 1, maxSamples)
	if q.err != nil {
		return q.err
	}
	indices := make([]int, len(wanted))
	for i, n := range wanted {
		indices[i] = int(n)
	}
	pictures := tensor.New(len(indices), c.Channels, c.Size, c.Size)
	if err := data.Pictures.Batch(pictures, indices); err != nil {
		return err
	}
	return writeImage(w, picture.Sheet(pictures, columns, c.Rounding))
}

// neighbour is a training picture and its distance from a sample.
type neighbour struct {
	Index    int    `json:"index"`
	Distance number `json:"distance"` // root mean square of the differences, 0 to 2
}

const nearestCount = 8

// nearest answers with the training pictures that are nearest to a sample.
func (s *Server) nearest(w http.ResponseWriter, r *http.Request) error {
	q := query{values: r.URL.Query()}
	step, seeds := q.step(), q.seeds(1)
	if q.err != nil {
		return q.err
	}
	sample, p, err := s.paint(r, step, func(p *painter) *tensor.Tensor { return p.latents(seeds) })
	if err != nil {
		return err
	}
	data, _, leave, err := s.enterData(w, r)
	if err != nil {
		return err
	}
	defer leave()
	switch {
	case data.Pictures == nil:
		return problem{http.StatusNotFound, errNoPictures}
	case data.Pictures.Fingerprint() != p.data:
		return problem{http.StatusConflict, errors.New("the data have changed since the run was trained on them")}
	}
	list, err := nearestOf(r.Context(), data.Pictures, sample)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Nearest []neighbour `json:"nearest"`
	}{list})
}

// nearestOf returns the nearestCount pictures nearest to a sample, [1, channels, size,
// size], the nearest first.
func nearestOf(ctx context.Context, pictures Pictures, sample *tensor.Tensor) ([]neighbour, error) {
	const part = 64
	all := make([]neighbour, 0, pictures.Len())
	for from := 0; from < pictures.Len(); from += part {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(part, pictures.Len()-from)
		batch := tensor.New(slices.Concat([]int{n}, sample.Shape[1:])...)
		indices := make([]int, n)
		for i := range indices {
			indices[i] = from + i
		}
		if err := pictures.Batch(batch, indices); err != nil {
			return nil, fmt.Errorf("read training pictures: %w", err)
		}
		for i := range n {
			all = append(all, neighbour{from + i, number(distance(batch.Row(i), sample.Data))})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Distance < all[j].Distance })
	return all[:min(nearestCount, len(all))], nil
}

// distance returns the root mean square of the differences.
func distance(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		d := float64(v - b[i])
		sum += d * d
	}
	return math.Sqrt(sum / float64(len(a)))
}
