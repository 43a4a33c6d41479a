// Opening the pictures of a run, with messages about them.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"dcgan"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/train"
)

// checkEvery is the number of files after which the available memory is checked again.
const checkEvery = 256

// openData reads the pictures that the settings name, or the embedded ones. With
// strict, what would be skipped is an error.
func openData(ctx context.Context, c *config.Config, strict bool, stderr io.Writer) (*dataset.Set, error) {
	opt := dataset.OptionsFor(c)
	opt.Strict = strict
	status := newStatus(stderr)
	status.shown = status.now() // a small set is read without a word
	opt.Progress = func(seen, all int) error {
		status.Show(readingText(seen, all), false)
		if seen%checkEvery == 0 { // the pictures so far may have left too little for the rest
			if err := train.CheckMemory(c); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	set, err := dataset.OpenFor(c, opt)
	status.End()
	if err != nil {
		return nil, dataHint(err)
	}
	fmt.Fprintf(stderr, "%d pictures of %s\n", set.Len(), dataName(c.Data))
	return set, nil
}

// readData is openData for pictures that nothing is trained on.
func readData(ctx context.Context, s *dcgan.Settings, stderr io.Writer) (*dcgan.Data, error) {
	status := newStatus(stderr)
	status.shown = status.now()
	data, err := dcgan.OpenData(ctx, s, dcgan.DataOptions{Reading: func(files, all int) error {
		status.Show(readingText(files, all), false)
		return nil
	}})
	status.End()
	if err != nil {
		return nil, dataHint(err)
	}
	name, _ := s.Get("data").(string)
	fmt.Fprintf(stderr, "%d pictures of %s\n", data.Len(), dataName(name))
	return data, nil
}

// dataHint gives an error of reading pictures its hint.
func dataHint(err error) error {
	switch {
	case errors.Is(err, dataset.ErrSkipped):
		return config.Hint(err, "without --strict it is skipped")
	case errors.Is(err, dataset.ErrNoPictures) && config.HintOf(err) == "":
		return config.Hint(err, "dcgan inspect says what is there; --pattern chooses names")
	}
	return err
}

// movedHint hints at --data if err says that the pictures of a run are not where they were.
// command is what to type before it.
func movedHint(err error, command string) error {
	if errors.Is(err, fs.ErrNotExist) && config.HintOf(err) == "" {
		return config.Hint(err, "if the pictures have moved: "+command+" --data NEW/PLACE")
	}
	return err
}

// readingText says how far reading has come; all is 0 if the number is not known.
func readingText(seen, all int) string {
	if all == 0 {
		return fmt.Sprintf("reading pictures: %d files", seen)
	}
	return fmt.Sprintf("reading pictures: %d of %d files", seen, all)
}

// dataName returns what messages call the data.
func dataName(data string) string {
	if data == "" {
		return "the embedded set"
	}
	return data
}
