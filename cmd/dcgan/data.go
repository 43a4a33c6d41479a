// The pictures of a run, with what the person should know of them.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
)

// maxListed is how many skipped files are named before the rest is only counted.
const maxListed = 10

// checkEvery is the number of files between looks at the memory that is left.
const checkEvery = 256

// dataOptions is what the settings say of reading pictures; reading ends when
// ctx is cancelled.
func dataOptions(ctx context.Context, c *config.Config) dataset.Options {
	return dataset.Options{
		Pattern: c.Pattern,
		Size:    c.Size, Channels: c.Channels,
		Fit: c.Fit, Filter: c.Filter,
		Threads:  c.Threads,
		Progress: func(int, int) error { return ctx.Err() },
	}
}

// openData reads the pictures that the settings name, or the embedded ones, and
// lists what was left out.
func openData(ctx context.Context, c *config.Config, stderr io.Writer) (set *dataset.Set, err error) {
	opt := dataOptions(ctx, c)
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
	if errors.Is(err, dataset.ErrNoPictures) && config.HintOf(err) == "" {
		return nil, config.Hint(err, "dcgan inspect says what is there; --pattern chooses names")
	} else if err != nil {
		return nil, err
	}
	fmt.Fprintf(stderr, "%d pictures of %s\n", set.Len(), dataName(c.Data))
	listSkipped(stderr, set.Skipped())
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

func listSkipped(w io.Writer, skipped []dataset.Skipped) {
	if len(skipped) == 0 {
		return
	}
	fmt.Fprintf(w, "skipped %d that can't be used:\n", len(skipped))
	for i, s := range skipped {
		if i == maxListed {
			fmt.Fprintf(w, "  and %d more; dcgan inspect lists all\n", len(skipped)-i)
			break
		}
		fmt.Fprintf(w, "  %q: %s\n", s.Path, s.Reason)
	}
}
