package dataset

// Pictures that are alike: the same file twice, or nearly the same picture.

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"sync"
)

// Duplicates lists groups of equal or similar pictures, each sorted by path.
type Duplicates struct {
	Exact [][]Path `json:"exact"` // with the same bytes
	Near  [][]Path `json:"near"`  // with nearly the same look; each exact group counts as its first picture

	// Unfinished says that not all pairs were compared, since too many pictures have
	// about the same brightness.
	Unfinished bool `json:"unfinished,omitempty"`
}

func noDuplicates() Duplicates { return Duplicates{Exact: [][]Path{}, Near: [][]Path{}} }

// look summarises what a picture looks like. It has a difference hash, which says at
// which of 16 x 16 places the picture gets brighter to the right, and the colours
// on a grid of 4 x 4 cells.
//
// It is computed from the pictures in training form, which are decoded and scaled
// already. A library would decode and scale them again.
type look struct {
	hash   [4]uint64
	colour [gridSide * gridSide * 3]byte
	mean   int // of all colours, times 256
}

const (
	hashSide = 16
	gridSide = 4

	hashMargin  = 2 * 256     // two levels: more than noise in an even area
	maxHashBits = 12          // bits of 256 that near duplicates may differ in
	maxColour   = 10          // levels of 255 that a cell's colour may differ by
	maxMean     = 2 * 256     // two levels that the mean may differ by
	maxCompared = 400_000_000 // pairs that are compared; they take seconds
)

// name returns the picture's path, with # and the frame's number after the first.
func (it *item) name() Path {
	if it.frame > 0 {
		return Path(fmt.Sprintf("%s#%d", it.path, it.frame+1))
	}
	return Path(it.path)
}

func (s *Set) duplicates() (Duplicates, error) {
	d := noDuplicates()
	groups := s.exactGroups()
	first := make([]int, len(groups))
	for i, g := range groups {
		if first[i] = g[0]; len(g) > 1 {
			d.Exact = append(d.Exact, s.names(g))
		}
	}
	looks, err := s.looks(first)
	if err != nil {
		return d, err
	}
	near, finished := alike(looks)
	for _, g := range near {
		for i := range g {
			g[i] = first[g[i]]
		}
		d.Near = append(d.Near, s.names(g))
	}
	d.Unfinished = !finished
	return d, nil
}

// exactGroups returns the pictures in groups of the same bytes, also those that are
// alone in theirs.
func (s *Set) exactGroups() [][]int {
	type content struct {
		sum   [32]byte
		frame int
	}
	var groups [][]int
	group := map[content]int{}
	for i := range s.found.pictures {
		it := &s.found.pictures[i]
		c := content{it.sum, it.frame}
		k, ok := group[c]
		if !ok {
			k = len(groups)
			group[c] = k
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], i)
	}
	return groups
}

func (s *Set) names(pictures []int) []Path {
	var names []Path
	for _, k := range pictures {
		names = append(names, s.found.pictures[k].name())
	}
	return names
}

// looks returns the looks of pictures, computed on s.threads goroutines.
func (s *Set) looks(pictures []int) ([]look, error) {
	looks := make([]look, len(pictures))
	errs := make([]error, s.threads)
	var workers sync.WaitGroup
	for w := range s.threads {
		workers.Go(func() {
			buf := make([]byte, s.form.Bytes())
			for i := w; i < len(pictures); i += s.threads {
				packed, err := s.packed(pictures[i], buf)
				if err != nil {
					errs[w] = err
					return
				}
				looks[i] = newLook(packed, s.form.Size, s.form.Channels)
			}
		})
	}
	workers.Wait()
	return looks, cmp.Or(errs...)
}

// newLook computes the look of a packed picture of size x size.
func newLook(packed []byte, size, channels int) look {
	var l look
	colours := min(channels, 3)
	grey := func(x, y, w, h int) int {
		sum := 0
		for c := range colours {
			sum += cellMean(packed[c*size*size:], size, x, y, w, h)
		}
		return sum / colours
	}
	for y := range hashSide {
		for x := range hashSide {
			if grey(x, y, hashSide+1, hashSide)+hashMargin < grey(x+1, y, hashSide+1, hashSide) {
				bit := y*hashSide + x
				l.hash[bit/64] |= 1 << (bit % 64)
			}
		}
	}
	for i := range gridSide * gridSide {
		for c := range 3 {
			v := cellMean(packed[min(c, colours-1)*size*size:], size, i%gridSide, i/gridSide, gridSide, gridSide)
			l.colour[3*i+c] = byte(v / 256)
			l.mean += v / len(l.colour)
		}
	}
	return l
}

// cellMean returns 256 times the mean of cell (x, y) of a plane of size x size that
// is divided into w x h cells.
func cellMean(plane []byte, size, x, y, w, h int) int {
	x0, y0 := x*size/w, y*size/h
	x1, y1 := max((x+1)*size/w, x0+1), max((y+1)*size/h, y0+1)
	sum := 0
	for row := y0; row < y1; row++ {
		for _, v := range plane[row*size+x0 : row*size+x1] {
			sum += int(v)
		}
	}
	return sum * 256 / ((x1 - x0) * (y1 - y0))
}

// isNear reports whether two looks belong to nearly the same picture.
func (l *look) isNear(m *look) bool {
	different := 0
	for i := range l.hash {
		if different += bits.OnesCount64(l.hash[i] ^ m.hash[i]); different > maxHashBits {
			return false
		}
	}
	for i := range l.colour {
		if a, b := l.colour[i], m.colour[i]; max(a, b)-min(a, b) > maxColour {
			return false
		}
	}
	return true
}

// alike returns the groups of looks that are connected by near pairs. It compares
// looks whose means differ by at most maxMean, and stops after maxCompared pairs,
// in which case finished is false.
func alike(looks []look) (groups [][]int, finished bool) {
	order := make([]int, len(looks))
	group := make([]int, len(looks)) // union-find: the parent of each look; a root is its own
	for i := range order {
		order[i], group[i] = i, i
	}
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(looks[a].mean, looks[b].mean) })
	compared := 0
	for i, a := range order {
		for _, b := range order[i+1:] {
			if looks[b].mean-looks[a].mean > maxMean || compared >= maxCompared {
				break
			}
			if compared++; looks[a].isNear(&looks[b]) {
				ra, rb := root(a), root(b)
				group[max(ra, rb)] = min(ra, rb)
			}
		}
	}
	members := map[int][]int{}
	for i := range looks {
		members[root(i)] = append(members[root(i)], i)
	}
	for i := range looks {
		if g := members[i]; len(g) > 1 {
			groups = append(groups, g)
		}
	}
	return groups, compared < maxCompared
}
