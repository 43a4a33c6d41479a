// How good samples are, as text.

package report

import (
	"fmt"
	"io"
	"strings"
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
	Floor *score.Floor `json:"floor,omitempty"` // nil of too few pictures

	Name string `json:"-"` // what texts call the data
	FID  bool   `json:"-"` // Features is the network that FID is defined with
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
	for _, row := range scoreRows(fd) {
		fmt.Fprintf(t, "%s\t%s\t", row.name, row.text(s.Scores))
		if s.Floor != nil {
			fmt.Fprintf(t, "%s\t", row.text(&s.Floor.Scores))
		}
		fmt.Fprintln(t, row.meaning)
	}
	if err := t.Flush(); err != nil || s.Floor == nil {
		return err
	}
	_, err := fmt.Fprintln(w, "floor: "+FloorText(s.Floor))
	return err
}

// FloorText says what a floor is, and whether it is uncertain.
func FloorText(f *score.Floor) string {
	text := "what real pictures score in place of the samples, from one half of the data against the other"
	if f.Uncertain {
		text += "; so few pictures make it uncertain"
	}
	return text
}

// BriefScores returns the most telling scores in a line, each with its floor, if there is one, in brackets.
func BriefScores(s *score.Scores, floor *score.Floor) string {
	var parts []string
	for _, row := range scoreRows("") {
		if !row.brief {
			continue
		}
		part := row.name + " " + row.number(s)
		if floor != nil {
			part += " (" + row.number(&floor.Scores) + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// scoreRow is a line of a score's text.
type scoreRow struct {
	name, format string
	value        func(*score.Scores) float64
	stderr       func(*score.Scores) float64 // its standard error; nil where none is known
	brief        bool                        // whether it is among the most telling
	meaning      string                      // in a line, for somebody who does not know the score
}

func (r *scoreRow) number(s *score.Scores) string { return fmt.Sprintf(r.format, r.value(s)) }

func (r *scoreRow) text(s *score.Scores) string {
	if r.stderr == nil {
		return r.number(s)
	}
	return fmt.Sprintf("%s +- %.2g", r.number(s), r.stderr(s))
}

// scoreRows are the lines of scores; fd says what their Fréchet distance is.
func scoreRows(fd string) []scoreRow {
	distance := func(name string, value func(*score.Scores) float64, meaning string) scoreRow {
		return scoreRow{name: name, format: "%.4g", value: value, brief: true, meaning: meaning}
	}
	share := func(name string, value func(*score.Scores) float64, meaning string) scoreRow {
		return scoreRow{name: name, format: "%.3f", value: value, meaning: meaning}
	}
	rows := []scoreRow{
		distance("fd", func(s *score.Scores) float64 { return s.FD }, fd),
		distance("kid", func(s *score.Scores) float64 { return s.KID }, "squared kernel distance in the same features"),
		distance("swd", func(s *score.Scores) float64 { return s.SWD }, "sliced Wasserstein distance of patches, x 1000"),
		share("precision", func(s *score.Scores) float64 { return s.Precision }, "share of the samples that look real"),
		share("recall", func(s *score.Scores) float64 { return s.Recall },
			"share of the real pictures that the samples reach"),
		share("density", func(s *score.Scores) float64 { return s.Density }, "how close to real pictures the samples crowd"),
		share("coverage", func(s *score.Scores) float64 { return s.Coverage },
			"share of the real pictures with a sample close by"),
		share("realism", func(s *score.Scores) float64 { return s.Realism },
			"how near to real pictures the samples come, 1 as near as these to each other"),
		share("closeness", func(s *score.Scores) float64 { return s.Closeness },
			"the same of each real picture's nearest sample: little where kinds are missing"),
		share("near_duplicates", func(s *score.Scores) float64 { return s.NearDuplicates },
			"share of the samples with a twin"),
		share("copies", func(s *score.Scores) float64 { return s.Copies },
			"share of the samples that are real pictures over again"),
		share("sharpness", func(s *score.Scores) float64 { return s.Sharpness },
			"energy of edges, relative to the real pictures"),
	}
	rows[1].stderr = func(s *score.Scores) float64 { return s.KIDStderr }
	return rows
}
