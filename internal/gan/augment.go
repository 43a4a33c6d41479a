package gan

import (
	"fmt"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/random"
)

// D sees augmented pictures, real and generated ones alike, in D's updates and in G's (Zhao et
// al. 2020: Differentiable Augmentation for Data-Efficient GAN Training). This keeps D from
// memorising a small data set. G does not learn to paint the augmentations, because D sees
// real pictures with them too.

// TransformKind says what a transform does to a picture x, [channels, size, size] in [-1, 1].
// Once its random numbers are drawn, a transform is affine in x, and all but Brightness are
// linear. Transforms are applied in the order of these constants. Brightness, Saturation and
// Contrast do not change a fourth channel, the alpha.
type TransformKind uint8

const (
	Brightness  TransformKind = iota // x + b
	Saturation                       // s x + (1-s) m, m the mean of a pixel's colours
	Contrast                         // c x + (1-c) M, M the mean of all the picture's colours
	Translation                      // moved
	CutOut                           // 0 in a square
)

// Transform is a transform with the range of its random numbers, which are uniform.
type Transform struct {
	Kind TransformKind

	// Reach: Brightness draws b from [-Reach, Reach), Saturation and Contrast their factors from
	// [1-Reach, 1+Reach). Translation moves the picture in each direction by up to Reach times
	// its size, or by up to one pixel if that is more. CutOut's square has a side of Reach times
	// the size. Its centre lies anywhere in the picture, and the borders cut off what lies beyond.
	Reach float64

	// Reflect makes Translation fill the uncovered pixels with the picture's mirror image at its
	// border instead of 0. A border of zeros tells D where a picture ends. If every picture is
	// moved, G may learn to paint such a border.
	Reflect bool

	// Always applies the transform to every picture. The others are applied with a probability.
	Always bool
}

// Augmentation is a list of transforms in the order of their kinds, with at most one of each kind.
type Augmentation []Transform

// NewAugmentation returns the augmentation with that name. Translations fill the uncovered pixels as border says
// (config.BorderGrey or config.BorderReflect). config.AugmentNone has no transforms.
func NewAugmentation(name, border string) (Augmentation, error) {
	reflect := border == config.BorderReflect
	switch name {
	case config.AugmentNone:
		return nil, nil
	case config.AugmentTranslation:
		// The paper uses an eighth. With it, a narrow G painted the same dots into every
		// picture (bench/quick.md).
		return Augmentation{{Kind: Translation, Reach: 1. / 32, Reflect: reflect}}, nil
	case config.AugmentMild:
		// At the paper's reach of brightness, a narrow G paints faces and backgrounds white. A D that sees some
		// pictures whole and in place soon memorises a set of a thousand (bench/recipes.md).
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
	Saturation, Contrast float32 // factors; 1 changes nothing
	X, Y                 int     // pixels by which the picture moves to the right and down
	Reflect              bool    // uncovered pixels show the mirror image instead of 0
	Cut                  Rect    // set to 0
}

// Rect is the pixels x0 <= x < x1, y0 <= y < y1 of a picture; the zero Rect has none.
type Rect struct{ X0, Y0, X1, Y1 int }

// Unchanged is the draw that does not change a picture.
var Unchanged = Draw{Saturation: 1, Contrast: 1}

// Linear returns the linear part of the draw, without the constant that it adds. A tangent is
// transformed by that part.
func (d Draw) Linear() Draw {
	d.Brightness = 0
	return d
}

// Draw fills draws with one draw a picture, for pictures of that size. Each transform without
// Always is applied to a picture with probability p.
//
// The result depends on the arguments alone. One source of random numbers serves all pictures in
// order, and the transforms of a picture in order; t numbers the sources of a stream. A transform
// draws its numbers even if it is not applied: for p below 1, another p changes which transforms
// are applied, but not their numbers.
func (a Augmentation) Draw(draws []Draw, size int, p float64, seed uint64, stream random.Stream, t uint64) {
	source := *random.New(seed, stream, t)
	for i := range draws {
		d := Unchanged
		for j := range a {
			applied := a[j].Always || p >= 1 || source.Float64() < p // p of 1 draws no number
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

// Apply returns the augmented picture. It defines what a draw does: the implementations of
// engines are tested against it.
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

// ApplyTransposed turns the gradient with respect to the augmented picture into the gradient
// with respect to the picture. It defines the backward pass, as Apply does the forward pass.
// Saturation and contrast are symmetric linear maps, so each is its own transpose.
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

// source returns the index of the picture's pixel that the augmented picture shows at the index
// pixel. Indices count row by row. It returns false where the augmented picture is 0.
func (d *Draw) source(pixel, size int) (from int, ok bool) {
	x, y := pixel%size, pixel/size
	if c := d.Cut; x >= c.X0 && x < c.X1 && y >= c.Y0 && y < c.Y1 {
		return 0, false
	}
	column, inside := d.Column(x, size)
	row, within := d.Row(y, size)
	return row*size + column, inside && within
}

// Row returns the row of the picture that the augmented picture shows in its row y. It returns false if that row is
// uncovered and filled with 0. It does not take the cut-out into account.
func (d *Draw) Row(y, size int) (from int, ok bool) { return d.shown(y-d.Y, size) }

// Column is Row for columns.
func (d *Draw) Column(x, size int) (from int, ok bool) { return d.shown(x-d.X, size) }

func (d *Draw) shown(i, size int) (from int, ok bool) {
	if d.Reflect {
		i = reflected(i, size)
	}
	return i, i >= 0 && i < size
}

// reflected mirrors a coordinate outside the picture at the pixel of the border.
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

// contrast scales all colours about their common mean.
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
