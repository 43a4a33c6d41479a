// The pictures of a run, with what the person should know of them.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/host"
)

// checkEvery is the number of files between looks at the memory that is left.
const checkEvery = 256

// dataOptions is what the settings and the machine say of reading pictures;
// reading ends when ctx is cancelled.
func dataOptions(ctx context.Context, c *config.Config, strict bool) dataset.Options {
	background, _ := config.Colour(c.Background) // which Validate has checked
	memory, known := host.AvailableMemory()
	if !known {
		memory = 4 << 30
	}
	return dataset.Options{
		Pattern: c.Pattern,
		Size:    c.Size, Channels: c.Channels,
		Fit: c.Fit, Filter: c.Filter, Background: background,
		AllFrames: c.AllFrames, MaxPixels: c.MaxPixels, Strict: strict,
		Threads: c.Threads, Decode: max(memory/8, 1<<28),
		Cache:    pictureCache(memory),
		Progress: func(int, int) error { return ctx.Err() },
	}
}

// pictureCache keeps up to a quarter of the memory that is there in memory. More
// goes to the user's cache folder, where others of its kind may take half of what
// the disk has left.
func pictureCache(memory int64) dataset.Cache {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "dcgan", "pictures")
	free, known := host.AvailableDisk(host.ExistingFolder(dir))
	if !known {
		free = 64 << 30
	}
	return dataset.Cache{Dir: dir, Memory: memory / 4, Limit: free / 2}
}

// openData reads the pictures that the settings name, or the embedded ones. With
// strict, what would be skipped is an error.
func openData(ctx context.Context, c *config.Config, strict bool, stderr io.Writer) (set *dataset.Set, err error) {
	opt := dataOptions(ctx, c, strict)
	status := newStatus(stderr)
	status.shown = status.now() // a small set is read without a word
	opt.Progress = func(seen, all int) error {
		status.Show(readingText(seen, all), false)
		if seen%checkEvery == 0 { // the pictures so far may have left too little for the rest
			if err := checkMemory(c); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	if c.Data == "" {
		set, err = dataset.Demo(opt)
	} else {
		set, err = dataset.Open(c.Data, opt)
	}
	status.End()
	if errors.Is(err, dataset.ErrSkipped) {
		return nil, config.Hint(err, "without --strict it is skipped")
	}
	if errors.Is(err, dataset.ErrNoPictures) && config.HintOf(err) == "" {
		return nil, config.Hint(err, "dcgan inspect says what is there; --pattern chooses names")
	} else if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%d pictures of %s\n", set.Len(), dataName(c.Data))
	return set, nil
}

// readingText says how far reading the pictures is; all is 0 where it isn't known.
func readingText(seen, all int) string {
	if all == 0 {
		return fmt.Sprintf("reading pictures: %d files", seen)
	}
	return fmt.Sprintf("reading pictures: %d of %d files", seen, all)
}

// dataName is what messages call the data.
func dataName(data string) string {
	if data == "" {
		return "the embedded set"
	}
	return data
}
