package cpu

import (
	"errors"
	"fmt"

	"dcgan/internal/gan"
)

// plan is a layer as this engine computes it: its description, and how the pixels of its wide map lie.
type plan struct {
	gan.Layer
	widePixel int // floats of a pixel of a block: lanes, or thin of a map of pictures
}

// plansOf returns what a network computes for its table: the last two layers as one where they fold, and
// the network's own picture map, if any, with pixels of picturePixel floats. Every map inside has lanes.
func plansOf(specs []gan.Layer, picturePixel int) []plan {
	var list []plan
	for _, l := range computed(specs) {
		list = append(list, plan{Layer: l, widePixel: lanes})
	}
	if first := &list[0]; !first.Transposed {
		first.widePixel = picturePixel
	}
	if last := &list[len(list)-1]; last.Transposed {
		last.widePixel = picturePixel
	}
	return list
}

// picturePixelOf returns the floats of a pixel of the pictures that a generator paints and a discriminator
// reads. Both sides must be able to take thin pixels, for they share the map.
func picturePixelOf(generator, discriminator []gan.Layer) int {
	list := computed(generator)
	paints, reads := &list[len(list)-1], &computed(discriminator)[0]
	if paints.Transposed && fitsThin(paints) && !reads.Transposed && fitsThin(reads) {
		return thin
	}
	return lanes
}

// fitsThin reports whether a layer's wide map can have thin pixels (few.go): at most four channels, and
// a kernel-4 stride-2 convolution whose rows are whole vectors.
func fitsThin(l *gan.Layer) bool {
	wide, channels := l.InSize, l.In
	if l.Transposed {
		wide, channels = l.OutSize, l.Out
	}
	return channels <= thin && l.BatchNorm == "" && l.Kernel == 4 && l.Stride == 2 && l.Pad == 1 && wide%4 == 0
}

// inPixel returns the floats of a pixel of the map that the layer reads.
func (p *plan) inPixel() int {
	if p.Transposed {
		return lanes
	}
	return p.widePixel
}

// outPixel returns the floats of a pixel of the map that the layer writes.
func (p *plan) outPixel() int {
	if p.Transposed {
		return p.widePixel
	}
	return lanes
}

// Supports returns an error that says why this engine cannot compute a layer, or nil. Maps have a border of
// one pixel, so a convolution must stay within it; a transposed convolution's result falls into phases of
// pixels that meet the same taps, as many as its stride, or all of them from a single pixel.
func Supports(l *gan.Layer) error {
	if err := l.Validate(); err != nil {
		return err
	}
	wide, narrow := l.InSize, l.OutSize
	if l.Transposed {
		wide, narrow = narrow, wide
	}
	switch {
	case l.Pad > 1:
		return fmt.Errorf("layer %s: the engine pads by 1 at most, not by %d", l.Name, l.Pad)
	case l.Stride*(narrow-1)+l.Kernel-l.Pad > wide+1:
		return fmt.Errorf("layer %s: its kernel reaches further than one pixel beyond the map", l.Name)
	case narrow > 1 && wide != l.Stride*narrow:
		return fmt.Errorf("layer %s: sizes %d and %d are not in the ratio of its stride, %d", l.Name, wide, narrow, l.Stride)
	case l.BatchNorm != "" && l.Activation == gan.Tanh:
		return fmt.Errorf("layer %s: the engine has no tanh after a batch norm", l.Name)
	}
	return nil
}

// supportsModel reports the first layer of a model that the engine cannot compute, or that does not take what the
// layer before it gives.
func supportsModel(m *gan.Model) error {
	for _, network := range []struct {
		layers         []gan.Layer
		channels, size int // of its input
	}{
		{m.Generator, m.NZ, 1},
		{m.Discriminator, m.Channels, m.Size},
	} {
		if len(network.layers) == 0 {
			return errors.New("a network has no layers")
		}
		channels, size := network.channels, network.size
		for i := range network.layers {
			l := &network.layers[i]
			if err := Supports(l); err != nil {
				return err
			}
			if l.In != channels || l.InSize != size {
				return fmt.Errorf("layer %s: it takes %d channels of %dx%d and is given %d of %dx%d",
					l.Name, l.In, l.InSize, l.InSize, channels, size, size)
			}
			channels, size = l.Out, l.OutSize
		}
	}
	return nil
}
