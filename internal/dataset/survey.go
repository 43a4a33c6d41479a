package dataset

import (
	"slices"

	"dcgan/internal/config"
	"dcgan/internal/picture"
)

// surveyed is how many pictures a survey looks at.
const surveyed = 512

// Survey looks at a place without reading all of it: it counts the files that may be pictures and reads the headers
// of some hundred of them, spread over the place where the number of files is known. Read by OptionsFor, the pictures
// may turn out to be fewer or, of animations with all frames, more.
func Survey(c *config.Config, opt Options) (f config.Facts, err error) {
	opt = opt.withDefaults()
	v := &surveyor{maxPixels: opt.MaxPixels}
	var s *scanned
	if c.Data == "" {
		s, err = scanDemo(opt, v)
	} else {
		s, err = scanPath(c.Data, opt, v)
	}
	if err != nil {
		return f, err
	}
	var sides []int
	f.Pictures, f.Grey = len(s.pictures), true
	for i := range s.pictures {
		if h := s.pictures[i].header; h.Width > 0 {
			sides = append(sides, min(h.Width, h.Height))
			f.Grey = f.Grey && (h.Mode == "grey" || h.Mode == "grey 16-bit")
		}
	}
	if len(sides) == 0 {
		return config.Facts{Pictures: f.Pictures}, nil
	}
	slices.Sort(sides)
	f.Side = sides[(len(sides)-1)/2]
	return f, nil
}

// surveyor is a visitor that reads the headers of some files.
type surveyor struct {
	maxPixels int
	every     int
}

func (s *surveyor) begin(pictures int) error {
	s.every = max(1, pictures/surveyed)
	return nil
}

func (s *surveyor) visit(f file, number int) (outcome, error) {
	o := outcome{path: f.path, link: f.link, number: number}
	if f.link != "" {
		return o, nil
	}
	it := item{path: f.path}
	if number%s.every == 0 && number/s.every <= surveyed {
		data, err := f.read()
		if err == nil {
			var opened *picture.File
			if opened, err = picture.Open(data, s.maxPixels); err == nil {
				it.header = opened.Header
			}
		}
		if o.refused = err; err != nil {
			return o, nil
		}
	}
	o.pictures = []item{it}
	return o, nil
}
