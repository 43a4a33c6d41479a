package dataset

// A cache file holds pictures that should not be kept in memory. It is made once for
// one content of a place and one form; any number of runs may read it. It consists of
//
//	the pictures in packed form, one after the other
//	the index: gob of cacheIndex and of indexSums
//	the trailer: 8 bytes magic, 8 offset of the index, 8 its length, 4 its CRC-32C (little-endian)
//
// The trailer is written last and proves that the file is complete: a file is opened
// only if its length, the index's checksum and the key in the index are right. Each
// picture has a checksum of its own.

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"

	"dcgan/internal/picture"
)

// cacheMagic ends with a version, which counts changes of the format and of decoding.
const cacheMagic = "DCGANPX3"

const trailerLength = 28

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// cacheIndex describes the pictures of a cache.
type cacheIndex struct {
	Key      [sha256.Size]byte
	Pictures []cachePicture
	Skipped  []Skipped
	Changed  bool // a file changed while the cache was made: only the run that made it may read it
}

type cachePicture struct {
	Path, Class string
	Frame, Slot int
	Header      picture.Header
	Intact      float64
	Sum         [sha256.Size]byte // of its file
}

// indexSums is the part of the index with the checksum of each slot.
type indexSums struct{ CRC []uint32 }

// cacheWriter writes a cache. It takes pictures from a loader.
type cacheWriter struct {
	mu   sync.Mutex
	w    *bufio.Writer
	size int64
	sums indexSums
}

func newCacheWriter(w io.Writer) *cacheWriter {
	return &cacheWriter{w: bufio.NewWriterSize(w, 1<<20)}
}

func (c *cacheWriter) add(packed []byte) (int, error) {
	sum := crc32.Checksum(packed, castagnoli)
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.w.Write(packed)
	c.size += int64(n)
	c.sums.CRC = append(c.sums.CRC, sum)
	return len(c.sums.CRC) - 1, err
}

// finish writes the index and the trailer.
func (c *cacheWriter) finish(key [sha256.Size]byte, s *scanned, changed bool) error {
	index := cacheIndex{Key: key, Skipped: s.skipped, Changed: changed}
	for _, it := range s.pictures {
		index.Pictures = append(index.Pictures, cachePicture{it.path, it.class, it.frame, it.slot, it.header, it.intact,
			it.sum})
	}
	var b bytes.Buffer
	g := gob.NewEncoder(&b)
	if err := errors.Join(g.Encode(index), g.Encode(c.sums)); err != nil {
		return err
	}
	trailer := []byte(cacheMagic)
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(c.size))
	trailer = binary.LittleEndian.AppendUint64(trailer, uint64(b.Len()))
	trailer = binary.LittleEndian.AppendUint32(trailer, crc32.Checksum(b.Bytes(), castagnoli))
	b.Write(trailer)
	if _, err := c.w.Write(b.Bytes()); err != nil {
		return err
	}
	return c.w.Flush()
}

// cacheFile is a store that reads from a cache.
type cacheFile struct {
	file  *os.File
	bytes int // per picture
	sums  indexSums
}

// errStale is returned for a file that is not a complete cache with the wanted key.
var errStale = errors.New("not a cache of these pictures")

// openCache opens the cache at name if it is complete, has this key and holds
// pictures of this length in bytes. mine says that the caller has made it; otherwise a
// cache that is marked as changed is stale.
func openCache(name string, key [sha256.Size]byte, bytes int, mine bool) (c *cacheFile, s *scanned, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	c = &cacheFile{file: f, bytes: bytes}
	if s, err = c.readIndex(key, mine); err != nil {
		f.Close()
		return nil, nil, err
	}
	return c, s, nil
}

func (c *cacheFile) readIndex(key [sha256.Size]byte, mine bool) (*scanned, error) {
	info, err := c.file.Stat()
	if err != nil {
		return nil, err
	}
	trailer := make([]byte, trailerLength)
	if _, err := c.file.ReadAt(trailer, info.Size()-trailerLength); err != nil || string(trailer[:8]) != cacheMagic {
		return nil, errStale
	}
	offset, length := binary.LittleEndian.Uint64(trailer[8:]), binary.LittleEndian.Uint64(trailer[16:])
	size := uint64(info.Size())
	if offset > size || length > size || offset+length+trailerLength != size {
		return nil, errStale
	}
	content := make([]byte, length)
	if _, err := c.file.ReadAt(content, int64(offset)); err != nil ||
		crc32.Checksum(content, castagnoli) != binary.LittleEndian.Uint32(trailer[24:]) {
		return nil, errStale
	}
	var index cacheIndex
	g := gob.NewDecoder(bytes.NewReader(content))
	if err := errors.Join(g.Decode(&index), g.Decode(&c.sums)); err != nil || index.Key != key ||
		index.Changed && !mine || uint64(len(c.sums.CRC)*c.bytes) != offset {
		return nil, errStale
	}
	s := &scanned{skipped: index.Skipped}
	for _, p := range index.Pictures {
		if p.Slot < 0 || p.Slot >= len(c.sums.CRC) {
			return nil, errStale
		}
		s.pictures = append(s.pictures, item{
			path: p.Path, frame: p.Frame, class: p.Class, header: p.Header, intact: p.Intact, sum: p.Sum, slot: p.Slot,
		})
	}
	return s, nil
}

func (c *cacheFile) picture(slot int, buf []byte) ([]byte, error) {
	if _, err := c.file.ReadAt(buf, int64(slot)*int64(c.bytes)); err == io.EOF {
		return nil, fmt.Errorf("cache of pictures %s: cut short", c.file.Name())
	} else if err != nil {
		return nil, fmt.Errorf("cache of pictures %w", err)
	}
	if crc32.Checksum(buf, castagnoli) != c.sums.CRC[slot] {
		return nil, fmt.Errorf("cache of pictures %s: damaged", c.file.Name())
	}
	return buf, nil
}

func (c *cacheFile) Close() error { return c.file.Close() }
