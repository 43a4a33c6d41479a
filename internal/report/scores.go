// How good samples are, as text.

package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"dcgan/internal/score"
)

// What the data of a comparison are to the samples.
const (
	SplitTrain = "train" // the generator was trained on them
	SplitOther = "other"
)

// Scores says how good one set of samples is.
type Scores struct {
	Source   string `json:"source"`
	Step     *int   `json:"step,omitempty"` // of a checkpoint
	Data     string `json:"data"`           // "" is the embedded set
	DataN    int    `json:"data_n"`         // real pictures compared with
	DataAll  int    `json:"data_all"`       // real pictures there are
	Split    string `json:"split"`          // SplitTrain or SplitOther
	Features string `json:"features"`       // the network
	*score.Scores
	Floor *Floor `json:"floor,omitempty"` // nil of too few pictures

	Name string `json:"-"` // what texts call the data
	FID  bool   `json:"-"` // Features are those of the network that FID is defined with
}

// Floor is what real pictures score in place of the samples.
type Floor struct {
	*score.Scores
	Uncertain bool `json:"uncertain"` // measured on too few pictures
}

// WriteText writes the scores for a terminal.
func (s *Scores) WriteText(w io.Writer) error {
	name := s.Source
	if s.Step != nil {
		name = fmt.Sprintf("%s at step %d", s.Source, *s.Step)
	}
	split := "other pictures than it was trained on"
	if s.Split == SplitTrain {
		split = "the pictures it was trained on"
	} else if s.Step == nil {
		split = "real pictures"
	}
	fd := "Fréchet distance, in the embedded network's features: not FID"
	if s.FID {
		fd = "Fréchet Inception distance (FID)"
	}
	fmt.Fprintf(w, "%s: %d samples against %d of the %d pictures of %s, %s\n",
		name, s.N, s.DataN, s.DataAll, s.Name, split)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if s.Floor != nil {
		fmt.Fprint(t, "\tsamples\tfloor\n")
	}
	for _, row := range rows(fd) {
		fmt.Fprintf(t, "%s\t%s\t", row.name, row.text(s.Scores))
		if s.Floor != nil {
			fmt.Fprintf(t, "%s\t", row.text(s.Floor.Scores))
		}
		fmt.Fprintln(t, row.meaning)
	}
	if err := t.Flush(); err != nil || s.Floor == nil {
		return err
	}
	_, err := fmt.Fprintln(w, "floor: what real pictures score in place of the samples, from one half of the data against the other"+
		s.Floor.doubt())
	return err
}

// doubt says that a floor is uncertain.
func (f *Floor) doubt() string {
	if f.Uncertain {
		return "; so few pictures make it uncertain"
	}
	return ""
}

// scoreRow is a line of a score's text.
type scoreRow struct {
	name    string
	text    func(*score.Scores) string
	meaning string // in one line, for somebody who does not know the score
}

// rows are the lines of scores; fd says what their Fréchet distance is.
func rows(fd string) []scoreRow {
	number := func(format string, value func(*score.Scores) float64) func(*score.Scores) string {
		return func(s *score.Scores) string { return fmt.Sprintf(format, value(s)) }
	}
	return []scoreRow{
		{"fd", number("%.4g", func(s *score.Scores) float64 { return s.FD }), fd},
		{"kid", func(s *score.Scores) string { return fmt.Sprintf("%.4g +- %.2g", s.KID, s.KIDStderr) },
			"squared kernel distance in the same features"},
		{"precision", number("%.3f", func(s *score.Scores) float64 { return s.Precision }),
			"share of the samples that look real"},
		{"recall", number("%.3f", func(s *score.Scores) float64 { return s.Recall }),
			"share of the real pictures that the samples reach"},
		{"density", number("%.3f", func(s *score.Scores) float64 { return s.Density }),
			"how close to real pictures the samples crowd"},
		{"coverage", number("%.3f", func(s *score.Scores) float64 { return s.Coverage }),
			"share of the real pictures with a sample close by"},
		{"swd", number("%.4g", func(s *score.Scores) float64 { return s.SWD }),
			"sliced Wasserstein distance of patches, x 1000"},
		{"near_duplicates", number("%.3f", func(s *score.Scores) float64 { return s.NearDuplicates }),
			"share of the samples with a twin"},
		{"copies", number("%.3f", func(s *score.Scores) float64 { return s.Copies }),
			"share of the samples that are real pictures over again"},
		{"sharpness", number("%.3f", func(s *score.Scores) float64 { return s.Sharpness }),
			"energy of edges, relative to the real pictures"},
	}
}
