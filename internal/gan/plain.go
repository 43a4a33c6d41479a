package gan

import (
	"fmt"

	"dcgan/internal/config"
)

// plainDiscriminator returns a discriminator without batch norm: stride-2 convolutions with biases down to 4x4, whose
// channels double from ndf on, a 4x4 convolution to 1x1, and a 1x1 convolution to one logit. At 64x64, ndf = 16, they
// have 16, 32, 64, 128 and 256 channels. Its verdict on a picture does not depend on the rest of the batch, which
// gradient penalties need.
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
