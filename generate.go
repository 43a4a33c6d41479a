package dcgan

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"iter"
	"slices"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// Image returns the picture of a seed. A model has one picture for each seed. The sheets
// that its training has written show seeds 0 to 63.
func (m *Model) Image(seed uint64) (image.Image, error) {
	images, err := m.Images(context.Background(), seed)
	if err != nil {
		return nil, err
	}
	return images[0], nil
}

// Images returns the pictures of seeds, in their order.
func (m *Model) Images(ctx context.Context, seeds ...uint64) ([]image.Image, error) {
	return collect(m.Each(ctx, slices.Values(seeds)))
}

// Between returns n pictures that lead from the picture of one seed to the picture of
// another, both included. Their z lie at equal distances on the great circle between the z
// of the two. n is at least 2.
func (m *Model) Between(ctx context.Context, from, to uint64, n int) ([]image.Image, error) {
	if n < 2 {
		return nil, fmt.Errorf("make %d pictures between two: the two are 2 already", n)
	}
	a, b := m.Latent(from), m.Latent(to)
	return collect(m.Paint(ctx, func(yield func([]float32) bool) {
		for i := range n {
			z := make([]float32, len(a))
			gan.Slerp(z, a, b, float64(i)/float64(n-1))
			if !yield(z) {
				return
			}
		}
	}))
}

func collect(images iter.Seq2[image.Image, error]) (list []image.Image, err error) {
	for img, err := range images {
		if err != nil {
			return nil, err
		}
		list = append(list, img)
	}
	return list, nil
}

// Each is [Model.Images] for more pictures than memory should hold: it makes them while
// the sequence is read. An error ends the sequence.
func (m *Model) Each(ctx context.Context, seeds iter.Seq[uint64]) iter.Seq2[image.Image, error] {
	return m.Paint(ctx, func(yield func([]float32) bool) {
		for seed := range seeds {
			if !yield(m.Latent(seed)) {
				return
			}
		}
	})
}

// Latent returns the z of a seed: the numbers that its picture is made from.
func (m *Model) Latent(seed uint64) []float32 { return m.model.PictureZ(seed, 1).Data }

// Paint returns the picture of each z, a slice as long as [Model.Latent] returns. It
// makes them while the sequence is read. An error ends the sequence.
func (m *Model) Paint(ctx context.Context, z iter.Seq[[]float32]) iter.Seq2[image.Image, error] {
	return func(yield func(image.Image, error) bool) {
		part := tensor.New(cmp.Or(m.options.Batch, config.SheetSize), m.model.NZ)
		n := 0
		for one := range z {
			if len(one) != m.model.NZ {
				yield(nil, fmt.Errorf("paint: a z of %d numbers, the model's has %d", len(one), m.model.NZ))
				return
			}
			copy(part.Row(n), one)
			if n++; n == part.Shape[0] {
				if !m.paint(ctx, part, n, yield) {
					return
				}
				n = 0
			}
		}
		if n > 0 {
			m.paint(ctx, part, n, yield)
		}
	}
}

// paint yields the pictures of the first n rows of z, and reports whether more are wanted.
func (m *Model) paint(ctx context.Context, z *tensor.Tensor, n int, yield func(image.Image, error) bool) bool {
	pictures, err := m.generate(ctx, &tensor.Tensor{Shape: []int{n, m.model.NZ}, Data: z.Data[:n*m.model.NZ]})
	if err != nil {
		yield(nil, err)
		return false
	}
	for i := range n {
		if !yield(picture.Image(pictures, i, m.snapshot.Config.Rounding), nil) {
			return false
		}
	}
	return true
}

// generate returns the pictures of z, [n, nz], as [n, channels, size, size] in [-1, 1].
func (m *Model) generate(ctx context.Context, z *tensor.Tensor) (*tensor.Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sampler.Generate(z, m.options.Statistics)
}

// Sheet returns pictures of a model as one picture, row by row, with columns pictures in a
// row. images must not be empty.
func Sheet(images []image.Image, columns int) image.Image { return picture.Tile(images, columns) }
