package cpu

import (
	"fmt"

	"dcgan/internal/gan"
)

// plan is a layer as this engine computes it: its description, the maps that it reads and adds, and the layout of its
// wide map's pixels.
//
// The maps of a pass are numbered. Map 0 is the network's input, and map i+1 is the output of plan i.
type plan struct {
	gan.Layer
	source    int // the map that it reads
	added     int // the map that it adds, or noMap
	widePixel int // floats of a pixel of a block: lanes, or shortPixel for a map of pictures
}

const noMap = -1

// plansOf returns the plans of a network's table. If the last two layers fold, they have one plan. The pixels of the
// input and the output have inputPixel and outputPixel floats a block, and those of all other maps have lanes.
func plansOf(specs gan.Network, inputPixel, outputPixel int) []plan {
	var list []plan
	layers := computed(specs)
	for i, l := range layers {
		p := plan{Layer: l, source: layers.Reads(i) + 1, added: noMap, widePixel: lanes}
		if at, ok := layers.Adds(i); ok {
			p.added = at + 1
		}
		if l.Op == gan.Convolution && p.source == 0 {
			p.widePixel = inputPixel
		}
		if l.Op == gan.TransposedConvolution && i == len(layers)-1 {
			p.widePixel = outputPixel
		}
		list = append(list, p)
	}
	return list
}

// generatorPlans and discriminatorPlans return the plans of a model whose pictures have picturePixel floats a pixel.
func generatorPlans(m *gan.Model, picturePixel int) []plan {
	return plansOf(m.Generator, lanes, picturePixel)
}

func discriminatorPlans(m *gan.Model, picturePixel int) []plan {
	return plansOf(m.Discriminator, picturePixel, lanes)
}

// picturePixelOf returns the floats of a pixel of the map of pictures. It is shortPixel if both the generator's layer
// that writes the map and the only layer of the discriminator that reads it support short pixels, and lanes otherwise.
func picturePixelOf(m *gan.Model) int {
	generator, discriminator := computed(m.Generator), computed(m.Discriminator)
	paints := &generator[len(generator)-1]
	if paints.Op != gan.TransposedConvolution || !fitsShortPixels(paints) || paints.Add != "" {
		return lanes
	}
	for i := range discriminator {
		reads := discriminator.Reads(i) == gan.InputIndex
		adds, ok := discriminator.Adds(i)
		if ok && adds == gan.InputIndex || reads != (i == 0) || reads && !readsShortPixels(&discriminator[i]) {
			return lanes
		}
	}
	return shortPixel
}

func readsShortPixels(l *gan.Layer) bool { return l.Op == gan.Convolution && fitsShortPixels(l) }

// uses lists the layers that read a map and those that add it, by number.
type uses struct{ reads, adds []int }

// usesOf returns the uses of each map.
func usesOf(plans []plan) []uses {
	list := make([]uses, len(plans)+1)
	for i, p := range plans {
		list[p.source].reads = append(list[p.source].reads, i)
		if p.added != noMap {
			list[p.added].adds = append(list[p.added].adds, i)
		}
	}
	return list
}

// fitsShortPixels reports whether a layer's wide map can have short pixels (picture.go): at most four channels, and
// a kernel-4 stride-2 convolution whose rows are whole vectors.
func fitsShortPixels(l *gan.Layer) bool {
	wide, channels := l.InSize, l.In
	if l.Op == gan.TransposedConvolution {
		wide, channels = l.OutSize, l.Out
	}
	return channels <= shortPixel && l.BatchNorm == "" && l.Kernel == 4 && l.Stride == 2 && l.Pad == 1 && wide%4 == 0
}

// inPixel returns the floats of a pixel of the map that the layer reads.
func (p *plan) inPixel() int {
	if p.Op == gan.TransposedConvolution {
		return lanes
	}
	return p.widePixel
}

// outPixel returns the floats of a pixel of the map that the layer writes.
func (p *plan) outPixel() int {
	if p.Op == gan.TransposedConvolution {
		return p.widePixel
	}
	return lanes
}

// Supports returns an error unless this engine can compute the layer. Maps have a border of one pixel, and a
// convolution must stay within it. The pixels of a transposed convolution's result fall into phases that meet the same
// taps: along an axis, as many as the stride or, from a single pixel, as many as there are pixels. After a batch norm,
// backward takes the sign of the activation's argument from the convolution's result alone, so nothing may be added.
func Supports(l *gan.Layer) error {
	if err := l.Validate(); err != nil {
		return err
	}
	wide, narrow := l.Sizes()
	switch {
	case l.Pad > 1:
		return fmt.Errorf("layer %s: the engine pads by 1 at most, not by %d", l.Name, l.Pad)
	case l.Stride*(narrow-1)+l.Kernel-l.Pad > wide+1:
		return fmt.Errorf("layer %s: its kernel reaches further than one pixel beyond the map", l.Name)
	case narrow > 1 && wide != l.Stride*narrow:
		return fmt.Errorf("layer %s: sizes %d and %d are not in the ratio of its stride, %d", l.Name, wide, narrow, l.Stride)
	case l.Smooth && narrow < 2:
		return fmt.Errorf("layer %s: the engine has no smooth kernel whose taps do not all meet a pixel", l.Name)
	case l.BatchNorm != "" && l.Activation == gan.Tanh:
		return fmt.Errorf("layer %s: the engine has no tanh after a batch norm", l.Name)
	case l.BatchNorm != "" && l.Add != "":
		return fmt.Errorf("layer %s: the engine adds nothing to a batch norm; an identity after it can", l.Name)
	}
	return nil
}

// supportsModel returns an error if a model is invalid or has a layer that the engine cannot compute.
func supportsModel(m *gan.Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	for _, network := range []gan.Network{m.Generator, m.Discriminator} {
		for i := range network {
			if err := Supports(&network[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
