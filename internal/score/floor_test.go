package score

import (
	"math"
	"testing"

	"dcgan/internal/random"
)

// withPatches adds a level of normal descriptors to s.
func withPatches(seed uint64, s *Sample) *Sample {
	v := &vectors{n: s.N * patches, d: 3 * patch * patch}
	v.data = make([]float32, v.n*v.d)
	src := random.New(seed, random.Score, 1)
	for i := range v.data {
		v.data[i] = src.Normal()
	}
	s.levels = []*vectors{v}
	return s
}

// The floor of a set, brought to other numbers, is what samples of the same law score against others of it.
func TestFloorIsWhatRealPicturesScore(t *testing.T) {
	whole := withPatches(1, normalSample(1, 400))
	floor, err := NewFloor(whole, 1)
	if err != nil {
		t.Fatal(err)
	}
	if floor.N != 200 || floor.Uncertain {
		t.Errorf("the floor of 400 pictures is of %d, uncertain %v", floor.N, floor.Uncertain)
	}
	for _, n := range [][2]int{{200, 200}, {100, 100}, {80, 240}, {240, 80}} {
		data, samples := withPatches(2, normalSample(2, n[1])), withPatches(3, normalSample(3, n[0]))
		got := floor.For(n[0], n[1])
		want, _ := compare(t, data, samples)
		if got.N != n[0] {
			t.Errorf("%v: the floor is of %d samples", n, got.N)
		}
		for name, of := range map[string]func(*Scores) float64{
			"fd":  func(s *Scores) float64 { return s.FD },
			"swd": func(s *Scores) float64 { return s.SWD },
		} {
			if ratio := of(&got.Scores) / of(want); ratio < 0.7 || ratio > 1.4 {
				t.Errorf("%v: the floor's %s is %.3g, two samples have %.3g", n, name, of(&got.Scores), of(want))
			}
		}
		if math.Abs(got.Precision-want.Precision) > 0.15 || math.Abs(got.KID-want.KID) > 4*(got.KIDStderr+want.KIDStderr) {
			t.Errorf("%v: the floor is %+v, two samples have %+v", n, got, want)
		}
	}
}

// Few pictures have an uncertain floor, too few to be halved none.
func TestFloorOfFewPictures(t *testing.T) {
	for n, has := range map[int]bool{2*Least - 1: false, 2 * Least: true, 50: true} {
		floor, err := NewFloor(normalSample(1, n), 1)
		if err != nil {
			t.Fatal(err)
		}
		if (floor != nil) != has || has && (!floor.Uncertain || floor.N != n/2) {
			t.Errorf("the floor of %d pictures is %+v", n, floor)
		}
	}
}
