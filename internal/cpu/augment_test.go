package cpu

import (
	"math"
	"testing"

	"dcgan/internal/random"
)

func augmented(t *testing.T) *augmentation {
	c := small(16, 8, 9)
	c.Augment = "translation,cutout"
	return newEngine(t, c).augmented
}

// Both ways are linear, and back is the transpose of the way there: for any x and y,
// <see(x), y> = <x, back(y)>.
func TestAugmentationIsTransposed(t *testing.T) {
	a := augmented(t)
	x, dx := newFeatureMap(9, 3, 16, thin), newFeatureMap(9, 3, 16, thin)
	x.set(filled(1, 9, 3, 16, 16))
	seen := a.see(x, random.SeenG, 1)
	y := newFeatureMap(9, 3, 16, thin)
	y.set(filled(2, 9, 3, 16, 16))
	there := dot(seen.data, y.data)
	copy(seen.data, y.data)
	a.back(dx)
	if back := dot(x.data, dx.data); there == 0 || math.Abs(there-back) > 1e-9*math.Abs(there) {
		t.Errorf("<see(x), y> = %g, <x, back(y)> = %g", there, back)
	}
}

func dot(x, y []float32) (sum float64) {
	for i, v := range x {
		sum += float64(v) * float64(y[i])
	}
	return sum
}

// Every pixel of what D sees is a pixel of the picture at the drawn distance, or 0 where
// there is none or the square is; and the draws differ by pass, picture and stream.
func TestAugmentationShows(t *testing.T) {
	a := augmented(t)
	x := newFeatureMap(9, 3, 16, thin)
	x.set(filled(1, 9, 3, 16, 16))
	for pass := range int64(20) {
		seen := a.see(x, random.SeenD, pass)
		for n, d := range a.draws {
			for i := range 16 * 16 {
				px, py := i%16, i/16
				var want float32
				fromX, fromY := px-d.dx, py-d.dy
				inCut := px >= d.cutX && px < d.cutX+8 && py >= d.cutY && py < d.cutY+8
				if fromX >= 0 && fromX < 16 && fromY >= 0 && fromY < 16 && !inCut {
					want = x.inside(n, 0, fromY)[fromX*thin]
				}
				if got := seen.inside(n, 0, py)[px*thin]; got != want {
					t.Fatalf("picture %d under %+v: %g at (%d, %d), want %g", n, d, got, px, py, want)
				}
			}
			if max(d.dx, -d.dx, d.dy, -d.dy) > 2 || d.cutX < -4 || d.cutX > 11 {
				t.Errorf("draw %+v", d)
			}
		}
	}
	draws := map[draw]bool{}
	for _, stream := range []random.Stream{random.SeenD, random.SeenG} {
		for pass := range int64(3) {
			a.see(x, stream, pass)
			for _, d := range a.draws {
				draws[d] = true
			}
		}
	}
	if len(draws) < 40 {
		t.Errorf("%d draws of 54 differ", len(draws))
	}
}
