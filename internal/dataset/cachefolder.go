package dataset

// The folder of caches: which one is used, who makes it, and which are removed.

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"dcgan/internal/atomicfile"
)

// Cache says where pictures are stored that should not be kept in memory.
type Cache struct {
	Dir    string // the folder of the cache files; "" keeps every set in memory
	Memory int64  // the largest set that is kept in memory, in bytes
	Limit  int64  // bytes that all cache files but the one in use may take
}

const (
	cacheEnding = ".pictures"
	lockEnding  = ".lock"
)

// openCached opens a place through a cache. It first reads all files for their
// checksums, since a cache is valid only for exactly the content it was made from.
func openCached(place string, opt Options) (*Set, error) {
	read := newSummer(opt)
	sums, err := scanPath(place, opt, read)
	if err != nil {
		return nil, err
	}
	key := cacheKey(sums, opt)
	if err := os.MkdirAll(opt.Cache.Dir, 0o777); err != nil {
		return nil, fmt.Errorf("make the cache of pictures: %w", err)
	}
	name := filepath.Join(opt.Cache.Dir, hex.EncodeToString(key[:16]))
	unlock, err := lockCache(name+lockEnding, opt)
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, s, err := openCache(name+cacheEnding, key, opt.form().Bytes(), false)
	if err != nil {
		if c, s, err = makeCache(place, name+cacheEnding, key, read.sums, opt); err != nil {
			return nil, err
		}
	}
	s.seen, s.notTaken = sums.seen, sums.notTaken
	if err := s.strictError(opt); err != nil {
		c.Close()
		return nil, err
	}
	now := time.Now()
	os.Chtimes(name+cacheEnding, now, now) // the time of last use, for evict; it may fail in a read-only folder
	opt.Cache.evict(name + cacheEnding)
	set, err := newSet(place, s, c, opt)
	if err != nil {
		c.Close()
	}
	return set, err
}

// cacheKey identifies the content of all files, by path, and the form and options
// that they are decoded with.
func cacheKey(s *scanned, opt Options) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %v %d %t %t\n", cacheMagic, opt.form(), opt.MaxPixels, opt.AllFrames, opt.Damaged)
	for _, it := range s.pictures {
		fmt.Fprintf(h, "%q %x\n", it.path, it.sum)
	}
	for _, k := range s.skipped {
		fmt.Fprintf(h, "%q %s\n", k.Path, k.Reason)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// lockCache waits until no other process makes the cache, and takes its lock.
func lockCache(name string, opt Options) (unlock func(), err error) {
	l := flock.New(name)
	for {
		locked, err := l.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock the cache of pictures: %w", err)
		}
		if locked {
			return func() { l.Unlock() }, nil
		}
		if err := opt.Progress(0, 0); err != nil {
			return nil, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// makeCache decodes the pictures into a new file. A picture's file that has changed
// since its checksum was taken is skipped.
func makeCache(place, name string, key [sha256.Size]byte, sums map[int][sha256.Size]byte,
	opt Options) (*cacheFile, *scanned, error) {
	var s *scanned
	var scanErr error
	err := atomicfile.Write(name, 0o666, func(w io.Writer) error {
		c := newCacheWriter(w)
		l := newLoader(opt, c)
		l.sums = sums
		if s, scanErr = scanPath(place, opt, l); scanErr == nil && len(s.pictures) == 0 {
			scanErr = s.noPictures(place, opt)
		}
		if scanErr != nil {
			return scanErr
		}
		return c.finish(key, s, l.changed.Load())
	})
	if scanErr != nil {
		return nil, nil, scanErr
	} else if err != nil {
		return nil, nil, err
	}
	return openCache(name, key, opt.form().Bytes(), true)
}

// evict removes the least recently used caches until the others, without the one in
// use, are within the limit. It also removes unfinished files of killed processes.
func (c Cache) evict(inUse string) {
	type cache struct {
		name string
		size int64
		used time.Time
	}
	var caches []cache
	entries, _ := os.ReadDir(c.Dir)
	for _, e := range entries {
		name := filepath.Join(c.Dir, e.Name())
		info, err := e.Info()
		switch {
		case err != nil || name == inUse:
		case strings.HasSuffix(name, cacheEnding):
			caches = append(caches, cache{name, info.Size(), info.ModTime()})
		case strings.HasSuffix(name, cacheEnding+atomicfile.Suffix):
			removeStale(name)
		}
	}
	slices.SortFunc(caches, func(a, b cache) int { return cmp.Compare(b.used.UnixNano(), a.used.UnixNano()) })
	left := c.Limit
	for _, k := range caches {
		if left -= k.size; left < 0 {
			os.Remove(k.name) // its lock file stays: another process may be about to lock it
		}
	}
}

// removeStale removes an unfinished cache unless a process is making it.
func removeStale(name string) {
	l := flock.New(strings.TrimSuffix(name, cacheEnding+atomicfile.Suffix) + lockEnding)
	if locked, err := l.TryLock(); err == nil && locked {
		os.Remove(name)
		l.Unlock()
	}
}
