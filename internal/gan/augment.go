package gan

import (
	"fmt"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/random"
)

// D sees augmented pictures, real and generated ones alike, in D's updates and in G's (Zhao et
// al. 2020: Differentiable Augmentation for Data-Efficient GAN Training). It cannot learn few
// pictures by heart then. G learns nothing of it, because D sees its pictures likewise.

// TransformKind says what a transform does to a picture x, [channels, size, size] in [-1, 1].
// With its numbers drawn each is affine in x, and all but Brightness are linear. Transforms
// are applied in the order of these constants. Those of colour leave a fourth channel, the
// alpha, as it is.
type TransformKind uint8

const (
	Brightness  TransformKind = iota // x + b
	Saturation                       // s x + (1-s) m, m the mean of a pixel's colours
	Contrast                         // c x + (1-c) M, M the mean of all the picture's colours
	Translation                      // moved
	CutOut                           // 0 in a square
)

// Transform is a transform with the law of its numbers, uniform over a range of the given reach.
type Transform struct {
	Kind TransformKind

	// Reach: Brightness draws b from [-Reach, Reach), Saturation and Contrast their factors from
	// [1-Reach, 1+Reach). Translation moves by at most that share of the size, one pixel at
	// least, in each direction. CutOut's square has that share of the size as its side; its
	// centre lies anywhere in the picture, so that the square is cut off at the borders.
	Reach float64

	// Reflect makes Translation fill what it uncovers with the picture's mirror image at its
	// border, in place of 0. A border of zeros tells D where a picture ends, and at
	// strength 1 G may learn to paint it.
	Reflect bool

	// Always applies the transform to every picture, whatever the probability of the others.
	Always bool
}

// Augmentation is a list of transforms in the order of their kinds, one at most of each.
type Augmentation []Transform

// NewAugmentation returns the augmentation of that name, whose moved pictures have that border; AugmentNone has no
// transform.
func NewAugmentation(name, border string) (Augmentation, error) {
	reflect := border == config.BorderReflect
	switch name {
	case config.AugmentNone:
		return nil, nil
	case config.AugmentTranslation:
		// The paper has an eighth; a narrow G then painted the same dots into every
		// picture (bench/quick.md).
		return Augmentation{{Kind: Translation, Reach: 1. / 32, Reflect: reflect}}, nil
	case config.AugmentMild:
		// At the paper's reach of brightness a narrow G paints faces and backgrounds white; a D that sees some
		// pictures whole and in place soon knows a thousand of them by heart (bench/recipes.md).
		return Augmentation{
			{Kind: Brightness, Reach: 0.15}, {Kind: Saturation, Reach: 0.5}, {Kind: Contrast, Reach: 0.25},
			{Kind: Translation, Reach: 1. / 8, Reflect: reflect, Always: true},
			{Kind: CutOut, Reach: 1. / 2, Always: true},
		}, nil
	case config.AugmentDiff:
		return Augmentation{
			{Kind: Brightness, Reach: 0.5}, {Kind: Saturation, Reach: 1}, {Kind: Contrast, Reach: 0.5},
			{Kind: Translation, Reach: 1. / 8, Reflect: reflect}, {Kind: CutOut, Reach: 1. / 2},
		}, nil
	}
	names := []string{config.AugmentNone, config.AugmentTranslation, config.AugmentMild, config.AugmentDiff}
	return nil, fmt.Errorf("augmentation %q is none of %s", name, strings.Join(names, ", "))
}

// Draw is what an augmentation does to one picture.
type Draw struct {
	Brightness           float32 // added to every colour
	Saturation, Contrast float32 // factors; 1 leaves the picture as it is
	X, Y                 int     // moved by so many pixels to the right and down
	Reflect              bool    // what the move uncovers is the mirror image, not 0
	Cut                  Rect    // set to 0
}

// Rect is the pixels x0 <= x < x1, y0 <= y < y1 of a picture; the zero Rect has none.
type Rect struct{ X0, Y0, X1, Y1 int }

// Unchanged is the draw that leaves a picture as it is.
var Unchanged = Draw{Saturation: 1, Contrast: 1}

// Linear returns the draw without the constant that it adds: the linear part of an affine
// map, which is what tangents go through.
func (d Draw) Linear() Draw {
	d.Brightness = 0
	return d
}

// Draw fills draws with those of the pictures, of that size, of the t-th look of a stream. Each
// transform that is not for every picture is applied to one or not, with a probability of p. The numbers depend on the
// arguments alone: one source gives them picture by picture, and in each transform by
// transform. What a transform draws it draws whether it is applied or not, so that another p
// below 1 changes nothing but which are applied.
func (a Augmentation) Draw(draws []Draw, size int, p float64, seed uint64, stream random.Stream, t uint64) {
	source := *random.New(seed, stream, t)
	for i := range draws {
		d := Unchanged
		for j := range a {
			applied := a[j].Always || p >= 1 || source.Float64() < p // at 1 nothing is drawn for it
			changed := d
			a[j].draw(&changed, size, &source)
			if applied {
				d = changed
			}
		}
		draws[i] = d
	}
}

