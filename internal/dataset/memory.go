package dataset

// The store for sets that fit into memory.

import (
	"errors"
	"sync"
)

// errMemoryFull ends a pass whose pictures take more memory than the limit.
var errMemoryFull = errors.New("the pictures take more memory than they may")

// memoryStore is a store in memory. It is also an adder.
type memoryStore struct {
	left     int64 // bytes that may still be added; negative means any number
	mu       sync.Mutex
	pictures [][]byte
}

// newMemoryStore returns a store with the limit opt.Cache.Memory. There is no limit
// if there is no folder for caches.
func newMemoryStore(opt Options) *memoryStore {
	if opt.Cache.Dir == "" {
		return &memoryStore{left: -1}
	}
	return &memoryStore{left: max(opt.Cache.Memory, 0)}
}

// room returns errMemoryFull if pictures of a length in bytes can't all fit.
func (m *memoryStore) room(pictures, bytes int) error {
	if m.left >= 0 && int64(pictures)*int64(bytes) > m.left {
		return errMemoryFull
	}
	return nil
}

func (m *memoryStore) add(packed []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left >= 0 {
		if int64(len(packed)) > m.left {
			return 0, errMemoryFull
		}
		m.left -= int64(len(packed))
	}
	m.pictures = append(m.pictures, packed)
	return len(m.pictures) - 1, nil
}

func (m *memoryStore) picture(slot int, _ []byte) ([]byte, error) { return m.pictures[slot], nil }

func (m *memoryStore) Close() error { return nil }
