package cpu

import (
	"math"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/random"
)

const augmentedSize, augmentedBatch = 64, 9

func augmented(t *testing.T) *augmentation {
	c := small(augmentedSize, 1, augmentedBatch)
	c.Augment = config.AugmentTranslation
	return newEngine(t, c).augmented
}

func augmentedMap(seed uint64) *featureMap {
	m := newTestMap(augmentedBatch, 3, augmentedSize, thin)
	m.set(filled(seed, augmentedBatch, 3, augmentedSize, augmentedSize))
	return m
}

// Both ways are linear, and back is the transpose of the way there: for any x and y,
// <see(x), y> = <x, back(y)>.
func TestAugmentationIsTransposed(t *testing.T) {
	a := augmented(t)
	x, y, dx := augmentedMap(1), augmentedMap(2), augmentedMap(3)
	seen := augmentedMap(4)
	a.see(seen, x, random.SeenG, 1)
	there := dot(seen.data, y.data)
	copy(seen.data, y.data)
	a.back(dx, seen)
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

// Every pixel of what D sees is the picture's at the drawn distance, or 0 where there is
// none; all 25 moves by at most 2 pixels are drawn, in either stream.
func TestAugmentationShows(t *testing.T) {
	a, x := augmented(t), augmentedMap(1)
	for _, stream := range []random.Stream{random.SeenD, random.SeenG} {
		draws := map[offset]bool{}
		for pass := range int64(30) {
			seen := augmentedMap(4)
			a.see(seen, x, stream, pass)
			for n, d := range a.draws {
				draws[d] = true
				compareMoved(t, seen, x, n, d)
			}
		}
		if len(draws) != 25 {
			t.Errorf("%d moves are drawn", len(draws))
		}
	}
}

func compareMoved(t *testing.T, seen, x *featureMap, n int, d offset) {
	t.Helper()
	if max(d.x, -d.x, d.y, -d.y) > 2 {
		t.Fatalf("moved by %+v", d)
	}
	for px := range x.size {
		for py := range x.size {
			var want float32
			if fromX, fromY := px-d.x, py-d.y; min(fromX, fromY) >= 0 && max(fromX, fromY) < x.size {
				want = x.inside(n, 0, fromY)[fromX*x.pixel]
			}
			if got := seen.inside(n, 0, py)[px*seen.pixel]; got != want {
				t.Fatalf("picture %d moved by %+v has %g at (%d, %d), want %g", n, d, got, px, py, want)
			}
		}
	}
}
