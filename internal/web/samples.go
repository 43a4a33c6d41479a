package web

// Pictures of a checkpoint: by seed, between seeds, and on a plane of four seeds.

import (
	"fmt"
	"image"
	"net/http"
	"path/filepath"

	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

const (
	maxSamples = 256 // pictures per request
	maxEnds    = 16  // seeds of a morph
	maxSide    = 12  // pictures on a side of a plane
	morphDelay = 5   // time that a frame is shown, in hundredths of a second
)

// paint makes the pictures of a request. It calls z for their latents when it has read
// the checkpoint.
func (s *Server) paint(r *http.Request, step int, z func(*painter) *tensor.Tensor) (*tensor.Tensor, *painter, error) {
	dir, err := s.folder(r)
	if err != nil {
		return nil, nil, err
	}
	leave, err := s.studio.enter(r.Context())
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	p, err := s.studio.painterOf(dir, step)
	if err != nil {
		return nil, nil, err
	}
	pictures, err := p.paint(r.Context(), z(p))
	return pictures, p, err
}

// samples answers with a sheet of the pictures that the parameter seeds lists, or with
// the picture itself if there is only one.
func (s *Server) samples(w http.ResponseWriter, r *http.Request) error {
	q := query{values: r.URL.Query()}
	step, seeds, columns := q.step(), q.seeds(maxSamples), q.integer("columns", sheetSide, 1, maxSamples)
	if q.err != nil {
		return q.err
	}
	pictures, p, err := s.paint(r, step, func(p *painter) *tensor.Tensor { return p.latents(seeds) })
	if err != nil {
		return err
	}
	if q.values.Has("download") {
		attach(w, fmt.Sprintf("step-%08d-seed-%08d.png", step, seeds[0]), "image/png")
	}
	return writeImage(w, sheetOf(pictures, columns, p))
}

// sheetOf returns a sheet of pictures, or the picture itself if there is only one.
func sheetOf(pictures *tensor.Tensor, columns int, p *painter) image.Image {
	if pictures.Shape[0] == 1 {
		return picture.Image(pictures, 0, p.config.Rounding)
	}
	return picture.Sheet(pictures, columns, p.config.Rounding)
}

// morph answers with a film through the pictures of seeds and back to the first, as a
// GIF or as a sheet of its frames.
func (s *Server) morph(w http.ResponseWriter, r *http.Request) error {
	q := query{values: r.URL.Query()}
	step, seeds, frames := q.step(), q.seeds(maxEnds), q.integer("frames", 24, 2, 60)
	if q.err == nil && len(seeds) < 2 {
		q.fail("a morph needs at least two seeds")
	}
	if q.err != nil {
		return q.err
	}
	pictures, p, err := s.paint(r, step, func(p *painter) *tensor.Tensor { return loop(p.latents(seeds), frames) })
	if err != nil {
		return err
	}
	if filepath.Ext(r.URL.Path) == ".png" {
		return writeImage(w, picture.Sheet(pictures, sheetSide, p.config.Rounding))
	}
	images := make([]image.Image, pictures.Shape[0])
	for i := range images {
		images[i] = picture.Image(pictures, i, p.config.Rounding)
	}
	return writeFilm(w, r.PathValue("run")+"-morph.gif", images, morphDelay)
}

// loop returns latents on the arcs from each of ends to the next, and from the last to
// the first, frames on each arc. A film of them repeats without a jump.
func loop(ends *tensor.Tensor, frames int) *tensor.Tensor {
	n := ends.Shape[0]
	z := tensor.New(n*frames, ends.Shape[1])
	for i := range n * frames {
		from := i / frames
		gan.Slerp(z.Row(i), ends.Row(from), ends.Row((from+1)%n), float64(i%frames)/float64(frames))
	}
	return z
}

// plane answers with pictures of the surface whose corners are four seeds: a sheet of
// side*side pictures, or the picture at u (to the right) and v (down), both in [0, 1].
func (s *Server) plane(w http.ResponseWriter, r *http.Request) error {
	q := query{values: r.URL.Query()}
	step, seeds := q.step(), q.seeds(4)
	side := q.integer("side", 1, 2, maxSide)
	u, v := q.fraction("u", 0.5, 1), q.fraction("v", 0.5, 1)
	if q.err == nil && len(seeds) != 4 {
		q.fail("a plane needs four seeds: its corners, by rows")
	}
	if q.err != nil {
		return q.err
	}
	pictures, p, err := s.paint(r, step, func(p *painter) *tensor.Tensor {
		corners := p.latents(seeds)
		if side == 1 {
			z := tensor.New(1, p.model.NZ)
			onPlane(z.Row(0), corners, u, v)
			return z
		}
		return grid(corners, side)
	})
	if err != nil {
		return err
	}
	return writeImage(w, sheetOf(pictures, side, p))
}

// grid returns the latents of side*side points of a plane, by rows, corners included.
func grid(corners *tensor.Tensor, side int) *tensor.Tensor {
	z := tensor.New(side*side, corners.Shape[1])
	for i := range side * side {
		onPlane(z.Row(i), corners, float64(i%side)/float64(side-1), float64(i/side)/float64(side-1))
	}
	return z
}

// onPlane writes to z the point (u, v) of the surface between four corners. It lies at
// v on the arc between the points at u on the upper and on the lower edge.
func onPlane(z []float32, corners *tensor.Tensor, u, v float64) {
	upper, lower := make([]float32, len(z)), make([]float32, len(z))
	gan.Slerp(upper, corners.Row(0), corners.Row(1), u)
	gan.Slerp(lower, corners.Row(2), corners.Row(3), u)
	gan.Slerp(z, upper, lower, v)
}
