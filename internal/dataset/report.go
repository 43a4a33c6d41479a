package dataset

// The report on a data set: what to know before training on it.

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"dcgan/internal/picture"
)

// Report describes the files of a place. It can be written as JSON.
type Report struct {
	Files   int       `json:"files"`      // all files: used, skipped and not taken
	Used    int       `json:"used_files"` // those that pictures are used of
	Usable  int       `json:"usable"`     // pictures that training uses, duplicates included
	Sizes   Sizes     `json:"sizes"`
	Aspects []Count   `json:"aspects"` // by nearest simple ratio of width to height, from tall to wide
	Modes   []Count   `json:"modes"`   // by colour mode, the most frequent first
	Formats []Count   `json:"formats"` // by file format, the most frequent first
	Classes []Count   `json:"classes"` // by folder or label, sorted by name; empty if there is only one
	Skipped []Skipped `json:"skipped"`

	Damaged  []Skipped  `json:"damaged"`   // used pictures that are cut short
	NotTaken []NotTaken `json:"not_taken"` // by kind, the most frequent first

	Duplicates Duplicates `json:"duplicates"`
	Symmetry   Symmetry   `json:"symmetry"`
}

// Count is the number of pictures with a property.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Sizes are the sizes of the usable pictures in their files. Min, Median and Max are
// taken of the widths and of the heights separately.
type Sizes struct {
	Min    Size        `json:"min"`
	Median Size        `json:"median"`
	Max    Size        `json:"max"`
	Counts []SizeCount `json:"counts"` // the most frequent first
}

// Size is a width and a height in pixels.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// SizeCount is the number of pictures of a size.
type SizeCount struct {
	Size
	Count int `json:"count"`
}

// Inspect reads a place as Open does and reports on it, also if it has no usable
// picture.
func Inspect(path string, opt Options) (*Report, error) {
	opt = opt.withDefaults()
	s, err := scanPath(path, opt, newLoader(opt, discard{}))
	if err != nil {
		return nil, err
	}
	return s.report(), nil
}

// Report returns the report of Inspect on the set's place, with the duplicates and the symmetry.
func (s *Set) Report() (r *Report, err error) {
	r = s.found.report()
	if r.Duplicates, err = s.duplicates(); err != nil {
		return r, err
	}
	r.Symmetry, err = s.Symmetry()
	return r, err
}

func (s *scanned) report() *Report {
	r := &Report{
		Files: s.seen, Used: s.used(), Usable: len(s.pictures),
		Skipped: append([]Skipped{}, s.skipped...), NotTaken: append([]NotTaken{}, s.notTaken...),
		Classes: s.classes(), Duplicates: noDuplicates(),
	}
	sizes, aspects, modes, formats := map[Size]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for i := range s.pictures {
		h := s.pictures[i].header
		sizes[Size{h.Width, h.Height}]++
		aspects[aspect(h)]++
		modes[h.Mode]++
		formats[h.Format]++
	}
	r.Damaged = s.damaged()
	r.Sizes = countSizes(s.pictures, sizes)
	r.Modes, r.Formats = byCount(modes), byCount(formats)
	r.Aspects = []Count{}
	for _, a := range ratios {
		if n := aspects[a.name]; n > 0 {
			r.Aspects = append(r.Aspects, Count{a.name, n})
		}
	}
	return r
}

// damaged returns the used pictures that are cut short.
func (s *scanned) damaged() []Skipped {
	list := []Skipped{}
	for i := range s.pictures {
		if it := &s.pictures[i]; it.intact < 1 {
			list = append(list, Skipped{it.name(), fmt.Sprintf("cut short, used: %.0f %% of its rows are there", 100*it.intact)})
		}
	}
	return list
}

// classes counts the pictures by their label. Without labels it counts them by the
// folder in which their paths first differ, if every picture is in such a folder.
func (s *scanned) classes() []Count {
	counts := map[string]int{}
	parents := commonParents(s.pictures)
	for i := range s.pictures {
		class := s.pictures[i].class
		if class == "" {
			below := strings.Split(s.pictures[i].path, "/")[parents:]
			if len(below) < 2 {
				return []Count{}
			}
			class = Path(below[0]).String()
		}
		counts[class]++
	}
	if len(counts) < 2 {
		return []Count{}
	}
	list := byCount(counts)
	slices.SortFunc(list, func(a, b Count) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// commonParents returns the number of leading folders that all paths share.
func commonParents(pictures []item) int {
	if len(pictures) == 0 {
		return 0
	}
	// Paths are sorted, so all share what the first and the last share.
	first := strings.Split(path.Dir(pictures[0].path), "/")
	last := strings.Split(path.Dir(pictures[len(pictures)-1].path), "/")
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] && first[n] != "." {
		n++
	}
	return n
}

func countSizes(pictures []item, sizes map[Size]int) Sizes {
	s := Sizes{Counts: []SizeCount{}}
	if len(pictures) == 0 {
		return s
	}
	var widths, heights []int
	for i := range pictures {
		widths = append(widths, pictures[i].header.Width)
		heights = append(heights, pictures[i].header.Height)
	}
	slices.Sort(widths)
	slices.Sort(heights)
	at := func(i int) Size { return Size{widths[i], heights[i]} }
	s.Min, s.Median, s.Max = at(0), at((len(widths)-1)/2), at(len(widths)-1)
	for size, n := range sizes {
		s.Counts = append(s.Counts, SizeCount{size, n})
	}
	slices.SortFunc(s.Counts, func(a, b SizeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Height, b.Height))
	})
	return s
}

// byCount returns the counts of m, the largest first.
func byCount(m map[string]int) []Count {
	counts := []Count{}
	for name, n := range m {
		counts = append(counts, Count{name, n})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return counts
}

// ratios are the aspect ratios that pictures are counted under.
var ratios = []struct {
	name  string
	ratio float64 // width to height
}{
	{"taller than 1:2", 1.0 / 4}, {"1:2", 1.0 / 2}, {"9:16", 9.0 / 16}, {"2:3", 2.0 / 3}, {"3:4", 3.0 / 4},
	{"1:1", 1}, {"4:3", 4.0 / 3}, {"3:2", 3.0 / 2}, {"16:9", 16.0 / 9}, {"2:1", 2}, {"wider than 2:1", 4},
}

// aspect returns the name of the nearest ratio, by the logarithm.
func aspect(h picture.Header) string {
	have := math.Log(float64(h.Width) / float64(h.Height))
	best, least := "", math.Inf(1)
	for _, r := range ratios {
		if d := math.Abs(have - math.Log(r.ratio)); d < least {
			best, least = r.name, d
		}
	}
	return best
}

// SkippedTSV returns what is left out as tab-separated values: a heading, one line per
// skipped file with its path, in Path's text form, and the reason, then one line per
// kind of file that is not taken, with the kind in place of the path. It returns nil if
// nothing is left out.
func (s *Set) SkippedTSV() []byte {
	if len(s.found.skipped)+len(s.found.notTaken) == 0 {
		return nil
	}
	text := []byte("path\treason\n")
	for _, k := range s.found.skipped {
		text = fmt.Appendf(text, "%s\t%s\n", k.Path, Path(k.Reason))
	}
	for _, k := range s.found.notTaken {
		text = fmt.Appendf(text, "(%s)\tnot taken: %s\n", k.Kind, k)
	}
	return text
}
