package gan

import (
	"fmt"

	"dcgan/internal/config"
)

// The networks of Radford, Metz, Chintala 2015, with the reference's sizes.

// dcganGenerator returns a generator that reads z as a 1x1 map: a transposed convolution to
// 4x4, transposed convolutions that double the size up to the full one, and a 1x1 convolution
// to the picture's channels. At 64x64, ngf = 64, the outputs are 4x4x1024, 8x8x512, 16x16x256,
// 32x32x128, 64x64x64 and 64x64x3.
func dcganGenerator(c *config.Config) Network {
	n := c.Levels() - 1
	var layers Network
	in, size := c.NZ, 1
	for i := 1; i <= n; i++ {
		l := Layer{
			Name: fmt.Sprintf("generator.deconv%d", i), Op: TransposedConvolution,
			In: in, Out: c.NGF << (n - i), InSize: size, OutSize: 2 * size,
			Kernel: 4, Stride: 2, Pad: 1,
			BatchNorm: fmt.Sprintf("generator.bn%d", i), Activation: ReLU,
		}
		if c.Widths == config.WidthsPublished && 1 < i && i < n {
			l.Out = c.NGF * 2 * (n - i)
		}
		if i == 1 {
			l.OutSize, l.Stride, l.Pad = 4, 1, 0
		} else if c.Init == config.InitBilinear {
			l.Init.Law = Bilinear
		}
		if i == n {
			l.BatchNorm, l.Activation = "", Linear
		}
		layers = append(layers, l)
		in, size = l.Out, l.OutSize
	}
	return append(layers, Layer{
		Name: "generator.logits", In: in, Out: c.Channels, InSize: size, OutSize: size,
		Kernel: 1, Stride: 1,
	})
}

// dcganDiscriminator returns a discriminator of stride-2 convolutions down to 1x1, whose
// channels double from ndf on, and a 1x1 convolution to one logit. At 64x64, ndf = 64, they
// have 64, 128, 256, 512, 1024 and 2048 channels.
func dcganDiscriminator(c *config.Config) Network {
	var layers Network
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
