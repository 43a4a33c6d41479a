package dataset

import "dcgan/internal/random"

// Order says which pictures a step trains on. The result is a pure function of the
// step, so a resumed run needs no cursor; the unexported fields are a cache. It is
// not safe for concurrent use.
type Order struct {
	Seed        uint64
	N           int  // pictures in the set
	Replacement bool // draw with replacement, instead of every picture once per epoch
	Mirror      bool // mirror each picture with probability 1/2

	epoch       int
	permutation []int // of epoch, or nil
}

// Indices returns the pictures of a step, in [0, N). Steps count from 1. Without
// Replacement, the batches run through one permutation of the set after another. A
// batch may span two of them, or more if it is larger than the set.
func (o *Order) Indices(step, batch int) []int {
	if o.Replacement {
		return o.draw(step, batch)
	}
	indices := make([]int, batch)
	for i := range indices {
		p := (step-1)*batch + i
		indices[i] = o.at(p/o.N, p%o.N)
	}
	return indices
}

// Flips returns which pictures of a step's batch are mirrored, or nil if none is.
func (o *Order) Flips(step, batch int) []bool {
	if !o.Mirror {
		return nil
	}
	source := random.New(o.Seed, random.Mirror, uint64(step))
	flips := make([]bool, batch)
	for i := range flips {
		flips[i] = source.Uint32()&1 == 1
	}
	return flips
}

// Fixed returns the pictures of the fixed batch (reference: the loop).
func (o *Order) Fixed(batch int) []int { return o.draw(0, batch) }

func (o *Order) draw(step, batch int) []int {
	source := random.New(o.Seed, random.Draw, uint64(step))
	indices := make([]int, batch)
	for i := range indices {
		indices[i] = source.IntN(o.N)
	}
	return indices
}

func (o *Order) at(epoch, i int) int {
	if o.permutation == nil || o.epoch != epoch {
		o.permutation = random.New(o.Seed, random.Shuffle, uint64(epoch)).Perm(o.N)
		o.epoch = epoch
	}
	return o.permutation[i]
}
