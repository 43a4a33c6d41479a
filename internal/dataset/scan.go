package dataset

// One pass over all files of a place, on every core; then the results are brought
// into the order of their paths.

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
	path   string                 // relative to the place, with slashes; never junk
	read   func() ([]byte, error) // nil for a file without a picture's name
	size   func() int64           // in bytes, as far as the place tells; nil if it doesn't
	link   string                 // the path that a link within an archive leads to
	format string                 // what to call it, instead of what it was turned into
	class  string                 // by a file of labels
	inner  iter.Seq2[file, error] // the pictures of a file that holds many; it is none itself
}

// files are the files of a place. An error among them ends the pass.
type files struct {
	all      int // how many there are, 0 if that isn't known
	pictures int // how many of them may be pictures, 0 if that isn't known
	seq      iter.Seq2[file, error]
}

// scanned is what a pass found, by path.
type scanned struct {
	seen     int // files in all
	pictures []item
	skipped  []Skipped
}

// result is what a worker says of a file.
type result struct {
	outcome
	err error
}

// scan does the work on the pictures among files, opt.Threads at a time.
func scan(fs files, opt Options, w work) (*scanned, error) {
	if _, err := path.Match(opt.Pattern, ""); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", opt.Pattern, err)
	}
	if err := w.begin(fs.pictures); err != nil {
		return nil, err
	}
	s := &scanned{}
	p := &pass{opt: opt, work: w, jobs: make(chan func() result), stop: make(chan struct{})}
	results := make(chan result)
	go func() {
		var workers sync.WaitGroup
		for range opt.Threads {
			workers.Go(func() {
				for job := range p.jobs {
					results <- job()
				}
			})
		}
		p.failure = p.walk(fs, &s.seen)
		close(p.jobs)
		workers.Wait()
		close(results)
	}()
	outcomes, err := p.collect(results)
	if err = cmp.Or(err, p.failure); err != nil {
		return nil, err
	}
	s.arrange(outcomes)
	return s, s.strict(opt)
}

// pass is the state of a scan.
type pass struct {
	opt     Options
	work    work
	jobs    chan func() result
	stop    chan struct{} // closed when nothing more is wanted
	failure error         // of the walk, once the results are closed
}

// walk hands the pictures to the workers.
func (p *pass) walk(fs files, seen *int) error {
	for f, err := range flat(fs.seq) {
		if err != nil {
			return err
		}
		*seen++
		if f.read != nil || f.link != "" {
			number := *seen
			select {
			case p.jobs <- func() result { o, err := p.work.do(f, number); return result{o, err} }:
			case <-p.stop:
				return nil
			}
		}
		if err := p.opt.Progress(*seen, fs.all); err != nil {
			return err
		}
	}
	return nil
}

// flat puts the pictures of a file that holds many in that file's place.
func flat(seq iter.Seq2[file, error]) iter.Seq2[file, error] {
	return func(yield func(file, error) bool) {
		for f, err := range seq {
			if f.inner == nil {
				if !yield(f, err) {
					return
				}
				continue
			}
			for g, err := range f.inner {
				if !yield(g, err) {
					return
				}
			}
		}
	}
}

// collect gathers all results. After an error, or if what is refused is one, no
// more are asked for. Files are handed out in order, so that the first refused
// one is among those that are still under way.
func (p *pass) collect(results <-chan result) ([]outcome, error) {
	var outcomes []outcome
	var failure error
	stopped := false
	for r := range results {
		outcomes = append(outcomes, r.outcome)
		failure = cmp.Or(failure, r.err)
		if !stopped && (failure != nil || p.opt.Strict && r.refused != nil) {
			stopped = true
			close(p.stop)
		}
	}
	if failure != nil || !p.opt.Strict {
		return outcomes, failure
	}
	slices.SortFunc(outcomes, func(a, b outcome) int { return cmp.Compare(a.number, b.number) })
	for _, o := range outcomes {
		if o.refused != nil {
			return nil, skippedError{Skipped{Path(o.path), o.refused.Error()}}
		}
	}
	return outcomes, nil
}

// strict is the error for what was skipped though nothing may be.
func (s *scanned) strict(opt Options) error {
	if opt.Strict && len(s.skipped) > 0 {
		return skippedError{s.skipped[0]}
	}
	return nil
}

// skippedError is ErrSkipped of a file.
type skippedError struct{ Skipped }

func (e skippedError) Error() string        { return show(string(e.Path)) + ": " + e.Reason }
func (e skippedError) Is(target error) bool { return target == ErrSkipped }

// arrange sorts the outcomes by path and parts the usable pictures from the rest.
// Where an archive has a path twice the later one counts, as it does when unpacked.
func (s *scanned) arrange(outcomes []outcome) {
	slices.SortFunc(outcomes, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(b.number, a.number))
	})
	outcomes = slices.CompactFunc(outcomes, func(a, b outcome) bool { return a.path == b.path })
	resolve(outcomes)
	for _, o := range outcomes {
		for _, it := range o.pictures {
			it.path = o.path
			s.pictures = append(s.pictures, it)
		}
		if o.refused != nil {
			s.skipped = append(s.skipped, Skipped{Path(o.path), o.refused.Error()})
		}
	}
}

// maxLinks is how many links may lead from one to the next.
const maxLinks = 40

// resolve lets the links within an archive become what they lead to.
func resolve(outcomes []outcome) {
	isLink := func(o outcome) bool { return o.link != "" }
	if !slices.ContainsFunc(outcomes, isLink) {
		return
	}
	byPath := make(map[string]*outcome, len(outcomes))
	for i := range outcomes {
		byPath[outcomes[i].path] = &outcomes[i]
	}
	for i := range outcomes {
		target := &outcomes[i]
		for n := 0; target != nil && target.link != "" && n < maxLinks; n++ {
			target = byPath[target.link]
		}
		switch o := &outcomes[i]; {
		case target == nil:
			o.refused = errors.New("link to something that is not a picture of the archive")
		case target.link != "":
			o.refused = errors.New("link that leads in a circle")
		default:
			o.pictures, o.refused = target.pictures, target.refused
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
		reasons = append(reasons, show(string(k.Path))+": "+k.Reason)
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

// wanted reports whether a file of this path has a name that the options ask for.
func (o Options) wanted(p string) bool {
	base := path.Base(p)
	if o.Pattern != "" {
		ok, _ := path.Match(o.Pattern, base)
		return ok
	}
	return slices.Contains(picture.Extensions(), strings.ToLower(path.Ext(base))) || isIDX(base)
}

// isJunk reports whether any part of a path is hidden or an operating system's.
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
