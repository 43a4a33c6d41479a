package dataset

import "dcgan/internal/random"

// Order says which pictures a step trains on. It is a pure function of the step
// (what it keeps is a cache), so that a resumed run needs no cursor. It serves
// one goroutine at a time.
type Order struct {
	Seed        uint64
	N           int  // pictures in the set
	Replacement bool // draw each picture from all, instead of once an epoch
	Mirror      bool // flip each picture or not

	epoch       int
	permutation []int // of epoch, or nil
}

// Indices returns the pictures of a step, counted from 1. In epochs, batches
// follow each other through one permutation after another: a batch may span two
// or, where it is larger than the set, several.
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

// Flips tells which pictures of a step's batch are flipped, nil for none.
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

// Fixed returns the pictures of the one batch that the reference comes back to.
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
