package cpu

import (
	"math"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/kernel"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// Training with a transform leaks if the augmented pictures do not tell what the original ones are. G may then paint
// the effect of the transform, because D sees no difference. These tests train on light pictures with a dark disc in
// the middle.

const leakSize = 16

// discs returns n pictures of a red or a blue disc on a light ground, [n, 3, 16, 16].
func discs(n int) *tensor.Tensor {
	x := tensor.New(n, 3, leakSize, leakSize)
	for i := range n {
		source := random.New(5, random.Draw, uint64(i))
		radius, red := leakSize*(0.2+0.12*source.Float64()), source.IntN(2)
		row := x.Row(i)
		for k := range row {
			colour, pixel := float64(-0.8), k%(leakSize*leakSize)
			if k/(leakSize*leakSize) == 2*red {
				colour = 0.9
			}
			off := math.Hypot(float64(pixel%leakSize)+0.5-leakSize/2, float64(pixel/leakSize)+0.5-leakSize/2)
			inside := max(0, min(1, radius-off+0.5))
			row[k] = float32(0.8 + inside*(colour-0.8))
		}
	}
	return x
}

// afterTraining returns 256 samples after 800 steps of 16 discs that D sees through an augmentation at p.
func afterTraining(t *testing.T, list gan.Augmentation, p float64) *tensor.Tensor {
	t.Helper()
	c := vivid(leakSize, 8, 16)
	c.Seed, c.NZ, c.AugmentP = 1, 8, p
	c.Schedule, c.Kernels, c.LRD, c.LRG, c.Average = config.ScheduleConstant, config.KernelsFree, 5e-4, 5e-4, 200
	e := newEngine(t, c)
	e.augmented.list = list
	data, real := discs(64), tensor.New(c.Batch, 3, leakSize, leakSize)
	for step := 1; step <= 800; step++ {
		for i := range c.Batch {
			copy(real.Row(i), data.Row((step*c.Batch+i)%64))
		}
		if _, err := e.Step(gan.Batch{Real: real, Z: e.model.TrainingZ(c.Seed, step, c.Batch)}, c.RatesAt(step)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Calibrate(e.model.CalibrationZ()); err != nil {
		t.Fatal(err)
	}
	samples, err := e.Generate(e.model.PictureZ(0, 256), config.StatisticsCalibrated)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// look measures the visible effects of transforms in a set of pictures.
type look struct {
	inverted   float64 // share of pictures that are darker at the corners than in the middle
	grey       float64 // share with a square of a quarter of the side that is grey
	brightness float64 // standard deviation of the pictures' means
}

func lookAt(x *tensor.Tensor) (l look) {
	n := float64(x.Shape[0])
	var sum, squares float64
	for i := range x.Shape[0] {
		row, mean := x.Row(i), 0.0
		for _, v := range row {
			mean += float64(v) / float64(len(row))
		}
		sum += mean / n
		squares += mean * mean / n
		if brightnessAt(row, 0, 0) < brightnessAt(row, leakSize/2, leakSize/2) {
			l.inverted += 1 / n
		}
		if hasGreySquare(row) {
			l.grey += 1 / n
		}
	}
	l.brightness = math.Sqrt(max(0, squares-sum*sum))
	return l
}

func brightnessAt(picture []float32, x, y int) (sum float64) {
	for c := range 3 {
		sum += float64(picture[(c*leakSize+y)*leakSize+x]) / 3
	}
	return sum
}

func hasGreySquare(picture []float32) bool {
	const side = leakSize / 4
	grey := func(x, y int) bool {
		for k := range 3 * side * side {
			c, dx, dy := k/(side*side), k%side, k/side%side
			if v := picture[(c*leakSize+y+dy)*leakSize+x+dx]; v < -0.35 || v > 0.35 {
				return false
			}
		}
		return true
	}
	for k := range (leakSize - side + 1) * (leakSize - side + 1) {
		if grey(k%(leakSize-side+1), k/(leakSize-side+1)) {
			return true
		}
	}
	return false
}

// A contrast from -3 to 5 inverts three pictures in eight. If it is always applied, G may paint inverted discs, because
// they look nearly the same to D. If it is applied to four pictures in five, G may not, because the others are never
// inverted.
func TestNoLeakBelowOne(t *testing.T) {
	if testing.Short() || kernel.Active() == kernel.Generic {
		t.Skip("trains for seconds")
	}
	inverting := gan.Augmentation{{Kind: gan.Contrast, Reach: 4}}
	if share := lookAt(afterTraining(t, inverting, 0.8)).inverted; share > 0.01 {
		t.Errorf("at p 0.8 a share of %.3f of the samples is inverted", share)
	}
	if share := lookAt(afterTraining(t, inverting, 1)).inverted; share < 0.2 {
		t.Errorf("at p 1 a share of %.3f of the samples is inverted: the test cannot tell a leak", share)
	}
}

// At p = 0.8, the bound of a controlled probability, samples have neither the grey squares nor the varying brightness
// of augmented pictures, even where every picture has a square, as in the recipe vivid.
func TestStrongAugmentationDoesNotLeak(t *testing.T) {
	if testing.Short() || kernel.Active() == kernel.Generic {
		t.Skip("trains for seconds")
	}
	for _, c := range []struct {
		augment, border string
		seen, painted   float64 // the spread of brightness relative to the data's: at least, at most
	}{
		{config.AugmentDiff, config.BorderGrey, 3, 1.5},
		{config.AugmentMild, config.BorderReflect, 1.5, 1.3},
	} {
		t.Run(c.augment, func(t *testing.T) {
			list, err := gan.NewAugmentation(c.augment, c.border)
			if err != nil {
				t.Fatal(err)
			}
			data := discs(256)
			seen, draws := data.Clone(), make([]gan.Draw, 256)
			list.Draw(draws, leakSize, 0.8, 1, random.SeenD, 1)
			for i, d := range draws {
				copy(seen.Row(i), gan.Apply(d, data.Row(i), 3, leakSize))
			}
			untouched, augmented, painted := lookAt(data), lookAt(seen), lookAt(afterTraining(t, list, 0.8))
			if augmented.grey < 0.3 || augmented.brightness < c.seen*untouched.brightness {
				t.Errorf("the test cannot tell a leak: pictures have %+v, augmented %+v", untouched, augmented)
			}
			if painted.grey > 0.01 || painted.inverted > 0.01 || painted.brightness > c.painted*untouched.brightness {
				t.Errorf("samples have %+v, pictures %+v", painted, untouched)
			}
		})
	}
}
