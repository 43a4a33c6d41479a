package gan

import (
	"fmt"

	"dcgan/internal/config"
)

// plainDiscriminator has no batch norm, so that its verdict on one picture does not depend on the others and its
// gradient has a closed form: stride-2 convolutions with biases down to 4x4, channels doubling from ndf, one
// over all of that, and a 1x1 convolution to one logit. At 64x64, ndf = 16: 16, 32, 64, 128, 256 channels.
func plainDiscriminator(c *config.Config) Network {
	var layers Network
	in, size := c.Channels, c.Size
	for i := 1; i < c.Levels(); i++ {
		l := Layer{
			Name: fmt.Sprintf("discriminator.conv%d", i),
			In:   in, Out: c.NDF << (i - 1), InSize: size, OutSize: size / 2,
			Kernel: 4, Stride: 2, Pad: 1, Activation: LeakyReLU,
			Init: Init{Law: Normal, Variance: beforeLeaky},
		}
		if size == 4 {
			l.OutSize, l.Stride, l.Pad = 1, 1, 0
		}
		layers = append(layers, l)
		in, size = l.Out, l.OutSize
	}
	return append(layers, Layer{
		Name: "discriminator.logits", In: in, Out: 1, InSize: 1, OutSize: 1, Kernel: 1, Stride: 1,
		Init: Init{Law: Normal, Variance: 1},
	})
}