// draw sets the transform's part of d.
func (t *Transform) draw(d *Draw, size int, source *random.Source) {
	switch t.Kind {
	case Brightness:
		d.Brightness = source.Uniform(t.Reach)
	case Saturation:
		d.Saturation = 1 + source.Uniform(t.Reach)
	case Contrast:
		d.Contrast = 1 + source.Uniform(t.Reach)
	case Translation:
		most := max(1, int(float64(size)*t.Reach))
		d.X = source.IntN(2*most+1) - most
		d.Y = source.IntN(2*most+1) - most
		d.Reflect = t.Reflect
	case CutOut:
		side := int(float64(size) * t.Reach)
		x := source.IntN(size+1-side%2) - side/2
		y := source.IntN(size+1-side%2) - side/2
		d.Cut = Rect{max(0, x), max(0, y), min(size, x+side), min(size, y+side)}
	}
}

// Apply is the definition of what a draw does: it returns the augmented picture. Engines
// have ways of their own, which are tested against it.
func Apply[T float32 | float64](d Draw, picture []T, channels, size int) []T {
	seen, area := float64s(picture), size*size
	colours := seen[:min(channels, 3)*area]
	for i := range colours {
		colours[i] += float64(d.Brightness)
	}
	saturate(colours, area, float64(d.Saturation))
	contrast(colours, float64(d.Contrast))
	out := make([]T, len(picture))
	for k := range out {
		if from, ok := d.source(k%area, size); ok {
			out[k] = T(seen[k/area*area+from])
		}
	}
	return out
}

// ApplyTransposed is the definition of the way back: from the gradient with respect to the
// augmented picture it returns that with respect to the picture. The factors of saturation and
// contrast are symmetric maps, so that they are their own transposes.
func ApplyTransposed[T float32 | float64](d Draw, gradient []T, channels, size int) []T {
	seen, area := make([]float64, len(gradient)), size*size
	for k, v := range gradient {
		if from, ok := d.source(k%area, size); ok {
			seen[k/area*area+from] += float64(v)
		}
	}
	colours := seen[:min(channels, 3)*area]
	contrast(colours, float64(d.Contrast))
	saturate(colours, area, float64(d.Saturation))
	out := make([]T, len(gradient))
	for k, v := range seen {
		out[k] = T(v)
	}
	return out
}

// source returns the pixel of the picture that the augmented one shows at a pixel, both
// counted row by row; there is none where the augmented picture is 0.
func (d *Draw) source(pixel, size int) (from int, ok bool) {
	x, y := pixel%size, pixel/size
	if c := d.Cut; x >= c.X0 && x < c.X1 && y >= c.Y0 && y < c.Y1 {
		return 0, false
	}
	column, inside := d.Column(x, size)
	row, within := d.Row(y, size)
	return row*size + column, inside && within
}

// Row and Column return the row or column of the picture that the augmented one shows at one of its own; there
// is none where a move uncovers what is filled with 0. The cut-out is apart.
func (d *Draw) Row(y, size int) (from int, ok bool) { return d.shown(y-d.Y, size) }

func (d *Draw) Column(x, size int) (from int, ok bool) { return d.shown(x-d.X, size) }

func (d *Draw) shown(i, size int) (from int, ok bool) {
	if d.Reflect {
		i = reflected(i, size)
	}
	return i, i >= 0 && i < size
}

// reflected mirrors a coordinate beyond a border at the border's pixel.
func reflected(i, size int) int {
	switch {
	case i < 0:
		return -i
	case i >= size:
		return 2*(size-1) - i
	}
	return i
}

// saturate scales each pixel's colours about their mean.
func saturate(colours []float64, area int, factor float64) {
	if factor == 1 {
		return
	}
	channels := len(colours) / area
	for i := range area {
		mean := 0.0
		for c := range channels {
			mean += colours[c*area+i] / float64(channels)
		}
		for c := range channels {
			v := &colours[c*area+i]
			*v = factor*(*v-mean) + mean
		}
	}
}

// contrast scales colours about the mean of them all.
func contrast(colours []float64, factor float64) {
	if factor == 1 {
		return
	}
	mean := 0.0
	for _, v := range colours {
		mean += v
	}
	mean /= float64(len(colours))
	for i, v := range colours {
		colours[i] = factor*(v-mean) + mean
	}
}

func float64s[T float32 | float64](list []T) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}
