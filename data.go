package dcgan

import (
	"context"
	"fmt"

	"dcgan/internal/dataset"
)

// Data are pictures at the size of a training. They may be used by one training at a
// time. Close them at the end.
type Data struct{ set *dataset.Set }

// DataOptions say how pictures are read. The zero DataOptions are the defaults.
type DataOptions struct {
	Strict bool // a file that can't be used is an error; otherwise it is skipped

	// Reading, if any, is called while files are read, with their number so far and in
	// all, which is 0 while it isn't known. An error ends the reading.
	Reading func(files, all int) error
}

// OpenData reads pictures as the settings say: those of the folder, archive or IDX file
// that the setting "data" names or, if that is empty, the embedded ones, 1,000 drawn heads.
func OpenData(ctx context.Context, s *Settings, o DataOptions) (*Data, error) {
	c, err := s.complete()
	if err != nil {
		return nil, err
	}
	opt := dataset.OptionsFor(c)
	opt.Strict = o.Strict
	opt.Progress = func(files, all int) error {
		if o.Reading != nil {
			if err := o.Reading(files, all); err != nil {
				return err
			}
		}
		return ctx.Err()
	}
	set, err := dataset.OpenFor(c, opt)
	if err != nil {
		return nil, err
	}
	return &Data{set}, nil
}

// Len returns the number of pictures.
func (d *Data) Len() int { return d.set.Len() }

// Skipped returns the files that can't be used, each with the reason.
func (d *Data) Skipped() []string {
	var list []string
	for _, s := range d.set.Skipped() {
		list = append(list, fmt.Sprintf("%s: %s", s.Path, s.Reason))
	}
	return list
}

// NotTaken says how many files are no pictures, by kind: "12 not taken: 8 .txt, 4 .mov
// (video)". It returns "" if there are none.
func (d *Data) NotTaken() string { return dataset.NotTakenText(d.set.NotTaken()) }

// Close releases what the pictures hold open.
func (d *Data) Close() error { return d.set.Close() }
