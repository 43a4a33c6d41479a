package dataset

// The folder of caches: which one serves, who makes it, and which ones go.

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

// Cache says where pictures stay that memory should not hold.
type Cache struct {
	Dir    string // the folder of the files; "" keeps everything in memory
	Memory int64  // bytes of pictures that are kept in memory instead
	Limit  int64  // bytes that the folder's files may have, the newest one apart
}

const (
	cacheEnding = ".pictures"
	lockEnding  = ".lock"
)

// openCached opens a place through a cache. All files are read for their sums
// first: a cache serves only the very content that it was made of.
func openCached(place string, opt Options) (*Set, error) {
	read := newSummer()
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
	s.seen = sums.seen
	if err := s.strict(opt); err != nil {
		c.Close()
		return nil, err
	}
	now := time.Now()
	os.Chtimes(name+cacheEnding, now, now) // that it was used; a folder that can't be written to has no use for it
	opt.Cache.evict(name + cacheEnding)
	set, err := newSet(place, s, c, opt)
	if err != nil {
		c.Close()
	}
	return set, err
}

// cacheKey stands for the content of all files, by path, and for what is made of them.
func cacheKey(s *scanned, opt Options) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %v %d %t\n", cacheMagic, opt.form(), opt.MaxPixels, opt.AllFrames)
	for _, it := range s.pictures {
		fmt.Fprintf(h, "%q %x\n", it.path, it.sum)
	}
	for _, k := range s.skipped {
		fmt.Fprintf(h, "%q %s\n", k.Path, k.Reason)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// lockCache waits until no other process makes the cache.
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

// makeCache decodes the pictures into a new file. A file that isn't any more what
// it was when its sum was taken is skipped.
func makeCache(place, name string, key [sha256.Size]byte, sums map[int][sha256.Size]byte, opt Options) (*cacheFile, *scanned, error) {
	var s *scanned
	var scanErr error
	err := atomicfile.Write(name, 0o666, func(w io.Writer) error {
		c := newCacheWriter(w)
		l := newLoader(opt, c)
		l.sums = sums
		if s, scanErr = scanPath(place, opt, l); scanErr == nil && len(s.pictures) == 0 {
			scanErr = s.nothing(place, opt)
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

// evict removes the caches that were used longest ago until the others, but for
// the one in use, keep the limit, and what killed processes have left.
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
			os.Remove(k.name) // its lock stays: somebody may be about to take it
		}
	}
}

// removeStale removes an unfinished cache unless somebody is making it.
func removeStale(name string) {
	l := flock.New(strings.TrimSuffix(name, cacheEnding+atomicfile.Suffix) + lockEnding)
	if locked, err := l.TryLock(); err == nil && locked {
		os.Remove(name)
		l.Unlock()
	}
}
