package gan

import (
	"fmt"

	"dcgan/internal/config"
)

// torchDiscriminator returns the discriminator of PyTorch's DCGAN example: stride-2
// convolutions down to 4x4, whose channels double from ndf on, with batch norm on all but the
// first, and a 4x4 convolution to one logit. At 64x64, ndf = 64, they have 64, 128, 256, 512
// channels.
func torchDiscriminator(c *config.Config) Network {
	var layers Network
	in, size := c.Channels, c.Size
	for i := 1; size > 4; i++ {
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
		Name: "discriminator.logits", In: in, Out: 1, InSize: 4, OutSize: 1, Kernel: 4, Stride: 1,
	})
}
