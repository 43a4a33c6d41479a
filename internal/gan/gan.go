// Package gan says what a DCGAN is, apart from any engine that computes one:
// the layer tables of generator and discriminator, the names, shapes and
// initial values of their parameters, the law of z, and the state of a training.
//
// The networks are those of Radford, Metz, Chintala: Unsupervised Representation
// Learning with Deep Convolutional Generative Adversarial Networks (2015), with
// the sizes and defaults of the reference: batch norm without gamma (epsilon
// 0.001, decay 0.999), leaky ReLU 0.2, z of 64 numbers.
package gan

import (
	"fmt"

	"dcgan/internal/config"
	"dcgan/internal/tensor"
)

// BatchNormEpsilon is added to the variance; BatchNormDecay is that of the
// moving averages (reference: defaults of its slim library).
const (
	BatchNormEpsilon = 0.001
	BatchNormDecay   = 0.999
	LeakySlope       = 0.2
)

// Activation is what a layer ends with.
type Activation int

const (
	Linear Activation = iota
	ReLU
	LeakyReLU // max(x, 0.2 x)
	Tanh
)

// Layer is a convolution with what follows it: a batch norm (whose beta takes
// the place of a bias) or a bias, then the activation. A transposed convolution
// is the transpose of the convolution that leads from its output to its input,
// with the same kernel, stride and padding.
type Layer struct {
	Name            string // "generator.deconv1", "discriminator.conv2", ...
	Transposed      bool
	In, Out         int // channels
	InSize, OutSize int // width and height in pixels
	Kernel, Stride  int
	Pad             int    // zeros on every side of the wide map of a strided layer
	BatchNorm       string // "generator.bn1", ..., or ""
	Activation      Activation
}

// Validate returns an error that says what is wrong with the layer, or nil: its numbers must be positive, and
// its sizes those of a convolution of its kernel, stride and padding,
//
//	narrow = (wide + 2*pad - kernel)/stride + 1
//
// where the wide side is the output of a transposed convolution.
func (l *Layer) Validate() error {
	wide, narrow := l.InSize, l.OutSize
	if l.Transposed {
		wide, narrow = narrow, wide
	}
	switch reach := wide + 2*l.Pad - l.Kernel; {
	case l.In < 1 || l.Out < 1:
		return fmt.Errorf("layer %s: from %d channels to %d", l.Name, l.In, l.Out)
	case l.Kernel < 1 || l.Stride < 1:
		return fmt.Errorf("layer %s: a kernel of %d with stride %d", l.Name, l.Kernel, l.Stride)
	case l.Pad < 0 || l.Pad >= l.Kernel:
		return fmt.Errorf("layer %s: padding %d with a kernel of %d", l.Name, l.Pad, l.Kernel)
	case narrow < 1 || reach < 0 || reach/l.Stride+1 != narrow || reach%l.Stride != 0:
		return fmt.Errorf("layer %s: its sizes %d and %d do not fit kernel %d, stride %d, padding %d",
			l.Name, l.InSize, l.OutSize, l.Kernel, l.Stride, l.Pad)
	case l.Activation < Linear || l.Activation > Tanh:
		return fmt.Errorf("layer %s: activation %d is unknown", l.Name, l.Activation)
	}
	return nil
}

// Batch is what one training step trains on.
type Batch struct {
	Real *tensor.Tensor // pictures, [n, channels, size, size] in [-1, 1]
	Z    *tensor.Tensor // [n, nz]
}

// Bias reports whether the layer has a bias: if and only if it has no batch norm.
func (l *Layer) Bias() bool { return l.BatchNorm == "" }

// WeightShape is OIHW for a convolution and IOHW for a transposed one.
func (l *Layer) WeightShape() []int {
	if l.Transposed {
		return []int{l.In, l.Out, l.Kernel, l.Kernel}
	}
	return []int{l.Out, l.In, l.Kernel, l.Kernel}
}

// Multiplies is the plain number of multiply-adds of a forward pass for one
// picture, products with padding included.
func (l *Layer) Multiplies() int64 {
	size := min(l.InSize, l.OutSize) // the side on which every pixel meets the whole kernel
	return int64(size) * int64(size) * int64(l.In) * int64(l.Out) * int64(l.Kernel) * int64(l.Kernel)
}

// Model is a generator and a discriminator as tables of layers, input first.
type Model struct {
	Size, Channels, NZ       int
	Latent, InitLaw          string
	Averaged                 bool // the state has averaged weights of the generator, which sample
	Exact                    bool // config.Config's
	Kaiming                  bool // D begins with Kaiming's weights
	Controlled               bool // the state has that of the augmentation's Control
	Generator, Discriminator []Layer
}

