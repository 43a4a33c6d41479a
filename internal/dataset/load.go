package dataset

// What a pass does with each file: decode it, or only take its checksum.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"dcgan/internal/picture"
)

// visitor handles the files of a pass.
type visitor interface {
	// begin is called first, with the number of pictures, or 0 if it is not known.
	begin(pictures int) error
	// visit handles a file. It is called from several goroutines at once. An error
	// ends the pass.
	visit(f file, number int) (outcome, error)
}

// outcome is what a pass made of a file.
type outcome struct {
	path     string
	link     string // in an archive: the path that a link leads to
	number   int    // the file's number in the pass, from 1
	kind     kind   // of a file that is not taken
	pictures []item
	refused  error // why the file, or its part after pictures, can't be used
}

// item is a usable picture.
type item struct {
	path   string
	frame  int    // of an animation, from 0
	class  string // the label from a file of labels
	header picture.Header
	intact float64           // the share of its rows that the file has
	sum    [sha256.Size]byte // of the file's bytes
	slot   int               // of its packed form in the store
}

// leastIntact is the share of a picture's rows that it is used with, unless the options
// say otherwise.
const leastIntact = 0.9

var errChanged = errors.New("changed while it was read")

// largeFile is a length in bytes. Of files that are longer, only one is in memory at
// a time.
const largeFile = 32 << 20

// adder takes pictures in packed form and numbers them. It is safe for concurrent
// use.
type adder interface {
	add(packed []byte) (slot int, err error)
}

// loader is a visitor that decodes files and adds the pictures to into.
type loader struct {
	opt    Options
	into   adder
	sums   map[int][sha256.Size]byte // by number: the sums that the files must have; nil accepts any
	memory *semaphore.Weighted       // bytes that decoding takes at once
	large  sync.Mutex                // held while a large file is in memory

	changed atomic.Bool // whether a file did not have its sum
}

func newLoader(opt Options, into adder) *loader {
	return &loader{opt: opt, into: into, memory: semaphore.NewWeighted(opt.Decode)}
}

func (l *loader) begin(pictures int) error {
	if m, ok := l.into.(*memoryStore); ok {
		return m.room(pictures, l.opt.form().Bytes())
	}
	return nil
}

func (l *loader) visit(f file, number int) (outcome, error) {
	o := outcome{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return o, nil
	}
	if f.size != nil && f.size() > largeFile {
		l.large.Lock()
		defer l.large.Unlock()
	}
	data, err := f.read()
	var passed bool
	if o.kind, passed = l.opt.notTaken(f.path, data, err); passed {
		return o, nil
	}
	sum := sha256.Sum256(data)
	if want, summed := l.sums[number]; l.sums != nil && (summed != (err == nil) || summed && sum != want) {
		l.changed.Store(true)
		err = cmp.Or(err, errChanged)
	}
	if err != nil {
		o.refused = err
		return o, nil
	}
	err = l.decode(&o, f, data, sum)
	return o, err
}

// decode adds the pictures in a file's data to its outcome. sum is the data's.
func (l *loader) decode(o *outcome, f file, data []byte, sum [sha256.Size]byte) error {
	opened, err := picture.Open(data, l.opt.MaxPixels)
	if picture.IsRaw(extension(f.path), data) {
		err = fmt.Errorf("%w: %v", picture.ErrFormat, picture.Raw())
	}
	if err != nil {
		o.refused = err
		return nil
	}
	weight := min(opened.Memory(), l.opt.Decode)
	if err := l.memory.Acquire(context.Background(), weight); err != nil {
		return err
	}
	defer l.memory.Release(weight)
	frames := opened.Frames()
	if !l.opt.AllFrames {
		frames = func(yield func(*picture.Picture, error) bool) { yield(opened.DecodeFor(l.opt.form())) }
	}
	for p, err := range frames {
		n := len(o.pictures)
		if err != nil {
			if o.refused = err; n > 0 {
				o.refused = fmt.Errorf("frame %d: %w", n+1, err)
			}
			return nil
		}
		intact := p.Intact()
		if intact < leastIntact && !l.opt.Damaged {
			o.refused = fmt.Errorf("cut short: %.0f %% of its rows are there", 100*intact)
			return nil
		}
		slot, err := l.into.add(p.Fit(l.opt.form()))
		if err != nil {
			return err
		}
		it := item{path: f.path, frame: n, class: f.class, header: p.Header, intact: intact, sum: sum, slot: slot}
		if f.format != "" {
			it.header.Format = f.format
		}
		o.pictures = append(o.pictures, it)
	}
	return nil
}

// discard is an adder that keeps nothing.
type discard struct{}

func (discard) add([]byte) (int, error) { return 0, nil }

// summer is a visitor that only takes the files' checksums.
type summer struct {
	opt  Options
	mu   sync.Mutex
	sums map[int][sha256.Size]byte // by the files' numbers in the pass
}

func newSummer(opt Options) *summer { return &summer{opt: opt, sums: map[int][sha256.Size]byte{}} }

func (*summer) begin(int) error { return nil }

func (m *summer) visit(f file, number int) (outcome, error) {
	o := outcome{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return o, nil
	}
	data, err := f.read()
	var passed bool
	if o.kind, passed = m.opt.notTaken(f.path, data, err); passed {
		return o, nil
	}
	if err != nil {
		o.refused = err
		return o, nil
	}
	sum := sha256.Sum256(data)
	o.pictures = []item{{path: f.path, sum: sum}}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sums[number] = sum
	return o, nil
}
