package dataset

// Pictures in memory, while they fit.

import (
	"errors"
	"sync"
)

// errMemoryFull ends a pass whose pictures take more memory than they may.
var errMemoryFull = errors.New("the pictures take more memory than they may")

// memory is a store of slices.
type memory struct {
	left     int64 // bytes that may still come; negative for any
	mu       sync.Mutex
	pictures [][]byte
}

// newMemory returns a store with the options' limit; without a place to put more
// there is no limit.
func newMemory(opt Options) *memory {
	if opt.Cache.Dir == "" {
		return &memory{left: -1}
	}
	return &memory{left: max(opt.Cache.Memory, 0)}
}

// room refuses so many pictures if it is known that they won't fit.
func (m *memory) room(pictures, bytes int) error {
	if m.left >= 0 && int64(pictures)*int64(bytes) > m.left {
		return errMemoryFull
	}
	return nil
}

func (m *memory) add(packed []byte) (int, error) {
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

func (m *memory) picture(slot int, _ []byte) ([]byte, error) { return m.pictures[slot], nil }

func (m *memory) Close() error { return nil }
