package cpu

import (
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

// augmentation augments the pictures that D sees, and turns gradients of augmented pictures into gradients of the
// pictures. Package gan makes the draws. The transforms here compute gan.Apply and gan.ApplyTransposed in one pass
// over a picture. Colours change by
//
//	colour(x) = c s x + c (1-s) m + (1-c) M + b
//
// for a colour x, the mean m of its pixel's colours, the mean M of all the picture's colours, brightness b, saturation
// s and contrast c. The linear part is symmetric, so that the same formula without b transforms gradients.
type augmentation struct {
	list         gan.Augmentation
	p            float64      // the probability of each transform in the step
	control      *gan.Control // adapts p; nil if p is fixed
	seed         uint64
	draws        []gan.Draw // one a picture
	pool         *kernel.Pool
	dst, src     *featureMap // of the running call
	show, goBack func(worker, n int)
}

func newAugmentation(list gan.Augmentation, seed uint64, batch int, pool *kernel.Pool) *augmentation {
	a := &augmentation{list: list, seed: seed, draws: make([]gan.Draw, batch), pool: pool}
	a.show = func(_, n int) { augment(a.dst, a.src, n, &a.draws[n]) }
	a.goBack = func(_, n int) { augmentBack(a.dst, a.src, n, &a.draws[n]) }
	return a
}

// see fills seen with the augmented pictures, by draw number t of a stream.
func (a *augmentation) see(seen, pictures *featureMap, stream random.Stream, t int64) {
	a.draw(seen.size, stream, t)
	a.dst, a.src = seen, pictures
	a.pool.Run(len(a.draws), a.show)
}

// draw makes draw number t of a stream, for pictures of that size.
func (a *augmentation) draw(size int, stream random.Stream, t int64) {
	a.list.Draw(a.draws, size, a.p, a.seed, stream, uint64(t))
}

// back fills dpictures with the gradient of the pictures, from the gradient dseen of the augmented pictures of the last
// draw.
func (a *augmentation) back(dpictures, dseen *featureMap) {
	a.dst, a.src = dpictures, dseen
	a.pool.Run(len(a.draws), a.goBack)
}

// begin sets p for a step. p is the setting or, if it is controlled, the control's p, which the setting bounds.
func (a *augmentation) begin(setting float64) {
	a.p = setting
	if a.control != nil {
		a.control.Bound(setting)
		a.p = float64(a.control.P)
	}
}

// follow sets the figure of the step's p, and adapts p for the next step to the logits of D's update. It does nothing
// if p is fixed.
func (a *augmentation) follow(losses *gan.Losses, real, generated []float64) {
	if a.control == nil {
		return
	}
	losses.Set(gan.AugmentP, a.p)
	a.control.Observe(gan.MeanSign(real, generated), len(real))
}

// augment fills picture n of dst with picture n of src, augmented.
func augment(dst, src *featureMap, n int, d *gan.Draw) {
	recolour := newRecolouring(src, n, d)
	for y := range dst.size {
		to := dst.inside(n, 0, y)
		from, ok := d.Row(y, dst.size)
		if !ok {
			clear(to)
			continue
		}
		row := src.inside(n, 0, from)
		left, right := max(d.X, 0), dst.size+min(d.X, 0) // columns left..right-1 show the moved row
		copy(to[left*dst.pixel:right*dst.pixel], row[max(-d.X, 0)*src.pixel:])
		if d.Reflect {
			uncover(to[:left*dst.pixel], row, 0, d, dst)
			uncover(to[right*dst.pixel:], row, right, d, dst)
			recolour.row(to)
		} else { // uncovered pixels are 0, whatever the change of colours
			recolour.row(to[left*dst.pixel : right*dst.pixel])
			clear(to[:left*dst.pixel])
			clear(to[right*dst.pixel:])
		}
		if y >= d.Cut.Y0 && y < d.Cut.Y1 {
			clear(to[d.Cut.X0*dst.pixel : d.Cut.X1*dst.pixel])
		}
	}
}

// uncover fills part, which begins at column first of a row of m, with the mirror image of row, the row before its
// move.
func uncover(part, row []float32, first int, d *gan.Draw, m *featureMap) {
	for at := 0; at < len(part); at += m.pixel {
		from, _ := d.Column(first+at/m.pixel, m.size)
		copy(part[at:at+m.pixel], row[from*m.pixel:])
	}
}

// augmentBack fills picture n of dst with the gradient of the picture, from the gradient of the augmented picture in
// src.
func augmentBack(dst, src *featureMap, n int, d *gan.Draw) {
	for y := range dst.size {
		clear(dst.inside(n, 0, y))
	}
	for y := range src.size {
		to, ok := d.Row(y, src.size)
		if !ok {
			continue
		}
		into, from := dst.inside(n, 0, to), src.inside(n, 0, y)
		cut := y >= d.Cut.Y0 && y < d.Cut.Y1
		for x := range src.size {
			at, ok := d.Column(x, src.size)
			if !ok || cut && x >= d.Cut.X0 && x < d.Cut.X1 {
				continue
			}
			pixel, seen := into[at*dst.pixel:][:dst.channels], from[x*src.pixel:][:dst.channels]
			if !d.Reflect { // a single source: copying keeps the sign of zeros
				copy(pixel, seen)
				continue
			}
			for c, v := range seen {
				pixel[c] += v
			}
		}
	}
	linear := d.Linear()
	if recolour := newRecolouring(dst, n, &linear); recolour.on {
		for y := range dst.size {
			recolour.row(dst.inside(n, 0, y))
		}
	}
}

// recolouring is what a draw does to a picture's colours.
type recolouring struct {
	on                  bool
	pixel, colours      int
	own, ofPixel, shift float32 // factor of x, factor of the sum of its pixel's colours, constant
}

// newRecolouring returns what d does to the colours of picture n of m. It reads the picture for its mean colour.
func newRecolouring(m *featureMap, n int, d *gan.Draw) recolouring {
	colours := min(m.channels, 3)
	r := recolouring{pixel: m.pixel, colours: colours}
	if d.Brightness == 0 && d.Saturation == 1 && d.Contrast == 1 {
		return r
	}
	sum := 0.0
	for y := range m.size {
		row := m.inside(n, 0, y)
		var line float32
		for x := 0; x < len(row); x += m.pixel {
			for _, v := range row[x : x+colours] {
				line += v
			}
		}
		sum += float64(line)
	}
	mean := sum / float64(colours*m.size*m.size)
	s, c := float64(d.Saturation), float64(d.Contrast)
	r.on, r.own, r.ofPixel = true, float32(c*s), float32(c*(1-s)/float64(colours))
	r.shift = float32((1-c)*mean + float64(d.Brightness))
	return r
}

// row recolours a row of pixels.
func (r *recolouring) row(row []float32) {
	switch {
	case !r.on:
	case r.colours == 3:
		for x := 0; x+3 < len(row); x += r.pixel {
			p := row[x : x+3 : x+4]
			a, b, c := p[0], p[1], p[2]
			add := float32(r.ofPixel*(a+b+c)) + r.shift
			p[0], p[1], p[2] = float32(r.own*a)+add, float32(r.own*b)+add, float32(r.own*c)+add
		}
	default:
		for x := 0; x < len(row); x += r.pixel {
			sum := float32(0)
			for _, v := range row[x : x+r.colours] {
				sum += v
			}
			for i, v := range row[x : x+r.colours] {
				row[x+i] = float32(r.own*v) + float32(r.ofPixel*sum) + r.shift
			}
		}
	}
}
