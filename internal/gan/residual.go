package gan

import (
	"fmt"
	"math"

	"dcgan/internal/config"
)

// Residual networks without normalisation, like those of R3GAN (Huang et al. 2024: The GAN is dead; long live the
// GAN!, section 4). A network is a sequence of stages. The maps of a stage have one size, and the stage is a sequence
// of bottleneck blocks
//
//	y = x + W3 act(W2 act(W1 x + b1) + b2) + b3,   act(v) = max(v, 0.2 v)
//
// where W1 and W3 are 1x1 convolutions, W2 is a 3x3 convolution, and the maps between them have fewer channels than x.
// No other layer has an activation. W3 starts at 0, so that every block starts as the identity. W1 and W2 start with
// gain sqrt(2/1.04) V^(-1/4) in a network of V blocks (the paper's appendix, after Zhang et al. 2019: Fixup). Between
// two stages, maps are resampled with [1 3 3 1], and a 1x1 convolution changes their channels.
//
// R3GAN's networks differ in three ways: their convolutions have groups, they have other layers between z and the 4x4
// map and between the 4x4 map and the logit, where these have one full layer each, and they have a stage of the
// picture's size, where these have a single convolution of stride 2.

// residualBlockMin is the least number of channels inside a block. A block with fewer channels outside has as many
// inside.
const residualBlockMin = 16

// residualStages returns the size and the number of channels of each stage, from size 4 to half the picture's size. The
// last stage has width channels, and each stage has twice as many as the next.
func residualStages(c *config.Config, width int) (sizes, channels []int) {
	for size := 4; size < c.Size; size *= 2 {
		sizes, channels = append(sizes, size), append(channels, width*c.Size/2/size)
	}
	return sizes, channels
}

// residualGenerator returns a generator of a full layer from z to 4x4, the stages with upsamplings between them, and a
// transposed convolution to the picture. At 64x64, ngf = 16, the stages have 4x4x128, 8x8x64, 16x16x32 and 32x32x16.
func residualGenerator(c *config.Config) Network {
	sizes, channels := residualStages(c, c.NGF)
	layers := Network{{
		Name: "generator.basis", Op: TransposedConvolution, In: c.NZ, Out: channels[0], InSize: 1, OutSize: 4,
		Kernel: 4, Stride: 1, Init: Init{Law: Normal, Variance: 1 / latentSquare(c.Latent)},
	}}
	for i, size := range sizes {
		stage := fmt.Sprintf("generator.stage%d.", size)
		layers = layers.residualStage(stage, channels[i], size, c.Blocks, len(sizes)*c.Blocks)
		if i+1 < len(sizes) {
			layers = append(layers,
				pointwise(stage+"widths", channels[i], channels[i+1], size),
				resampling(stage+"up", Upsampling, channels[i+1], size, 2*size))
		}
	}
	last := len(sizes) - 1
	return append(layers, Layer{
		Name: "generator.picture", Op: TransposedConvolution, In: channels[last], Out: c.Channels,
		InSize: sizes[last], OutSize: c.Size, Kernel: 4, Stride: 2, Pad: 1, Init: Init{Law: Bilinear},
	})
}

// residualDiscriminator returns a discriminator of a convolution to half the picture's size, the stages with
// downsamplings between them, and a full layer from 4x4 to one logit. At 64x64, ndf = 16, the stages have 32x32x16,
// 16x16x32, 8x8x64 and 4x4x128.
func residualDiscriminator(c *config.Config) Network {
	sizes, channels := residualStages(c, c.NDF)
	last := len(sizes) - 1
	layers := Network{{
		Name: "discriminator.picture", In: c.Channels, Out: channels[last], InSize: c.Size, OutSize: sizes[last],
		Kernel: 4, Stride: 2, Pad: 1, Init: Init{Law: Normal, Variance: 1},
	}}
	for i := last; i >= 0; i-- {
		stage := fmt.Sprintf("discriminator.stage%d.", sizes[i])
		layers = layers.residualStage(stage, channels[i], sizes[i], c.Blocks, len(sizes)*c.Blocks)
		if i > 0 {
			layers = append(layers,
				resampling(stage+"down", Downsampling, channels[i], sizes[i], sizes[i]/2),
				pointwise(stage+"widths", channels[i], channels[i-1], sizes[i]/2))
		}
	}
	return append(layers, Layer{
		Name: "discriminator.logits", In: channels[0], Out: 1, InSize: 4, OutSize: 1, Kernel: 4, Stride: 1,
		Init: Init{Law: Normal, Variance: 1},
	})
}

// residualStage appends the given number of blocks to the layers that lead to them. all is the number of blocks in the
// network.
func (n Network) residualStage(name string, channels, size, blocks, all int) Network {
	inside := max(channels/2, min(channels, residualBlockMin))
	init := Init{Law: Normal, Variance: beforeLeaky / math.Sqrt(float64(all))}
	for b := 1; b <= blocks; b++ {
		block, input := fmt.Sprintf("%sblock%d.", name, b), n[len(n)-1].Name
		first, third := pointwise(block+"conv1", channels, inside, size), pointwise(block+"conv3", inside, channels, size)
		first.Activation, first.Init = LeakyReLU, init
		second := Layer{
			Name: block + "conv2", In: inside, Out: inside, InSize: size, OutSize: size, Kernel: 3, Stride: 1, Pad: 1,
			Activation: LeakyReLU, Init: init,
		}
		third.Add, third.Init.Variance = input, 0
		n = append(n, first, second, third)
	}
	return n
}

// pointwise returns a linear 1x1 convolution.
func pointwise(name string, in, out, size int) Layer {
	return Layer{
		Name: name, In: in, Out: out, InSize: size, OutSize: size, Kernel: 1, Stride: 1, Init: Init{Law: Normal, Variance: 1},
	}
}

// resampling returns an Upsampling or Downsampling with [1 3 3 1].
func resampling(name string, op Operation, channels, from, to int) Layer {
	return Layer{
		Name: name, Op: op, In: channels, Out: channels, InSize: from, OutSize: to, Kernel: 4, Stride: 2, Pad: 1,
	}
}
