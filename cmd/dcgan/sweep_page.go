// What a sweep has found, as a page of one file.

package main

import (
	"bytes"
	_ "embed" // the page
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"dcgan/internal/atomicfile"
	"dcgan/internal/picture"
	"dcgan/internal/train"
)

//go:embed sweep.html
var sweepText string

// The files of a sweep for people.
const (
	sweepHTML = "sweep.html"
	sweepPNG  = "sweep.png"
)

// thumbnailWidth is how much of a sheet is shown of a candidate: as many whole
// pictures as fit into so many pixels, at least one.
const thumbnailWidth = 280

// The curve of a candidate, in units of its drawing.
const (
	curveWidth  = 160.0
	curveHeight = 56.0
	curveMargin = 4.0
)

// sweepPage is what the template shows.
type sweepPage struct {
	*train.Sweep
	Name     string
	Grid     string
	Columns  []string // flags of the settings that differ
	Rows     []sweepRow
	Command  string
	Resume   string
	Low, Top float64 // of the distance in the curves
	LastStep int
}

// sweepRow is a candidate.
type sweepRow struct {
	*train.Candidate
	Place  int
	Values []string // of the columns
	Thumb  *thumb
	Curve  []point
	Line   string // the curve as SVG takes it
}

// thumb is a part of the newest sheet of a candidate.
type thumb struct {
	img   image.Image
	Image template.URL
	Sheet string // the file of all of it, from the page
	Step  int
}

type point struct{ X, Y float64 }

// writeSweepPages writes sweep.html and sweep.png, whole or as far as the sweep has come.
func writeSweepPages(s *train.Sweep) error {
	p, err := newSweepPage(s)
	if err != nil {
		return err
	}
	funcs := template.FuncMap{"four": func(x float64) string { return fmt.Sprintf("%.4f", x) }}
	t, err := template.New("page").Funcs(funcs).Parse(sweepText)
	if err != nil {
		return err
	}
	err = atomicfile.Write(filepath.Join(s.Dir, sweepHTML), 0o666, func(w io.Writer) error { return t.Execute(w, p) })
	return errors.Join(err, atomicfile.Write(filepath.Join(s.Dir, sweepPNG), 0o666, func(w io.Writer) error {
		return picture.WritePNG(w, drawSweep(p))
	}))
}

// newSweepPage gathers what the page shows.
func newSweepPage(s *train.Sweep) (*sweepPage, error) {
	p := &sweepPage{Sweep: s, Name: dataName(s.Settings.Data), Grid: gridText(s), LastStep: s.Rungs[len(s.Rungs)-1].Steps}
	for _, v := range s.Varied {
		p.Columns = append(p.Columns, flagName(v.Setting))
	}
	distances := map[int]map[int]float64{} // by number, by step
	for i, c := range s.Ranking() {
		row := sweepRow{Candidate: c, Place: i + 1}
		for _, v := range s.Varied {
			row.Values = append(row.Values, train.ValueText(c.Settings[v.Setting]))
		}
		var err error
		if row.Thumb, err = newThumb(s, c); err != nil {
			return nil, err
		}
		scores, err := train.Scores(s.RunDir(c))
		if err != nil {
			return nil, err
		}
		distances[c.Number] = map[int]float64{}
		for step, score := range scores {
			if step <= p.LastStep { // more if the winner has gone on
				distances[c.Number][step] = score.Distance()
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.draw(distances)
	if s.Winner == 0 {
		return p, nil
	}
	var err error
	p.Resume = "dcgan resume " + quoted(s.RunDir(s.Candidates[s.Winner-1]))
	p.Command, err = winnerCommand(s)
	return p, err
}

// draw makes the curves: distance, on a logarithmic scale that all have in common, over
// steps.
func (p *sweepPage) draw(distances map[int]map[int]float64) {
	const least = 1e-4 // what is no more than noise
	p.Low, p.Top = math.Inf(1), math.Inf(-1)
	for _, of := range distances {
		for step, distance := range of {
			of[step] = max(distance, least)
			p.Low, p.Top = min(p.Low, of[step]), max(p.Top, of[step])
		}
	}
	span := max(math.Log(p.Top/p.Low), 1e-9)
	for i := range p.Rows {
		row := &p.Rows[i]
		var line []string
		for _, step := range slices.Sorted(maps.Keys(distances[row.Number])) {
			at := point{
				X: curveMargin + (curveWidth-2*curveMargin)*float64(step)/float64(p.LastStep),
				Y: curveMargin + (curveHeight-2*curveMargin)*math.Log(p.Top/distances[row.Number][step])/span,
			}
			row.Curve = append(row.Curve, at)
			line = append(line, fmt.Sprintf("%.1f,%.1f", at.X, at.Y))
		}
		row.Line = strings.Join(line, " ")
	}
}

// newThumb is the first pictures of the candidate's newest sheet; nil where there is
// none yet.
func newThumb(s *train.Sweep, c *train.Candidate) (*thumb, error) {
	step, err := newestSheet(s.RunDir(c))
	if err != nil || step == 0 {
		return nil, err
	}
	file := train.Sheet(s.RunDir(c), step)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sheet, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	config, err := s.Config(c)
	if err != nil {
		return nil, err
	}
	t := &thumb{img: firstPictures(sheet, config.Size), Sheet: path.Join(c.Run, "samples", filepath.Base(file)), Step: step}
	var b bytes.Buffer
	if err := picture.WritePNG(&b, t.img); err != nil {
		return nil, err
	}
	t.Image = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
	return t, nil
}

// newestSheet is the step of the newest sheet of the run in dir, 0 if there is none.
func newestSheet(dir string) (step int, err error) {
	entries, err := os.ReadDir(filepath.Dir(train.Sheet(dir, 0)))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "step-%d.png", &n); err == nil && e.Name() == filepath.Base(train.Sheet(dir, n)) {
			step = max(step, n)
		}
	}
	return step, err
}

// firstPictures cuts a square of whole pictures of a size off a sheet's corner.
func firstPictures(sheet image.Image, size int) image.Image {
	side := max((thumbnailWidth-picture.Gap)/(size+picture.Gap), 1)*(size+picture.Gap) + picture.Gap
	return sheet.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rect(0, 0, side, side))
}
