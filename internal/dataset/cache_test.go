package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dcgan/internal/tensor"
)

// cached returns options that leave no memory for pictures.
func cached(t testing.TB) Options {
	opt := small
	opt.Cache = Cache{Dir: filepath.Join(t.TempDir(), "cache"), Limit: 1 << 20}
	return opt
}

// caches returns the files of a cache folder, without the locks.
func caches(t testing.TB, opt Options) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(opt.Cache.Dir, "*"+cacheEnding+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A cache gives the same pictures as memory, from every kind of place, and is made
// once.
func TestCache(t *testing.T) {
	files := mixed(t)
	for name, place := range map[string]string{
		"folder": files.folder(t),
		"zip":    write(t, "x.zip", files.zip(t)),
		"tar.gz": write(t, "x.tar.gz", gzipped(t, files.tar(t))),
	} {
		opt := cached(t)
		want := open(t, place, small)
		for range 2 {
			got := open(t, place, opt)
			if _, isFile := got.store.(*cacheFile); !isFile {
				t.Fatalf("%s: the pictures are in memory", name)
			}
			if a, b := greys(t, got), greys(t, want); !slices.Equal(a, b) {
				t.Errorf("%s: pictures %v, want %v", name, a, b)
			}
			if a, b := got.Skipped(), want.Skipped(); !slices.Equal(a, b) {
				t.Errorf("%s: skipped %v, want %v", name, a, b)
			}
			if got.Fingerprint() != want.Fingerprint() || got.found.report().Files != want.found.report().Files {
				t.Errorf("%s: another set", name)
			}
			got.Close()
		}
		if n := caches(t, opt); len(n) != 1 {
			t.Errorf("%s: files %v", name, n)
		}
	}
}

// A set that fits stays in memory.
func TestCacheOnlyWhereNeeded(t *testing.T) {
	files := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8), "c.txt": nil}
	for _, place := range []string{files.folder(t), write(t, "x.tar", files.tar(t))} {
		for limit, file := range map[int64]bool{2 * 64: false, 2*64 - 1: true} {
			opt := cached(t)
			opt.Cache.Memory = limit
			s := open(t, place, opt)
			if _, isFile := s.store.(*cacheFile); isFile != file {
				t.Errorf("%d bytes of memory: a file: %t", limit, isFile)
			}
			s.Close()
		}
	}
}

// A cache is used for one content and one form only.
func TestCacheIsStale(t *testing.T) {
	root := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8)}.folder(t)
	opt := cached(t)
	name := filepath.Join(root, "b.png")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	open(t, root, opt).Close()
	if err := os.WriteFile(name, grey(t, 3, 8, 8), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, info.ModTime(), info.ModTime()); err != nil { // of the same length and time
		t.Fatal(err)
	}
	s := open(t, root, opt)
	if got := greys(t, s); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("pictures %v", got)
	}
	s.Close()
	opt.Fit = "stretch"
	open(t, root, opt).Close()
	if n := caches(t, opt); len(n) != 3 {
		t.Errorf("files %v, want 3", n)
	}
}

// A damaged cache is made anew if that is noticed when it is opened, and gives an
// error if it is noticed when it is read. It never causes a crash.
func TestCacheIsBroken(t *testing.T) {
	root := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8)}.folder(t)
	opt := cached(t)
	open(t, root, opt).Close()
	name := caches(t, opt)[0]
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	broken := map[string][]byte{"empty": nil, "doubled": append(slices.Clone(whole), whole...)}
	for _, cut := range []int{1, 20, 28, 64, 128, len(whole) - 1} {
		broken["cut"+string(rune(cut))] = whole[:cut]
	}
	for _, at := range []int{129, len(whole) - 5, len(whole) - 15, len(whole) - 28} {
		data := slices.Clone(whole)
		data[at] ^= 0x40
		broken["flipped"+string(rune(at))] = data
	}
	for which, data := range broken {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		s := open(t, root, opt)
		if got := greys(t, s); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("%q: pictures %v", which, got)
		}
		s.Close()
	}

	s := open(t, root, opt)
	defer s.Close()
	dst := tensor.New(1, 1, 8, 8)
	if err := os.Truncate(name, 10); err != nil { // within the first slot: either picture may be there
		t.Skip("an open file can't be cut here: ", err)
	}
	if err := s.Batch(dst, []int{1}); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("cut: %v", err)
	}
	if err := os.WriteFile(name, make([]byte, len(whole)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := s.Batch(dst, []int{1}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("overwritten: %v", err)
	}
}

// Runs that begin at once share the one file.
func TestCacheIsShared(t *testing.T) {
	root := mixed(t).folder(t)
	opt := cached(t)
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			s, err := Open(root, opt)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if s.Len() != 6 {
				t.Errorf("%d pictures", s.Len())
			}
		})
	}
	runs.Wait()
	if n := caches(t, opt); len(n) != 1 {
		t.Errorf("files %v", n)
	}
}

