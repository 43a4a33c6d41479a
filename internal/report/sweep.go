// What a sweep has found, as a page and as text.

package report

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"image"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"dcgan/internal/picture"
	"dcgan/internal/score"
)

//go:embed sweep.html
var sweepText string

// SamplesWidth is the width in pixels of the samples that are shown of a candidate:
// as many whole pictures as fit into it, at least one.
const SamplesWidth = 280

// The size of a curve, in units of its SVG drawing.
const (
	curveWidth  = 160.0
	curveHeight = 56.0
	curveMargin = 4.0
)

// Sweep is a comparison of settings, finished or not.
type Sweep struct {
	Name       string // of the data
	Grid       string // how the candidates come about
	Columns    []string
	Candidates []*Candidate // the best one first
	Rungs      []Rung
	Done       int          // rungs
	Winner     int          // the candidate's number, 0 while the sweep is not finished
	ScoreN     int          // pictures that a score compares
	Floor      *score.Floor // of the scores; nil if it is unknown

	// Of the winner: the command that trains with its settings from the beginning, and
	// the one that continues its run.
	Command, Resume string
}

// Rung is a stage of successive halving: a number of candidates train to a step.
type Rung struct{ Candidates, Steps int }

// Candidate is one combination of settings.
type Candidate struct {
	Number    int
	Values    []string        // of the settings that Sweep.Columns names
	Last      *Result         // the newest result, nil if there is none
	Distances map[int]float64 // from the data, by step
	Diverged  string          // why it was given up, or ""
	Fate      string          // why it left the race, or what it has won

	Samples     image.Image // the first pictures of its newest sheet, nil if there is none
	SamplesStep int
	SamplesFile string // the whole sheet, as the page refers to it
}

// Result is how good a candidate was after a step.
type Result struct {
	Step int
	*score.Scores
}

// FirstSamples cuts a square of whole pictures, of a size in pixels, off a sheet's
// corner, for Candidate.Samples.
func FirstSamples(sheet image.Image, size int) image.Image {
	side := max((SamplesWidth-picture.Gap)/(size+picture.Gap), 1)*(size+picture.Gap) + picture.Gap
	return sheet.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(0, 0, side, side))
}

// sweepPage is what the template shows.
type sweepPage struct {
	*Sweep
	Rows      []sweepRow
	Low, Top  float64 // of the distance in the curves
	LastStep  int
	FloorText string
}

// sweepRow is a candidate in the table.
type sweepRow struct {
	*Candidate
	Place int
	Image template.URL // its samples
	Curve []point
	Line  string // the curve as SVG takes it
}

type point struct{ X, Y float64 }

// WritePage writes the sweep as a page.
func (s *Sweep) WritePage(w io.Writer) error {
	p := &sweepPage{Sweep: s, LastStep: s.Rungs[len(s.Rungs)-1].Steps}
	for i, c := range s.Candidates {
		row := sweepRow{Candidate: c, Place: i + 1}
		if c.Samples != nil {
			var err error
			if row.Image, err = dataURL(c.Samples); err != nil {
				return err
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if s.Floor != nil {
		p.FloorText = FloorText(s.Floor)
	}
	p.draw()
	funcs := template.FuncMap{"four": func(x float64) string { return fmt.Sprintf("%.4f", x) }}
	t, err := template.New("page").Funcs(funcs).Parse(sweepText)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// draw makes the curves: distance over steps, on a logarithmic scale that all curves
// share. Steps after the last rung, of a winner that has gone on, are left out.
func (p *sweepPage) draw() {
	const least = 1e-4 // smaller distances are noise
	shown := make([]map[int]float64, len(p.Rows))
	p.Low, p.Top = math.Inf(1), math.Inf(-1)
	for i, row := range p.Rows {
		shown[i] = map[int]float64{}
		for step, distance := range row.Distances {
			if step <= p.LastStep {
				d := max(distance, least)
				shown[i][step], p.Low, p.Top = d, min(p.Low, d), max(p.Top, d)
			}
		}
	}
	span := max(math.Log(p.Top/p.Low), 1e-9)
	for i := range p.Rows {
		row := &p.Rows[i]
		var line []string
		for _, step := range slices.Sorted(maps.Keys(shown[i])) {
			at := point{
				X: curveMargin + (curveWidth-2*curveMargin)*float64(step)/float64(p.LastStep),
				Y: curveMargin + (curveHeight-2*curveMargin)*math.Log(p.Top/shown[i][step])/span,
			}
			row.Curve = append(row.Curve, at)
			line = append(line, fmt.Sprintf("%.1f,%.1f", at.X, at.Y))
		}
		row.Line = strings.Join(line, " ")
	}
}

// WriteText writes a line for each candidate, the best one first.
func (s *Sweep) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "\nplace\t")
	for _, name := range s.Columns {
		fmt.Fprint(t, name+"\t")
	}
	fmt.Fprintln(t, "step\tkid\tswd\tfd\tcoverage\tsharpness\t")
	for i, c := range s.Candidates {
		fmt.Fprintf(t, "%d\t", i+1)
		for _, v := range c.Values {
			fmt.Fprint(t, v+"\t")
		}
		if r := c.Last; r != nil {
			fmt.Fprintf(t, "%d\t%.4f\t%.1f\t%.1f\t%.2f\t%.2f\t", r.Step, r.KID, r.SWD, r.FD, r.Coverage, r.Sharpness)
		} else {
			fmt.Fprint(t, "\t\t\t\t\t\t")
		}
		fmt.Fprintln(t, c.Fate)
	}
	if f := s.Floor; f != nil {
		fmt.Fprintf(t, "floor\t%s\t%.4f\t%.1f\t%.1f\t%.2f\t%.2f\t%s\n", strings.Repeat("\t", len(s.Columns)), f.KID, f.SWD,
			f.FD, f.Coverage, f.Sharpness, FloorText(f))
	}
	return t.Flush()
}
