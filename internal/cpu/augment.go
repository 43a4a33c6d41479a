// Augmentation of what D sees, real and generated pictures alike, in D's updates and
// in G's (Zhao et al. 2020: Differentiable Augmentation for Data-Efficient GAN
// Training). Moved pictures have no pattern of single pixels, in step with the
// convolutions' strides, that betrays a generated one; and D cannot learn few pictures by
// heart. G learns nothing of it, for D sees its pictures likewise.

package cpu

import (
	"dcgan/internal/config"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

// augmentation moves every picture of a batch, zeros where it leaves. That is linear: the
// gradient goes back by the opposite move.
type augmentation struct {
	seed         uint64
	draws        []offset // a picture's each
	pool         *kernel.Pool
	dst, src     *featureMap // of the running call
	show, goBack func(worker, n int)
}

// offset is a move by x pixels to the right and y down.
type offset struct{ x, y int }

func newAugmentation(c *config.Config, pool *kernel.Pool) *augmentation {
	a := &augmentation{seed: c.Seed, draws: make([]offset, c.Batch), pool: pool}
	a.show = func(_, n int) { shift(a.dst, a.src, n, a.draws[n]) }
	a.goBack = func(_, n int) { shift(a.dst, a.src, n, offset{-a.draws[n].x, -a.draws[n].y}) }
	return a
}

// see fills seen with what D sees of pictures at the t-th look of a stream.
func (a *augmentation) see(seen, pictures *featureMap, stream random.Stream, t int64) {
	source := random.New(a.seed, stream, uint64(t))
	most := farthest(seen.size)
	for n := range a.draws {
		a.draws[n] = offset{source.IntN(2*most+1) - most, source.IntN(2*most+1) - most}
	}
	a.dst, a.src = seen, pictures
	a.pool.Run(len(a.draws), a.show)
}

// farthest is how far a picture moves at most, a thirty-second of its size. The paper has
// an eighth; a narrow G then painted the same dots into every picture (bench/quick.md).
func farthest(size int) int { return max(1, size/32) }

// back turns the gradient of what D saw last into that of the pictures.
func (a *augmentation) back(dpictures, dseen *featureMap) {
	a.dst, a.src = dpictures, dseen
	a.pool.Run(len(a.draws), a.goBack)
}

// shift fills picture n of dst with that of src moved by d.
func shift(dst, src *featureMap, n int, d offset) {
	for block := range dst.blocks {
		for y := range dst.size {
			row := dst.inside(n, block, y)
			clear(row)
			if from := y - d.y; from >= 0 && from < src.size {
				copy(row[max(d.x, 0)*dst.pixel:], src.inside(n, block, from)[max(-d.x, 0)*src.pixel:])
			}
		}
	}
}
