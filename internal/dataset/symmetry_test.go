package dataset

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// leaning returns a picture of large shapes that may be darkened towards the right.
func leaning(t *testing.T, seed uint64, darker float64) []byte {
	t.Helper()
	img := scene(seed, 16).(*image.NRGBA)
	for x := range 16 {
		shade := image.NewUniform(color.NRGBA{A: byte(255 * darker * float64(x) / 15)})
		draw.Draw(img, image.Rect(x, 0, x+1, 16), shade, image.Point{}, draw.Over)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Shapes that lie anywhere are as likely mirrored as not; in a light from the left they are not. Doubles change
// nothing, and a few pictures say nothing.
func TestSymmetry(t *testing.T) {
	opt := small
	opt.Size, opt.Channels = 16, 3
	for _, c := range []struct {
		name      string
		pictures  int
		darker    float64
		doubles   int
		symmetric bool
	}{
		{"shapes", 80, 0, 1, true},
		{"shapes, each three times", 80, 0, 3, true},
		{"in a light from the left", 80, 0.3, 1, false},
		{"twenty of them", 20, 0.5, 1, false},
		{"too few", symmetryLeast - 1, 0, 2, false},
	} {
		files := tree{}
		for i := range c.pictures {
			picture := leaning(t, uint64(i), c.darker)
			for k := range c.doubles {
				files[fmt.Sprintf("%d-%d.png", i, k)] = picture
			}
		}
		s := open(t, files.folder(t), opt)
		found, err := s.Symmetry()
		if err != nil {
			t.Fatal(err)
		}
		if found.Pictures != c.pictures || found.Symmetric != c.symmetric {
			t.Errorf("%s: %s", c.name, found)
		}
	}
}

// A drawn head is mirrored as likely as not; many emoji, hands and letters among them, are not.
func TestSymmetryOfSets(t *testing.T) {
	opt := small
	opt.Size, opt.Channels = 16, 3
	heads, err := Demo(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer heads.Close()
	if found, err := heads.Symmetry(); err != nil || !found.Symmetric || found.Pictures != 1000 {
		t.Errorf("heads: %s (%v)", found, err)
	}
	const path = "../../../shared/data/emoji-noto-64.zip"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the emoji are not here: ", err)
	}
	emoji := open(t, path, opt)
	if found, err := emoji.Symmetry(); err != nil || found.Symmetric {
		t.Errorf("emoji: %s (%v)", found, err)
	}
}

// The score of symmetric sets has the mean 0 and the variance 1, and hardly ever exceeds the limit, whether their
// pictures differ in all cells or, the worst case, in a single one.
func TestSymmetryByChance(t *testing.T) {
	const sets, pictures = 1000, 20
	r := rand.New(rand.NewPCG(1, 0))
	for _, cells := range []int{symmetryGrid * symmetryGrid, 1} {
		var sum, squares float64
		over := 0
		for range sets {
			set := make([][]float64, pictures)
			for i := range set {
				set[i] = make([]float64, symmetryGrid*symmetryGrid)
				for k := range cells {
					row, at := k/symmetryGrid*symmetryGrid, k%symmetryGrid
					if r.IntN(2) == 1 {
						at = symmetryGrid - 1 - at
					}
					set[i][row+at] += r.NormFloat64()
				}
			}
			score := symmetryScore(set)
			sum += score
			squares += score * score
			if score > symmetryLimit {
				over++
			}
		}
		mean, variance := sum/sets, squares/sets
		if math.Abs(mean) > 0.15 || math.Abs(variance-1) > 0.25 || over > sets/50 {
			t.Errorf("%d cells: scores have the mean %.2f and the variance %.2f, %d of %d exceed the limit",
				cells, mean, variance, over, sets)
		}
	}
}
