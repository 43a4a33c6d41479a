// Augmentation of what D sees, real and generated pictures alike, in D's updates and
// in G's (Zhao et al. 2020: Differentiable Augmentation for Data-Efficient GAN
// Training): D cannot learn few pictures by heart that it never sees twice alike, and
// G learns nothing of it, for D sees its pictures likewise.

package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

// augmentation moves every picture of a batch by up to an eighth of its size, zeros
// where it leaves, and takes a square of half its size out, zeros too. Both are
// linear: the gradient goes back the same way.
type augmentation struct {
	seen                *featureMap // what D sees; then the gradient of it
	translation, cutout bool
	seed                uint64
	draws               []draw // a picture's each
	pool                *kernel.Pool
	pictures            *featureMap // of the running pass, or the gradient of them
	show, goBack        func(worker, n int)
}

// draw is what happens to a picture: it moves by dx to the right and dy down; then
// the pixels from cutX to cutX+cut-1 and cutY to cutY+cut-1 are taken out.
type draw struct{ dx, dy, cutX, cutY, cut int }

func newAugmentation(c *config.Config, pool *kernel.Pool) *augmentation {
	a := &augmentation{
		seen:        newFeatureMap(c.Batch, c.Channels, c.Size, thin),
		translation: c.Augments(config.AugmentTranslation), cutout: c.Augments(config.AugmentCutout),
		seed: c.Seed, draws: make([]draw, c.Batch), pool: pool,
	}
	a.show, a.goBack = a.showPicture, a.goBackPicture
	return a
}

// see returns what D sees of pictures in the t-th pass of a stream.
func (a *augmentation) see(pictures *featureMap, stream random.Stream, t int64) *featureMap {
	source := random.New(a.seed, stream, uint64(t))
	for n := range a.draws {
		a.draws[n] = a.draw(source)
	}
	a.pictures = pictures
	a.pool.Run(len(a.draws), a.show)
	return a.seen
}

// back turns the gradient of what D saw last, in seen, into that of the pictures.
func (a *augmentation) back(dpictures *featureMap) {
	a.pictures = dpictures
	a.pool.Run(len(a.draws), a.goBack)
}

// draw draws what happens to a picture. The square's middle is any pixel, so that it
// may lie partly outside.
func (a *augmentation) draw(source *random.Source) (d draw) {
	size := a.seen.size
	if a.translation {
		most := size / 8
		d.dx, d.dy = source.IntN(2*most+1)-most, source.IntN(2*most+1)-most
	}
	if a.cutout {
		d.cut = size / 2
		d.cutX, d.cutY = source.IntN(size)-d.cut/2, source.IntN(size)-d.cut/2
	}
	return d
}

func (a *augmentation) showPicture(_, n int) {
	d := a.draws[n]
	shift(a.seen, a.pictures, n, d.dx, d.dy)
	cut(a.seen, n, d)
}

func (a *augmentation) goBackPicture(_, n int) {
	d := a.draws[n]
	cut(a.seen, n, d)
	shift(a.pictures, a.seen, n, -d.dx, -d.dy)
}

// shift fills picture n of dst with that of src moved by dx to the right and dy down.
func shift(dst, src *featureMap, n, dx, dy int) {
	for block := range dst.blocks {
		for y := range dst.size {
			row := dst.inside(n, block, y)
			clear(row)
			if from := y - dy; from >= 0 && from < src.size {
				copy(row[max(dx, 0)*dst.pixel:], src.inside(n, block, from)[max(-dx, 0)*src.pixel:])
			}
		}
	}
}

// cut takes the square of d out of picture n.
func cut(m *featureMap, n int, d draw) {
	fromX, toX := max(d.cutX, 0), min(d.cutX+d.cut, m.size)
	for block := range m.blocks {
		for y := max(d.cutY, 0); y < min(d.cutY+d.cut, m.size); y++ {
			clear(m.inside(n, block, y)[fromX*m.pixel : toX*m.pixel])
		}
	}
}
