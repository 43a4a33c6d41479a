package cpu

import "dcgan/internal/gan"

// geometry is the shape of a convolution: from the wide map, the larger one, to
// the narrow one. A transposed convolution has the same geometry, walked from
// narrow to wide, and its weights, IOHW, have the axes of the convolution's OIHW:
// [narrow channels][wide channels][kernel][kernel] either way.
type geometry struct {
	wide, narrow       int // sizes in pixels
	wideC, narrowC     int // channels
	kernel, stride     int
	pad                int
	wideRow, narrowRow int // floats of a row of the padded maps
	wideLen, narrowLen int // channels in use of a block: 16, or all of a single block
	widePixel          int // floats of a pixel of the wide map: 16, or 4 of pictures

	// The taps in use of an axis: all others only see zeros. D's last convolution, 2x2 to
	// 1x1, uses 2 of its 4, so a quarter of its weights, and those are the most there are.
	firstTap, taps int
}

// newGeometry returns the geometry of a layer whose wide map has widePixel floats a pixel and block.
func newGeometry(l *gan.Layer, widePixel int) geometry {
	g := geometry{
		wide: l.InSize, narrow: l.OutSize, wideC: l.In, narrowC: l.Out,
		kernel: l.Kernel, stride: l.Stride, pad: l.Pad, widePixel: widePixel,
	}
	if l.Op == gan.TransposedConvolution {
		g.wide, g.narrow, g.wideC, g.narrowC = l.OutSize, l.InSize, l.Out, l.In
	}
	g.wideRow, g.narrowRow = (g.wide+2)*g.widePixel, (g.narrow+2)*lanes
	g.wideLen, g.narrowLen = min(g.wideC, lanes), min(g.narrowC, lanes)
	for !g.meets(g.firstTap) {
		g.firstTap++
	}
	for g.firstTap+g.taps < g.kernel && g.meets(g.firstTap+g.taps) {
		g.taps++
	}
	return g
}

// tap is one of the kernel's places.
type tap struct{ y, x int }

// index is the place of a tap among those in use.
func (g *geometry) index(t tap) int { return (t.y-g.firstTap)*g.taps + t.x - g.firstTap }

// used reports whether a place of an axis is in use.
func (g *geometry) used(k int) bool { return k >= g.firstTap && k < g.firstTap+g.taps }

// tapCount is the number of places in use.
func (g *geometry) tapCount() int { return g.taps * g.taps }

// The wide pixel that meets narrow pixel y under tap ky is stride*y - pad + ky;
// with the border of one it lies at stride*y + wideShift(ky) of the padded map.
func (g *geometry) wideShift(k int) int { return k + 1 - g.pad }

// meets reports whether a tap meets an inside pixel of the wide map for any narrow
// pixel of an axis.
func (g *geometry) meets(k int) bool {
	for y := range g.narrow {
		if u := g.stride*y - g.pad + k; u >= 0 && u < g.wide {
			return true
		}
	}
	return false
}

// usedTaps lists the places in use, in the order of index.
func (g *geometry) usedTaps() (list []tap) {
	for y := range g.taps {
		for x := range g.taps {
			list = append(list, tap{g.firstTap + y, g.firstTap + x})
		}
	}
	return list
}

// phase is a class of wide pixels that meet the same taps: the pixels
// phases*v + p of an axis, v = 0..narrow-1. Kernel 4, stride 2 has two an axis;
// from a single narrow pixel each wide pixel is a class of its own.
func (g *geometry) phases() int { return g.wide / g.narrow }

// phaseTaps lists for phase p of an axis the tap places k and the shift of the
// narrow pixel against v that goes with each: stride*(v+shift) - pad + k is the
// wide pixel phases*v + p.
func (g *geometry) phaseTaps(p int) (list []struct{ k, shift int }) {
	for k := range g.kernel {
		d := p + g.pad - k
		if d%g.stride != 0 {
			continue
		}
		shift := d / g.stride
		for v := range g.narrow {
			if y := v + shift; y >= 0 && y < g.narrow {
				list = append(list, struct{ k, shift int }{k, shift})
				break
			}
		}
	}
	return list
}
