package gan

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/random"
)

func augmentation(t *testing.T, name string) Augmentation {
	t.Helper()
	a, err := NewAugmentation(name, config.BorderGrey)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The augmentation "translation" draws recorded numbers, so that trainings keep their bytes.
func TestTranslationDrawsItsNumbers(t *testing.T) {
	for _, size := range []int{8, 32, 64, 128, 512} {
		draws := make([]Draw, 9)
		a := augmentation(t, config.AugmentTranslation)
		a.Draw(draws, size, 1, 5, random.SeenD, 77)
		source, most := random.New(5, random.SeenD, 77), max(1, size/32)
		for i, d := range draws {
			want := Unchanged
			want.X = source.IntN(2*most+1) - most
			want.Y = source.IntN(2*most+1) - most
			if d != want {
				t.Errorf("size %d: picture %d has %+v, want %+v", size, i, d, want)
			}
		}
	}
}

// The numbers of config.AugmentDiff fill their ranges and do not depend on the number of pictures.
func TestDiffAugmentDraws(t *testing.T) {
	const size, n = 32, 4000
	a := augmentation(t, config.AugmentDiff)
	draws, few := make([]Draw, n), make([]Draw, 3)
	a.Draw(draws, size, 1, 1, random.SeenG, 9)
	if a.Draw(few, size, 1, 1, random.SeenG, 9); !slices.Equal(few, draws[:3]) {
		t.Error("the first pictures' draws depend on the number of pictures")
	}
	if a.Draw(few, size, 1, 1, random.SeenG, 10); slices.Equal(few, draws[:3]) {
		t.Error("two looks draw the same")
	}
	for _, c := range []struct {
		name     string
		of       func(d *Draw) float64
		from, to float64
		off      float64 // tolerance of the least and the greatest
	}{
		{"brightness", func(d *Draw) float64 { return float64(d.Brightness) }, -0.5, 0.5, 0.01},
		{"saturation", func(d *Draw) float64 { return float64(d.Saturation) }, 0, 2, 0.02},
		{"contrast", func(d *Draw) float64 { return float64(d.Contrast) }, 0.5, 1.5, 0.01},
		{"x", func(d *Draw) float64 { return float64(d.X) }, -4, 4, 0},
		{"y", func(d *Draw) float64 { return float64(d.Y) }, -4, 4, 0},
		{"cut from x", func(d *Draw) float64 { return float64(d.Cut.X0) }, 0, 24, 0},
		{"cut to x", func(d *Draw) float64 { return float64(d.Cut.X1) }, 8, 32, 0},
		{"cut to y", func(d *Draw) float64 { return float64(d.Cut.Y1) }, 8, 32, 0},
		{"cut's width", func(d *Draw) float64 { return float64(d.Cut.X1 - d.Cut.X0) }, 8, 16, 0},
	} {
		least, greatest := math.Inf(1), math.Inf(-1)
		for i := range draws {
			least, greatest = min(least, c.of(&draws[i])), max(greatest, c.of(&draws[i]))
		}
		if least < c.from || greatest > c.to || least > c.from+c.off || greatest < c.to-c.off {
			t.Errorf("%s is from %g to %g, want from %g to %g", c.name, least, greatest, c.from, c.to)
		}
	}
}

// With probability p, each transform without Always is applied to a share p of the pictures, independently
// of the others. A picture that it is applied to at one p has the same numbers at a higher p. At
// p = 0 no picture changes.
func TestStrengthOfAugmentation(t *testing.T) {
	const n, p = 4000, 0.3
	a := augmentation(t, config.AugmentDiff)
	weak, strong, none := make([]Draw, n), make([]Draw, n), make([]Draw, n)
	a.Draw(weak, 32, p, 1, random.SeenD, 1)
	a.Draw(strong, 32, 0.999999, 1, random.SeenD, 1)
	a.Draw(none, 32, 0, 1, random.SeenD, 1)
	var bright, moved, both float64
	for i, d := range weak {
		isBright, isCut := d.Brightness != 0, d.Cut != Rect{}
		if isBright {
			bright++
			if d.Brightness != strong[i].Brightness {
				t.Fatalf("picture %d: brightness %g and %g", i, d.Brightness, strong[i].Brightness)
			}
		}
		if isCut {
			moved++
		}
		if isBright && isCut {
			both++
		}
		if none[i] != Unchanged {
			t.Fatalf("at strength 0 picture %d has %+v", i, none[i])
		}
	}
	for _, c := range [][2]float64{{bright, p}, {moved, p}, {both, p * p}} {
		if sigma := math.Sqrt(c[1] * (1 - c[1]) / n); math.Abs(c[0]/n-c[1]) > 4*sigma {
			t.Errorf("a share of %g, want %g", c[0]/n, c[1])
		}
	}
}

// The augmentation "mild" moves and cuts out every picture, by the same numbers at any p below 1. It changes the colours
// of a share p of the pictures, each within its own range.
func TestMildAlwaysMovesAndCutsOut(t *testing.T) {
	const size, n = 32, 4000
	a := augmentation(t, config.AugmentMild)
	never := make([]Draw, n)
	a.Draw(never, size, 0, 1, random.SeenD, 1)
	for _, p := range []float64{0, 0.3, 0.8} {
		draws := make([]Draw, n)
		a.Draw(draws, size, p, 1, random.SeenD, 1)
		var moved, bright float64
		var b, s, c float64 // the largest changes
		for i, d := range draws {
			if d.Cut == (Rect{}) || d.Cut != never[i].Cut || d.X != never[i].X || d.Y != never[i].Y {
				t.Fatalf("picture %d: at p %g %+v, at p 0 %+v", i, p, d, never[i])
			}
			if d.X != 0 || d.Y != 0 {
				moved++
			}
			if d.Brightness != 0 {
				bright++
			}
			b = max(b, math.Abs(float64(d.Brightness)))
			s, c = max(s, math.Abs(float64(d.Saturation)-1)), max(c, math.Abs(float64(d.Contrast)-1))
		}
		// A move by up to 4 pixels in each direction is none in one of 81 pictures.
		for _, share := range [][2]float64{{moved, 80. / 81}, {bright, p}} {
			if sigma := math.Sqrt(share[1] * (1 - share[1]) / n); math.Abs(share[0]/n-share[1]) > 4*sigma {
				t.Errorf("p %g: a share of %g, want %g", p, share[0]/n, share[1])
			}
		}
		for _, reach := range [][2]float64{{b, 0.15}, {s, 0.5}, {c, 0.25}} {
			if p == 0 && reach[0] != 0 || p > 0 && (reach[0] > reach[1]+1e-6 || reach[0] < 0.98*reach[1]) {
				t.Errorf("p %g: colours change by up to %g, the reach is %g", p, reach[0], reach[1])
			}
		}
	}
}

// ApplyTransposed applies the transpose of the linear part, <A x, y> = <x, A' y>, and Apply is
// affine, A(x) = A_linear x + A(0).
func TestAugmentationIsAffine(t *testing.T) {
	const size = 16
	a := augmentation(t, config.AugmentDiff)
	for _, channels := range []int{1, 3, 4} {
		for _, reflect := range []bool{false, true} {
			a[3].Reflect = reflect
			draws := make([]Draw, 20)
			a.Draw(draws, size, 0.8, 3, random.SeenD, uint64(channels))
			for _, d := range draws {
				x, y := noise(1, channels*size*size), noise(2, channels*size*size)
				there := product(Apply(d.Linear(), x, channels, size), y)
				back := product(x, ApplyTransposed(d, y, channels, size))
				if math.Abs(there-back) > 1e-11 {
					t.Errorf("%+v: <A x, y> = %.15g, <x, A' y> = %.15g", d, there, back)
				}
				seen, linear := Apply(d, x, channels, size), Apply(d.Linear(), x, channels, size)
				constant := Apply(d, make([]float64, len(x)), channels, size)
				for i := range seen {
					if math.Abs(seen[i]-linear[i]-constant[i]) > 1e-13 {
						t.Fatalf("%+v is not affine at element %d", d, i)
					}
				}
			}
		}
	}
}

func noise(seed uint64, n int) []float64 {
	list, source := make([]float64, n), random.New(seed, random.Latent, 0)
	for i := range list {
		list[i] = float64(source.Uniform(1))
	}
	return list
}

func product(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// Alpha moves and is cut out with the colours. Its values do not change.
func TestColourLeavesAlpha(t *testing.T) {
	const size, area = 8, 64
	d := Draw{Brightness: 0.3, Saturation: 0.2, Contrast: 1.4, X: 1, Y: -2, Cut: Rect{2, 2, 5, 5}}
	x := noise(1, 4*area)
	move := Unchanged
	move.X, move.Y, move.Cut = d.X, d.Y, d.Cut
	got, want := Apply(d, x, 4, size), Apply(move, x, 4, size)
	if !slices.Equal(got[3*area:], want[3*area:]) || slices.Equal(got[:3*area], want[:3*area]) {
		t.Error("colour changes alpha, or nothing")
	}
}

// PyTorch computes the same pictures and gradients (testdata/golden/augment_torch.py).
func TestAugmentationAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("../../testdata/golden/augment.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Channels                         int
		Brightness, Saturation, Contrast float32
		X, Y                             int
		Reflect                          bool
		Cut                              [4]int
		Picture, Seen, W, Gradient       []float64
	}
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, r := range rows {
		d := Draw{
			r.Brightness, r.Saturation, r.Contrast, r.X, r.Y, r.Reflect,
			Rect{r.Cut[0], r.Cut[1], r.Cut[2], r.Cut[3]},
		}
		compareClose(t, "augmented picture", Apply(d, r.Picture, r.Channels, 8), r.Seen)
		compareClose(t, "gradient", ApplyTransposed(d, r.W, r.Channels, 8), r.Gradient)
	}
}

// Draw allocates nothing.
func TestDrawAllocatesNothing(t *testing.T) {
	a, draws := augmentation(t, config.AugmentDiff), make([]Draw, 32)
	if n := testing.AllocsPerRun(10, func() { a.Draw(draws, 64, 0.5, 1, random.SeenD, 2) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestUnknownAugmentation(t *testing.T) {
	if _, err := NewAugmentation("rotation", config.BorderGrey); err == nil {
		t.Error("an unknown augmentation gives no error")
	}
	if a := augmentation(t, config.AugmentNone); len(a) != 0 {
		t.Errorf("none has the transforms %v", a)
	}
}
