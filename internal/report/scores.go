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

	Name string `json:"-"` // what texts call the data
	FID  bool   `json:"-"` // Features are those of the network that FID is defined with
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
	fmt.Fprintf(t, "fd\t%.4g\t%s\n", s.FD, fd)
	fmt.Fprintf(t, "kid\t%.4g +- %.2g\tsquared kernel distance in the same features\n", s.KID, s.KIDStderr)
	fmt.Fprintf(t, "precision\t%.3f\tshare of the samples that look real\n", s.Precision)
	fmt.Fprintf(t, "recall\t%.3f\tshare of the real pictures that the samples reach\n", s.Recall)
	fmt.Fprintf(t, "density\t%.3f\thow close to real pictures the samples crowd\n", s.Density)
	fmt.Fprintf(t, "coverage\t%.3f\tshare of the real pictures with a sample close by\n", s.Coverage)
	fmt.Fprintf(t, "swd\t%.4g\tsliced Wasserstein distance of patches, x 1000\n", s.SWD)
	fmt.Fprintf(t, "near_duplicates\t%.3f\tshare of the samples with a twin\n", s.NearDuplicates)
	fmt.Fprintf(t, "copies\t%.3f\tshare of the samples that are real pictures over again\n", s.Copies)
	fmt.Fprintf(t, "sharpness\t%.3f\tenergy of edges, relative to the real pictures\n", s.Sharpness)
	return t.Flush()
}
