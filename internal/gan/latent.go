package gan

import (
	"dcgan/internal/config"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// TrainingZ draws the z of a training step, [batch, nz].
func (m *Model) TrainingZ(seed uint64, step, batch int) *tensor.Tensor {
	z := tensor.New(batch, m.NZ)
	m.latent(z.Data, random.New(seed, random.Latent, uint64(step)))
	return z
}

// PictureZ draws the z of the pictures of seeds first, first+1, ..., [n, nz].
// It depends on the picture's seed alone, not on the run's.
func (m *Model) PictureZ(first uint64, n int) *tensor.Tensor {
	z := tensor.New(n, m.NZ)
	for i := range n {
		m.latent(z.Row(i), random.New(first+uint64(i), random.Picture, 0))
	}
	return z
}

// CalibrationZ returns the fixed z of calibration, [512, nz]: those of the seeds from 2^63
// on. Nobody asks for pictures of these seeds, so no sheet shows the pictures that the
// statistics come from.
func (m *Model) CalibrationZ() *tensor.Tensor {
	return m.PictureZ(1<<63, config.CalibrationSize)
}

// latentSquare returns the mean square of the numbers of z.
func latentSquare(law string) float64 {
	if law == config.LatentNormal {
		return 1
	}
	return 1. / 3
}

func (m *Model) latent(z []float32, src *random.Source) {
	for i := range z {
		if m.Latent == config.LatentNormal {
			z[i] = src.Normal()
		} else {
			z[i] = src.Uniform(1)
		}
	}
}
