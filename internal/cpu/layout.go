package cpu

import (
	"fmt"

	"dcgan/internal/gan"
)

// plan is a layer as this engine computes it: its description, which maps of the pass it takes, and how the pixels of
// its wide map lie.
//
// The maps of a pass are numbered: 0 is the network's input, i+1 what plan i computes.
type plan struct {
	gan.Layer
	source    int // the map that it reads
	added     int // the map that it adds, or noMap
	widePixel int // floats of a pixel of a block: lanes, or shortPixel of a map of pictures
}

const noMap = -1

// plansOf returns what a network computes for its table: the last two layers as one where they fold. Its input and
// its output have pixels of so many floats, every map inside has lanes.
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

// picturePixelOf returns the floats of a pixel of the pictures that a generator paints and a discriminator
// reads. Whoever touches the map must be able to take short pixels: the layer that paints it, and a single one that
// reads it.
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

// uses are the layers that take a map: those that read it and those that add it, by their numbers.
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

// Supports returns an error that says why this engine cannot compute a layer, or nil. Maps have a border of
// one pixel, so a convolution must stay within it; a transposed convolution's result falls into phases of
// pixels that meet the same taps, as many as its stride, or all of them from a single pixel. Backward finds the sign
// of an activation's argument in the convolution's result where a batch norm follows it, so nothing may be added.
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

// supportsModel returns an error that says what of a model is wrong, or which layer the engine cannot compute.
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
