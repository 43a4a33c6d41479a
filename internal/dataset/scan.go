package dataset

// One pass over all files of a place: on every core, read a file, decode it and
// make it fit; then bring the results into the order of their paths.

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"dcgan/internal/picture"
)

// file is a file of a place, before it is read.
type file struct {
	path string                 // relative to the place, with slashes; never junk
	read func() ([]byte, error) // nil for a file without a picture's name
	link string                 // the path that a link within an archive leads to
}

// files are the files of a place. An error among them ends the pass.
type files struct {
	all int // how many there are, 0 if that isn't known
	seq iter.Seq2[file, error]
}

// item is what became of a file.
type item struct {
	path    string
	link    string
	number  int // its place in the pass
	header  picture.Header
	sum     [sha256.Size]byte // of the file's bytes
	packed  []byte            // in training form, if kept
	refused error             // nil for a usable picture
}

// scanned is what a pass found, by path.
type scanned struct {
	seen     int // files in all
	pictures []item
	skipped  []Skipped
}

// scan reads the pictures among files, opt.Threads at a time, and keeps their
// training form if that is wanted.
func scan(fs files, opt Options, keep bool) (*scanned, error) {
	if _, err := path.Match(opt.Pattern, ""); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", opt.Pattern, err)
	}
	jobs, results := make(chan func() item), make(chan item)
	s := &scanned{}
	var failure error
	go func() {
		var workers sync.WaitGroup
		for range opt.Threads {
			workers.Go(func() {
				for job := range jobs {
					results <- job()
				}
			})
		}
		failure = s.walk(fs, opt, keep, jobs)
		close(jobs)
		workers.Wait()
		close(results)
	}()
	var items []item
	for it := range results {
		items = append(items, it)
	}
	if failure != nil {
		return nil, failure
	}
	s.arrange(items)
	return s, nil
}

// walk hands the pictures to the workers.
func (s *scanned) walk(fs files, opt Options, keep bool, jobs chan<- func() item) error {
	for f, err := range fs.seq {
		if err != nil {
			return err
		}
		s.seen++
		if f.read != nil || f.link != "" {
			number := s.seen
			jobs <- func() item { return load(f, number, opt, keep) }
		}
		if opt.Progress != nil {
			if err := opt.Progress(s.seen, fs.all); err != nil {
				return err
			}
		}
	}
	return nil
}

func load(f file, number int, opt Options, keep bool) item {
	it := item{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return it
	}
	data, err := f.read()
	if err != nil {
		it.refused = err
		return it
	}
	p, err := picture.Decode(data, opt.MaxPixels)
	if err != nil {
		it.refused = err
		return it
	}
	it.header, it.sum = p.Header, sha256.Sum256(data)
	if packed := p.Fit(opt.form()); keep {
		it.packed = packed
	}
	return it
}

// arrange sorts the items by path and parts the usable from the others. Where an
// archive has a path twice the later one counts, as it does when unpacked.
func (s *scanned) arrange(items []item) {
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(b.number, a.number))
	})
	items = slices.CompactFunc(items, func(a, b item) bool { return a.path == b.path })
	resolve(items)
	for _, it := range items {
		if it.refused != nil {
			s.skipped = append(s.skipped, Skipped{it.path, it.refused.Error()})
		} else {
			s.pictures = append(s.pictures, it)
		}
	}
}

// maxLinks is how many links may lead from one to the next.
const maxLinks = 40

// resolve lets the links within an archive become what they lead to.
func resolve(items []item) {
	isLink := func(it item) bool { return it.link != "" }
	if !slices.ContainsFunc(items, isLink) {
		return
	}
	byPath := make(map[string]*item, len(items))
	for i := range items {
		byPath[items[i].path] = &items[i]
	}
	for i := range items {
		target := &items[i]
		for n := 0; target != nil && target.link != "" && n < maxLinks; n++ {
			target = byPath[target.link]
		}
		switch it := &items[i]; {
		case target == nil:
			it.refused = errors.New("link to something that is not a picture of the archive")
		case target.link != "":
			it.refused = errors.New("link that leads in a circle")
		default:
			it.header, it.sum, it.packed, it.refused = target.header, target.sum, target.packed, target.refused
		}
	}
}

// fingerprint is the SHA-256 of the pictures' own SHA-256 sums, in order.
func (s *scanned) fingerprint() string {
	h := sha256.New()
	for i := range s.pictures {
		h.Write(s.pictures[i].sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// nothing is the error for a place without a usable picture.
func (s *scanned) nothing(place string, opt Options) error {
	names := "a picture's name (" + strings.Join(picture.Extensions(), " ") + ")"
	if opt.Pattern != "" {
		names = fmt.Sprintf("a name like %q", opt.Pattern)
	}
	if len(s.skipped) == 0 {
		return fmt.Errorf("%w in %s: %d files, none with %s", ErrNoPictures, show(place), s.seen, names)
	}
	const most = 3
	var reasons []string
	for _, k := range s.skipped[:min(most, len(s.skipped))] {
		reasons = append(reasons, show(k.Path)+": "+k.Reason)
	}
	if len(s.skipped) > most {
		reasons = append(reasons, "...")
	}
	return fmt.Errorf("%w in %s: %d files, %d with %s, none of them readable (%s)",
		ErrNoPictures, show(place), s.seen, len(s.skipped), names, strings.Join(reasons, "; "))
}

// show quotes a path that would not print as it is.
func show(p string) string {
	if q := strconv.Quote(p); q != `"`+p+`"` {
		return q
	}
	return p
}

// wanted tells whether a file of this path has a name that the options ask for.
func (o Options) wanted(p string) bool {
	base := path.Base(p)
	if o.Pattern != "" {
		ok, _ := path.Match(o.Pattern, base)
		return ok
	}
	return slices.Contains(picture.Extensions(), strings.ToLower(path.Ext(base)))
}

// isJunk tells whether any part of a path is hidden or an operating system's.
// Such files are passed over without a word.
func isJunk(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if strings.HasPrefix(part, ".") || part == "__MACOSX" ||
			strings.EqualFold(part, "thumbs.db") || strings.EqualFold(part, "desktop.ini") {
			return true
		}
	}
	return false
}
