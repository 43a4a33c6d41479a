package score

import (
	"slices"
	"testing"

	"dcgan/internal/random"
)

// normalSample is a measured set of n vectors of 8 features, drawn from a normal distribution.
func normalSample(seed uint64, n int) *Sample {
	const dim = 8
	s := &Sample{N: n, Features: make([]float32, n*dim), Energy: 1, dim: dim}
	src := random.New(seed, random.Score, 0)
	for i := range s.Features {
		s.Features[i] = src.Normal()
	}
	return s
}

// doubled returns s with its first n vectors once more at its end.
func doubled(s *Sample, n int) *Sample {
	return &Sample{s.N + n, slices.Concat(s.Features, s.Features[:n*s.dim]), s.Energy, s.dim, nil}
}

// collapsed returns n vectors around one, each within a distance of a thousandth.
func collapsed(n int) *Sample {
	s := normalSample(7, n)
	for i, v := range s.Features {
		s.Features[i] = 0.3 + v*1e-4
	}
	return s
}

// Exact doubles in the data change no score that distances to neighbours make: samples that are all alike have
// near duplicates, copies are copies, and the nearest picture is one of the data.
func TestDoublesInTheData(t *testing.T) {
	data := normalSample(1, 100)
	for _, test := range []struct {
		name                 string
		samples              *Sample
		nearDuplicates, copy float64
	}{
		{"collapsed", collapsed(50), 1, 0},
		{"copies", &Sample{N: 60, Features: data.Features[40*data.dim:], Energy: 1, dim: data.dim}, 0, 1},
		{"others", normalSample(2, 50), 0, 0},
	} {
		plain, nearest := compare(t, data, test.samples)
		if plain.NearDuplicates != test.nearDuplicates || plain.Copies != test.copy {
			t.Errorf("%s: near duplicates %g, copies %g, want %g, %g",
				test.name, plain.NearDuplicates, plain.Copies, test.nearDuplicates, test.copy)
		}
		for _, doubles := range []int{1, 33, 100} {
			got, nearestTo := compare(t, doubled(data, doubles), test.samples)
			want := *plain
			want.FD, want.KID, want.KIDStderr = got.FD, got.KID, got.KIDStderr // of the distribution, where doubles count
			if *got != want {
				t.Errorf("%s with %d doubles: %+v\nwithout: %+v", test.name, doubles, *got, want)
			}
			for i, m := range nearestTo {
				if m.Index != nearest[i].Index {
					t.Fatalf("%s with %d doubles: the nearest to %d is %d, want %d", test.name, doubles, i, m.Index, nearest[i].Index)
				}
			}
		}
	}
}

// A sphere reaches to the farthest other vector where there are fewer than nearestK, so that four pictures, the
// least, do not contain everything.
func TestFewPicturesDoNotContainEverything(t *testing.T) {
	far := normalSample(3, 20)
	for i := range far.Features {
		far.Features[i] += 100
	}
	if s, _ := compare(t, normalSample(1, Least), far); s.Precision != 0 || s.Coverage != 0 {
		t.Errorf("far samples have precision %g and coverage %g", s.Precision, s.Coverage)
	}
	// The same of one picture, however often it is there.
	one := &Sample{N: Least, Features: slices.Repeat(far.Features[:far.dim], Least), Energy: 1, dim: far.dim}
	if s, _ := compare(t, one, normalSample(1, 20)); s.Precision != 0 || s.Copies != 0 {
		t.Errorf("beside one picture, precision %g and copies %g", s.Precision, s.Copies)
	}
}

// A set compared with itself has a precision of 1, not of more by rounding, whatever its size.
func TestPrecisionIsAtMostOne(t *testing.T) {
	for n := Least; n < 120; n++ {
		s := normalSample(uint64(n), n)
		if got, _ := compare(t, s, s); got.Precision != 1 {
			t.Fatalf("precision %.17g of %d", got.Precision, n)
		}
	}
}

func compare(t *testing.T, data, samples *Sample) (*Scores, []Match) {
	t.Helper()
	s, nearest, err := Compare(data, samples, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s, nearest
}

// A picture has the same features, to the last bit, wherever it lies in a set: doubles are known by that.
func TestDoublesHaveEqualFeatures(t *testing.T) {
	e, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	pictures := random64(1, 13, 3, 16, 0)
	which := append(upTo(13), 5, 0, 12)
	for _, threads := range []int{1, 3} {
		features, err := e.Features(t.Context(), pictures, which, Form{16, 3, threads})
		if err != nil {
			t.Fatal(err)
		}
		if _, once := distinct(&vectors{len(which), e.Dim, features}); !slices.Equal(once, upTo(13)) {
			t.Errorf("%d threads: the distinct pictures are %v", threads, once)
		}
	}
}
