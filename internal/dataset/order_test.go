package dataset

import (
	"slices"
	"testing"
)

// Whatever the size of a batch, each picture occurs once per epoch, and epochs differ.
func TestEpochs(t *testing.T) {
	for _, c := range []struct{ n, batch int }{{10, 5}, {10, 3}, {3, 10}, {1, 64}, {7, 7}} {
		o := Order{Seed: 1, N: c.n}
		var all []int
		for step := 1; len(all) < 5*c.n; step++ {
			all = append(all, o.Indices(step, c.batch)...)
		}
		different := false
		for e := range 5 {
			epoch := all[e*c.n : (e+1)*c.n]
			different = different || !slices.Equal(epoch, all[:c.n])
			for i, v := range slices.Sorted(slices.Values(epoch)) {
				if v != i {
					t.Fatalf("%d pictures, batch %d: epoch %d is %v", c.n, c.batch, e, epoch)
				}
			}
		}
		if c.n > 3 && !different {
			t.Errorf("%d pictures, batch %d: all epochs are in one order", c.n, c.batch)
		}
	}
}

// A resumed run can ask for any step without the step before.
func TestIndicesDependOnTheStepAlone(t *testing.T) {
	for _, replacement := range []bool{false, true} {
		whole := Order{Seed: 5, N: 100, Replacement: replacement}
		for step := 1; step <= 20; step++ {
			resumed := Order{Seed: 5, N: 100, Replacement: replacement}
			if a, b := whole.Indices(step, 33), resumed.Indices(step, 33); !slices.Equal(a, b) {
				t.Errorf("replacement %v, step %d: %v in one go, %v alone", replacement, step, a, b)
			}
		}
		other := Order{Seed: 6, N: 100, Replacement: replacement}
		if slices.Equal(whole.Indices(1, 33), other.Indices(1, 33)) {
			t.Errorf("replacement %v: another seed gives the same order", replacement)
		}
	}
}

// With replacement all pictures are equally likely, and a batch may contain one
// twice. The bound is five standard errors.
func TestReplacement(t *testing.T) {
	o := Order{Seed: 1, N: 10, Replacement: true}
	const steps, batch = 1000, 20
	var counts [10]int
	for step := 1; step <= steps; step++ {
		for _, i := range o.Indices(step, batch) {
			counts[i]++
		}
	}
	for i, c := range counts {
		if c < 2000-5*43 || c > 2000+5*43 { // sqrt(20000 * 0.1 * 0.9) = 42.4
			t.Errorf("picture %d was drawn %d times of %d", i, c, steps*batch)
		}
	}
}

func TestFixedBatch(t *testing.T) {
	o := Order{Seed: 1, N: 1000}
	fixed := o.Fixed(64)
	o.Indices(500, 64)
	if !slices.Equal(o.Fixed(64), fixed) {
		t.Error("the fixed batch changes")
	}
	drawn := Order{Seed: 1, N: 1000, Replacement: true}
	if slices.Equal(drawn.Indices(1, 64), fixed) {
		t.Error("the fixed batch is that of step 1")
	}
}
