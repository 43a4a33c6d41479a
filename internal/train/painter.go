// The pictures of a generator, as scores read them.

package train

import (
	"errors"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// Painter presents a trained generator as a set of pictures for scores. The picture of
// index i has the seed First+i, rounded as in a file. Indices must be consecutive.
type Painter struct {
	Model    *gan.Model
	Generate func(z *tensor.Tensor, statistics string) (*tensor.Tensor, error)
	Rounding string
	First    uint64
}

// Batch fills dst, [len(indices), channels, size, size], with the pictures of the
// indices.
func (p *Painter) Batch(dst *tensor.Tensor, indices []int) error {
	for i, seed := range indices {
		if seed != indices[0]+i {
			return errors.New("paint pictures: seeds out of order")
		}
	}
	pictures, err := p.Generate(p.Model.PictureZ(p.First+uint64(indices[0]), len(indices)), config.StatisticsCalibrated)
	if err != nil {
		return err
	}
	for i, v := range pictures.Data {
		dst.Data[i] = picture.Value(picture.Byte(v, p.Rounding))
	}
	return nil
}
