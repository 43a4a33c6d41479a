package dataset

// What is done with each file in a pass: decode it, or only read it.

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

// work is done with the files of a pass, several at a time.
type work interface {
	// begin is told how many pictures there are, 0 where that isn't known.
	begin(pictures int) error
	// do says what became of a file. An error ends the pass.
	do(f file, number int) (outcome, error)
}

// outcome is what became of a file.
type outcome struct {
	path     string
	link     string // the path that a link within an archive leads to
	number   int    // the file's place in the pass
	pictures []item
	refused  error // why it, or what comes after its pictures, can't be used
}

// item is a usable picture.
type item struct {
	path   string
	frame  int    // of an animation, from 0
	class  string // by a file of labels
	header picture.Header
	sum    [sha256.Size]byte // of the file's bytes
	slot   int               // of its packed form in the store
}

var errChanged = errors.New("changed while it was read")

// largeFile is the length of file of which only one is held at a time, in bytes.
const largeFile = 32 << 20

// loader decodes files into a place for packed pictures.
type loader struct {
	opt  Options
	into interface {
		add(packed []byte) (slot int, err error)
	}
	sums   map[int][sha256.Size]byte // what the files must be, by number; nil for anything
	memory *semaphore.Weighted       // what decoding takes at once
	large  sync.Mutex

	changed atomic.Bool // a file was not what its sum says
}

func newLoader(opt Options, into interface {
	add(packed []byte) (slot int, err error)
}) *loader {
	return &loader{opt: opt, into: into, memory: semaphore.NewWeighted(opt.Decode)}
}

func (l *loader) begin(pictures int) error {
	if m, ok := l.into.(*memory); ok {
		return m.room(pictures, l.opt.form().Bytes())
	}
	return nil
}

func (l *loader) do(f file, number int) (outcome, error) {
	o := outcome{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return o, nil
	}
	if f.size != nil && f.size() > largeFile {
		l.large.Lock()
		defer l.large.Unlock()
	}
	data, err := f.read()
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

// decode adds the pictures of a file's bytes to its outcome.
func (l *loader) decode(o *outcome, f file, data []byte, sum [sha256.Size]byte) error {
	opened, err := picture.Open(data, l.opt.MaxPixels)
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
		slot, err := l.into.add(p.Fit(l.opt.form()))
		if err != nil {
			return err
		}
		it := item{path: f.path, frame: n, class: f.class, header: p.Header, sum: sum, slot: slot}
		if f.format != "" {
			it.header.Format = f.format
		}
		o.pictures = append(o.pictures, it)
	}
	return nil
}

// discard is a place for pictures that nobody wants.
type discard struct{}

func (discard) add([]byte) (int, error) { return 0, nil }

// summer reads files for their sums alone.
type summer struct {
	mu   sync.Mutex
	sums map[int][sha256.Size]byte // by the files' numbers in the pass
}

func newSummer() *summer { return &summer{sums: map[int][sha256.Size]byte{}} }

func (*summer) begin(int) error { return nil }

func (m *summer) do(f file, number int) (outcome, error) {
	o := outcome{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return o, nil
	}
	data, err := f.read()
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
