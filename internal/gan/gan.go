// Package gan defines what is trained, independently of the engine that computes it:
// the layer tables of generator and discriminator, the names, shapes and initial
// values of their parameters, the objectives, the augmentations, the distribution of
// z, and the state of a training.
//
// The article's networks are those of Radford, Metz, Chintala: Unsupervised
// Representation Learning with Deep Convolutional Generative Adversarial Networks
// (2015), with the sizes and defaults of the reference: batch norm without gamma
// (epsilon 0.001, decay 0.999), leaky ReLU 0.2, z of 64 numbers.
package gan

import (
	"fmt"

	"dcgan/internal/config"
	"dcgan/internal/tensor"
)

// BatchNormEpsilon is added to the variance, and BatchNormDecay is the decay of the moving
// averages (reference: defaults of its slim library). LeakySlope is the slope of the leaky ReLU
// below 0.
const (
	BatchNormEpsilon = 0.001
	BatchNormDecay   = 0.999
	LeakySlope       = 0.2
)

// Batch is the input of one training step.
type Batch struct {
	Real *tensor.Tensor // pictures, [n, channels, size, size] in [-1, 1]
	Z    *tensor.Tensor // [n, nz]
}

// Model is a generator and a discriminator.
type Model struct {
	Size, Channels, NZ       int
	Latent                   string
	Averaged                 bool // the state has averaged weights of the generator, and they make the pictures
	Exact                    bool // the setting exact
	Controlled               bool // the state has the numbers of the augmentation's Control
	Generator, Discriminator Network
}

// NewModel returns the model that validated settings describe.
func NewModel(c *config.Config) *Model {
	m := &Model{
		Size: c.Size, Channels: c.Channels, NZ: c.NZ, Latent: c.Latent,
		Averaged: c.Average > 0, Exact: c.Exact, Controlled: c.AugmentTarget > 0,
		Generator:     dcganGenerator(c),
		Discriminator: dcganDiscriminator(c),
	}
	if c.Generator == config.GeneratorResidual {
		m.Generator = residualGenerator(c)
	}
	m.Generator[len(m.Generator)-1].Activation = Tanh
	if c.Output == config.OutputLinear {
		m.Generator[len(m.Generator)-1].Activation = Linear
	}
	switch c.Discriminator {
	case config.DiscriminatorResidual:
		m.Discriminator = residualDiscriminator(c)
	case config.DiscriminatorPlain:
		m.Discriminator = plainDiscriminator(c)
	case config.DiscriminatorTorch:
		m.Discriminator = torchDiscriminator(c)
	}
	if c.Kernels == config.KernelsSmooth || c.Kernels == config.KernelsSmoothBoth {
		m.Generator.smooth()
	}
	if c.Kernels == config.KernelsSmoothBoth {
		m.Discriminator.smooth()
	}
	return m
}

// Validate returns an error unless both networks are valid, G turns z into pictures, and D turns a picture into one
// number.
func (m *Model) Validate() error {
	if err := m.Generator.Validate(m.NZ, 1); err != nil {
		return err
	}
	if err := m.Discriminator.Validate(m.Channels, m.Size); err != nil {
		return err
	}
	g, d := &m.Generator[len(m.Generator)-1], &m.Discriminator[len(m.Discriminator)-1]
	if g.Out != m.Channels || g.OutSize != m.Size {
		return fmt.Errorf("layer %s: the generator makes %d channels of %dx%d in place of %d of %dx%d",
			g.Name, g.Out, g.OutSize, g.OutSize, m.Channels, m.Size, m.Size)
	}
	if d.Out != 1 || d.OutSize != 1 {
		return fmt.Errorf("layer %s: the discriminator makes %d channels of %dx%d in place of one number",
			d.Name, d.Out, d.OutSize, d.OutSize)
	}
	return nil
}

// PictureFlop returns the floating-point operations of the generator for one picture,
// counted as in StepFlop.
func (m *Model) PictureFlop() int64 { return 2 * m.Generator.Multiplies() }

// StepFlop returns the number of floating-point operations of one training step: of one update of D, of the updates
// of G and, for the sigmoid loss, of the evaluation of the losses after them. It counts two operations for each
// multiply-add of the convolutions' definition, products with padding included, whatever an engine saves.
//
// An update of D takes three passes of D a picture (forward, backward to the data, backward to the weights), and a
// fourth with penalties, for their tangents. An update of G by a paired objective also takes a forward pass of D over
// the real pictures.
func (m *Model) StepFlop(c *config.Config) int64 {
	g, d := m.Generator.Multiplies(), m.Discriminator.Multiplies() // of one forward pass
	updateD, updateG, evaluate := g+2*3*d, 3*g+2*d, int64(0)
	if c.Gamma > 0 {
		updateD += 2 * d
	}
	if c.Loss == config.LossRelativistic {
		updateG += d
	}
	if c.Loss == config.LossSigmoid {
		evaluate = g + 2*d
	}
	return 2 * int64(c.Batch) * (updateD + int64(c.GenUpdates)*updateG + evaluate)
}
