package dataset

import (
	"os"
	"path/filepath"

	"dcgan/internal/config"
	"dcgan/internal/host"
)

// OptionsFor returns how pictures are read for a training with validated settings, on
// this machine.
func OptionsFor(c *config.Config) Options {
	background, _ := config.Colour(c.Background) // which Validate has checked
	memory, known := host.AvailableMemory()
	if !known {
		memory = 4 << 30
	}
	return Options{
		Pattern: c.Pattern,
		Size:    c.Size, Channels: c.Channels,
		Fit: c.Fit, Filter: c.Filter, Background: background,
		Damaged: c.Damaged == config.DamagedUse, AllFrames: c.AllFrames, MaxPixels: c.MaxPixels,
		Threads: c.Threads, Decode: max(memory/8, 1<<28),
		Cache: cacheFor(memory),
	}
}

// cacheFor keeps up to a quarter of the available memory in memory. More goes to the
// user's cache folder, where sets may take half of what the disk has left.
func cacheFor(memory int64) Cache {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "dcgan", "pictures")
	free, known := host.AvailableDisk(host.ExistingFolder(dir))
	if !known {
		free = 64 << 30
	}
	return Cache{Dir: dir, Memory: memory / 4, Limit: free / 2}
}

// OpenFor reads the pictures that settings name: those at c.Data, or the embedded ones.
func OpenFor(c *config.Config, opt Options) (*Set, error) {
	if c.Data == "" {
		return Demo(opt)
	}
	return Open(c.Data, opt)
}
