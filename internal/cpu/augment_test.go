package cpu

import (
	"fmt"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// Augmented pictures and their gradients agree with gan's definitions, for each augmentation, number of channels and
// layout of pixels.
func TestAugmentationIsItsDefinition(t *testing.T) {
	pool := kernel.NewPool(2)
	defer pool.Close()
	const size, batch = 16, 9
	for _, name := range []string{config.AugmentTranslation, config.AugmentMild, config.AugmentDiff, "reflecting"} {
		list, err := gan.NewAugmentation(name, config.BorderGrey)
		if name == "reflecting" {
			list, err = gan.Augmentation{
				{Kind: gan.Saturation, Reach: 1}, {Kind: gan.Translation, Reach: 0.25, Reflect: true},
			}, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, channels := range []int{1, 3, 4} {
			for _, pixel := range []int{shortPixel, lanes} {
				t.Run(fmt.Sprintf("%s, %d channels, pixels of %d", name, channels, pixel), func(t *testing.T) {
					a := newAugmentation(list, 7, batch, pool)
					a.begin(1)
					fill := func(seed uint64) *tensor.Tensor { return filled(seed, batch, channels, size, size) }
					pictures, dseen := fill(1), fill(2)
					seen, back := mapOf(fill(3), pixel), mapOf(fill(4), pixel)
					a.see(seen, mapOf(pictures, pixel), random.SeenG, 5)
					a.back(back, mapOf(dseen, pixel))
					for n, d := range a.draws {
						want := gan.Apply(d, float64s(pictures.Row(n)), channels, size)
						if r := relative(tensorOf(seen).Row(n), want); r > 1e-6 {
							t.Errorf("picture %d under %+v: relative difference %.2g", n, d, r)
						}
						want = gan.ApplyTransposed(d, float64s(dseen.Row(n)), channels, size)
						if r := relative(tensorOf(back).Row(n), want); r > 1e-6 {
							t.Errorf("gradient of picture %d under %+v: relative difference %.2g", n, d, r)
						}
					}
				})
			}
		}
	}
}

// A picture that is only moved keeps its bits, and so does its gradient.
func TestTranslationKeepsBits(t *testing.T) {
	pool := kernel.NewPool(1)
	defer pool.Close()
	list, err := gan.NewAugmentation(config.AugmentTranslation, config.BorderGrey)
	if err != nil {
		t.Fatal(err)
	}
	a, x := newAugmentation(list, 1, 3, pool), filled(1, 3, 3, 32, 32)
	a.begin(1)
	seen, back := newTestMap(3, 3, 32, shortPixel), newTestMap(3, 3, 32, shortPixel)
	a.see(seen, mapOf(x, shortPixel), random.SeenD, 1)
	a.back(back, seen)
	for n, d := range a.draws {
		for i, v := range tensorOf(back).Row(n) {
			y, x0 := i/32%32+d.Y, i%32+d.X
			if inside := min(x0, y) >= 0 && max(x0, y) < 32; inside && v != x.Row(n)[i] || !inside && v != 0 {
				t.Fatalf("picture %d moved by (%d, %d) and back: %g at %d", n, d.X, d.Y, v, i)
			}
		}
	}
}