// The least recently used caches are removed, and the unfinished files of killed
// processes.
func TestCacheEviction(t *testing.T) {
	opt := cached(t)
	opt.Cache.Limit = 1000
	if err := os.MkdirAll(opt.Cache.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for i, name := range []string{"new.pictures", "old.pictures", "older.pictures", "dead.pictures.tmp", "other.txt"} {
		p := filepath.Join(opt.Cache.Dir, name)
		if err := os.WriteFile(p, make([]byte, 400), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(p, now, now.Add(-time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	open(t, tree{"a.png": grey(t, 1, 8, 8)}.folder(t), opt).Close()
	var left []string
	for _, name := range caches(t, opt) {
		if base := filepath.Base(name); len(base) < 20 {
			left = append(left, base)
		}
	}
	if want := []string{"new.pictures", "old.pictures"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v and the new one", left, want)
	}
	if _, err := os.Stat(filepath.Join(opt.Cache.Dir, "other.txt")); err != nil {
		t.Error("a file that is no cache is gone")
	}
}

// A file that changes between its checksum and its decoding is skipped, and no other
// run uses the cache.
func TestChangeWhileTheCacheIsMade(t *testing.T) {
	root := tree{"a.png": grey(t, 1, 8, 8), "b.png": grey(t, 2, 8, 8), "c.png": grey(t, 3, 8, 8)}.folder(t)
	opt := cached(t)
	passes := 0
	opt.Progress = func(seen, all int) error {
		if seen == all {
			passes++
		}
		if seen == 3 && passes == 1 {
			return errors.Join(os.Remove(filepath.Join(root, "b.png")),
				os.WriteFile(filepath.Join(root, "c.png"), grey(t, 4, 8, 8), 0o666))
		}
		return nil
	}
	opt.Threads = 1
	s := open(t, root, opt)
	if got := greys(t, s); !slices.Equal(got, []int{1}) {
		t.Errorf("pictures %v", got)
	}
	s.Close()
	s = open(t, root, opt)
	if got := greys(t, s); !slices.Equal(got, []int{1, 4}) {
		t.Errorf("later: pictures %v", got)
	}
	s.Close()
}

// A cache without pictures isn't kept.
func TestCacheOfNothing(t *testing.T) {
	opt := cached(t)
	root := tree{"a.png": nil}.folder(t)
	if _, err := Open(root, opt); !errors.Is(err, ErrNoPictures) {
		t.Errorf("%v", err)
	}
	if n := caches(t, opt); len(n) != 0 {
		t.Errorf("files %v", n)
	}
}

// A batch of 64 pictures of 64 x 64 from a cache costs its reading and its sums.
func BenchmarkCachedBatch(b *testing.B) {
	opt := cached(b)
	opt.Size, opt.Channels = 64, 3
	s := open(b, write(b, "demo.zip", []byte(demo)), opt)
	defer s.Close()
	dst := tensor.New(64, 3, 64, 64)
	o := Order{N: s.Len()}
	indices := o.Indices(1, 64)
	for b.Loop() {
		if err := s.Batch(dst, indices); err != nil {
			b.Fatal(err)
		}
	}
}