// NewModel returns the tables for validated settings.
func NewModel(c *config.Config) *Model {
	m := &Model{
		Size: c.Size, Channels: c.Channels, NZ: c.NZ, Latent: c.Latent, InitLaw: c.Init,
		Averaged: c.Average > 0, Exact: c.Exact, Controlled: c.AugmentTarget > 0,
		Generator:     generator(c),
		Discriminator: discriminator(c),
	}
	if c.Discriminator == config.DiscriminatorPlain {
		m.Kaiming, m.Discriminator = true, plainDiscriminator(c)
	}
	return m
}

// generator: z as a 1x1 map, a transposed convolution to 4x4, then doubling to
// the full size, then a 1x1 convolution to the picture's channels. At 64x64,
// ngf = 64: 4x4x1024, 8x8x512, 16x16x256, 32x32x128, 64x64x64, 64x64x3.
func generator(c *config.Config) []Layer {
	n := c.Levels() - 1
	var layers []Layer
	in, size := c.NZ, 1
	for i := 1; i <= n; i++ {
		l := Layer{
			Name: fmt.Sprintf("generator.deconv%d", i), Transposed: true,
			In: in, Out: c.NGF << (n - i), InSize: size, OutSize: 2 * size,
			Kernel: 4, Stride: 2, Pad: 1,
			BatchNorm: fmt.Sprintf("generator.bn%d", i), Activation: ReLU,
		}
		if c.Widths == config.WidthsPublished && 1 < i && i < n {
			l.Out = c.NGF * 2 * (n - i)
		}
		if i == 1 {
			l.OutSize, l.Stride, l.Pad = 4, 1, 0
		}
		if i == n {
			l.BatchNorm, l.Activation = "", Linear
		}
		layers = append(layers, l)
		in, size = l.Out, l.OutSize
	}
	return append(layers, Layer{
		Name: "generator.logits", In: in, Out: c.Channels, InSize: size, OutSize: size,
		Kernel: 1, Stride: 1, Activation: Tanh,
	})
}

// discriminator: stride-2 convolutions down to 1x1, channels doubling from ndf,
// then a 1x1 convolution to one logit. At 64x64, ndf = 64: 64, 128, 256, 512,
// 1024, 2048 channels.
func discriminator(c *config.Config) []Layer {
	var layers []Layer
	in, size := c.Channels, c.Size
	for i := 1; i <= c.Levels(); i++ {
		l := Layer{
			Name: fmt.Sprintf("discriminator.conv%d", i),
			In:   in, Out: c.NDF << (i - 1), InSize: size, OutSize: size / 2,
			Kernel: 4, Stride: 2, Pad: 1,
			BatchNorm: fmt.Sprintf("discriminator.bn%d", i), Activation: LeakyReLU,
		}
		if i == 1 {
			l.BatchNorm = ""
		}
		layers = append(layers, l)
		in, size = l.Out, l.OutSize
	}
	return append(layers, Layer{
		Name: "discriminator.logits", In: in, Out: 1, InSize: 1, OutSize: 1, Kernel: 1, Stride: 1,
	})
}

// plainDiscriminator has no batch norm, so that its verdict on one picture does not depend on the others and its
// gradient has a closed form: stride-2 convolutions with biases down to 4x4, channels doubling from ndf, one
// over all of that, and a 1x1 convolution to one logit. At 64x64, ndf = 16: 16, 32, 64, 128, 256 channels.
func plainDiscriminator(c *config.Config) []Layer {
	var layers []Layer
	in, size := c.Channels, c.Size
	for i := 1; i < c.Levels(); i++ {
		l := Layer{
			Name: fmt.Sprintf("discriminator.conv%d", i),
			In:   in, Out: c.NDF << (i - 1), InSize: size, OutSize: size / 2,
			Kernel: 4, Stride: 2, Pad: 1, Activation: LeakyReLU,
		}
		if size == 4 {
			l.OutSize, l.Stride, l.Pad = 1, 1, 0
		}
		layers = append(layers, l)
		in, size = l.Out, l.OutSize
	}
	return append(layers, Layer{
		Name: "discriminator.logits", In: in, Out: 1, InSize: 1, OutSize: 1, Kernel: 1, Stride: 1,
	})
}

// PictureFlop returns the floating-point operations of the generator for one picture,
// counted as in StepFlop.
func (m *Model) PictureFlop() int64 {
	var n int64
	for i := range m.Generator {
		n += 2 * m.Generator[i].Multiplies()
	}
	return n
}

// StepFlop is the plain count of floating-point operations of one training step: one update of D, the updates of
// G and, of the sigmoid loss, the losses evaluated after them; two operations a multiply-add, padding included and
// no reuse credited. An update of D goes through it three times a picture, or four with penalties, whose tangents
// are one pass more. An update of G by a loss that pairs pictures judges the real ones too.
func (m *Model) StepFlop(c *config.Config) int64 {
	var g, d int64 // one forward pass
	for i := range m.Generator {
		g += m.Generator[i].Multiplies()
	}
	for i := range m.Discriminator {
		d += m.Discriminator[i].Multiplies()
	}
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
