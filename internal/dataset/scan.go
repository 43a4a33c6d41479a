package dataset

// One pass over all files of a place, on several goroutines. The results are then
// sorted by path.

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
)

// file is a file of a place, before it is read.
type file struct {
	path   string                 // relative to the place, with slashes
	kind   kind                   // of a file that is not taken, whatever it contains
	read   func() ([]byte, error) // nil if the file is not taken
	size   func() int64           // in bytes, as the place states it; nil if it does not
	link   string                 // in an archive: the path that a link leads to
	format string                 // reported as the format, in place of the data's; "" reports the data's
	class  string                 // the label from a file of labels
	inner  iter.Seq2[file, error] // the pictures of a file that contains many; the file itself is not one
}

// files is a sequence of the files of a place. An error in it ends the pass.
type files struct {
	all      int // the number of files, or 0 if it is not known
	pictures int // the number of files that may be pictures, or 0 if it is not known
	seq      iter.Seq2[file, error]
}

// scanned is the result of a pass; its lists are sorted by path. Each file is used, or
// in skipped, or counted in notTaken.
type scanned struct {
	seen     int // the number of all files
	pictures []item
	skipped  []Skipped
	notTaken []NotTaken
}

// result is what a worker returns for a file.
type result struct {
	outcome
	err error
}

// scan lets v visit the pictures among the files, opt.Threads at a time.
func scan(fs files, opt Options, v visitor) (*scanned, error) {
	if _, err := path.Match(opt.Pattern, ""); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", opt.Pattern, err)
	}
	if err := v.begin(fs.pictures); err != nil {
		return nil, err
	}
	s := &scanned{}
	p := &pass{opt: opt, passed: tally{}, visitor: v, jobs: make(chan func() result), stop: make(chan struct{})}
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
	s.arrange(outcomes, p.passed)
	return s, s.strictError(opt)
}

// pass is the state of a scan.
type pass struct {
	opt     Options
	visitor visitor
	passed  tally // of the files that are not taken without a look at them
	jobs    chan func() result
	stop    chan struct{} // closed to end the walk early
	failure error         // of the walk; valid when the results are closed
}

// walk sends the pictures to the workers and counts all files in seen.
func (p *pass) walk(fs files, seen *int) error {
	for f, err := range flat(fs.seq) {
		if err != nil {
			return err
		}
		*seen++
		if f.read == nil && f.link == "" {
			p.passed[f.kind]++
		} else {
			number := *seen
			select {
			case p.jobs <- func() result { o, err := p.visitor.visit(f, number); return result{o, err} }:
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

// flat yields the files of seq, and in place of a file that contains many pictures
// those pictures.
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

// collect receives all results. It ends the walk after an error, or with Strict
// after a refused file. Files are sent to the workers in order, so the first refused
// file of the place is among the results that still arrive.
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

// strictError returns an error for the first skipped file if opt.Strict is set.
func (s *scanned) strictError(opt Options) error {
	if opt.Strict && len(s.skipped) > 0 {
		return skippedError{s.skipped[0]}
	}
	return nil
}

// skippedError is the error for a skipped file. It matches ErrSkipped.
type skippedError struct{ Skipped }

func (e skippedError) Error() string        { return show(string(e.Path)) + ": " + e.Reason }
func (e skippedError) Is(target error) bool { return target == ErrSkipped }

// arrange sorts the outcomes by path and separates pictures from skipped files. If
// an archive has a path twice, the later entry counts, as when it is unpacked.
func (s *scanned) arrange(outcomes []outcome, passed tally) {
	slices.SortFunc(outcomes, func(a, b outcome) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(b.number, a.number))
	})
	all := len(outcomes)
	outcomes = slices.CompactFunc(outcomes, func(a, b outcome) bool { return a.path == b.path })
	if replaced := all - len(outcomes); replaced > 0 {
		passed[renewed] += replaced
	}
	resolve(outcomes)
	for _, o := range outcomes {
		if o.kind != (kind{}) {
			passed[o.kind]++
		}
		for _, it := range o.pictures {
			it.path = o.path
			s.pictures = append(s.pictures, it)
		}
		if o.refused != nil {
			s.skipped = append(s.skipped, Skipped{Path(o.path), o.refused.Error()})
		}
	}
	s.notTaken = passed.list()
}

// maxLinks bounds the length of a chain of links.
const maxLinks = 40

// resolve gives each link within an archive the outcome of its target.
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
		case target == nil || target.kind != (kind{}):
			o.refused = errors.New("link to something that is not a picture of the archive")
		case target.link != "":
			o.refused = errors.New("link that leads in a circle")
		default:
			o.pictures, o.refused = target.pictures, target.refused
		}
	}
}

// fingerprint returns the SHA-256 of the pictures' own SHA-256 sums, in order.
func (s *scanned) fingerprint() string {
	h := sha256.New()
	for i := range s.pictures {
		h.Write(s.pictures[i].sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// used returns the number of files that are used whole.
func (s *scanned) used() int {
	n := s.seen - len(s.skipped)
	for _, k := range s.notTaken {
		n -= k.Count
	}
	return n
}

// noPictures returns the error for a place without a usable picture.
func (s *scanned) noPictures(place string, opt Options) error {
	text := fmt.Sprintf("in %s: %d files", show(place), s.seen)
	if opt.Pattern != "" {
		text += fmt.Sprintf(", %d with a name like %q", s.used()+len(s.skipped), opt.Pattern)
	}
	const most = 3
	var reasons []string
	for _, k := range s.skipped[:min(most, len(s.skipped))] {
		reasons = append(reasons, show(string(k.Path))+": "+k.Reason)
	}
	if len(s.skipped) > most {
		reasons = append(reasons, "...")
	}
	if len(reasons) > 0 {
		text += fmt.Sprintf(", %d that can't be used (%s)", len(s.skipped), strings.Join(reasons, "; "))
	}
	if passed := NotTakenText(s.notTaken); passed != "" {
		text += ", " + passed
	}
	return fmt.Errorf("%w %s", ErrNoPictures, text)
}

// show returns a path for display, quoted if it contains unprintable characters.
func show(p string) string {
	if q := strconv.Quote(p); q != `"`+p+`"` {
		return q
	}
	return p
}
