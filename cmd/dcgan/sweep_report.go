// What a sweep has found, gathered for its report.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/picture"
	"dcgan/internal/report"
	"dcgan/internal/run"
	"dcgan/internal/train"
)

// The files of a sweep for people.
const (
	sweepHTML = "sweep.html"
	sweepPNG  = "sweep.png"
)

// writeSweepPages writes sweep.html and sweep.png, of a whole sweep or as far as it
// has come.
func writeSweepPages(s *train.Sweep) error {
	r := sweepReport(s)
	for i, c := range s.Ranking() {
		if err := addRun(r.Candidates[i], s, c); err != nil {
			return err
		}
	}
	if s.Winner != 0 {
		var err error
		if r.Command, err = winnerCommand(s); err != nil {
			return err
		}
		r.Resume = "dcgan resume " + quoted(s.RunDir(s.Candidates[s.Winner-1]))
	}
	err := atomicfile.Write(filepath.Join(s.Dir, sweepHTML), 0o666, r.WritePage)
	return errors.Join(err, atomicfile.Write(filepath.Join(s.Dir, sweepPNG), 0o666, func(w io.Writer) error {
		return picture.WritePNG(w, r.Picture())
	}))
}

// sweepReport returns what sweep.json says, without what is in the runs.
func sweepReport(s *train.Sweep) *report.Sweep {
	r := &report.Sweep{Name: dataName(s.Settings.Data), Grid: gridText(s), Done: s.Done, Winner: s.Winner, ScoreN: s.ScoreN}
	for _, rung := range s.Rungs {
		r.Rungs = append(r.Rungs, report.Rung{Candidates: rung.Candidates, Steps: rung.Steps})
	}
	for _, v := range s.Varied {
		r.Columns = append(r.Columns, flagName(v.Setting))
	}
	for _, c := range s.Ranking() {
		candidate := &report.Candidate{Number: c.Number, Diverged: c.Diverged, Fate: c.Fate}
		for _, v := range s.Varied {
			candidate.Values = append(candidate.Values, train.ValueText(c.Settings[v.Setting]))
		}
		if last := c.Last(); last != nil {
			candidate.Last = &report.Result{Step: last.Step, Scores: last.Scores}
		}
		r.Candidates = append(r.Candidates, candidate)
	}
	return r
}

// addRun adds the scores and the newest samples of a candidate's run.
func addRun(r *report.Candidate, s *train.Sweep, c *train.Candidate) error {
	scores, err := run.Scores(s.RunDir(c))
	if err != nil {
		return err
	}
	r.Distances = map[int]float64{}
	for step, score := range scores {
		r.Distances[step] = score.Distance()
	}
	step, err := newestSheet(s.RunDir(c))
	if err != nil || step == 0 {
		return err
	}
	file := run.Sheet(s.RunDir(c), step)
	sheet, err := readPNG(file)
	if err != nil {
		return err
	}
	settings, err := s.Config(c)
	if err != nil {
		return err
	}
	r.Samples, r.SamplesStep = report.FirstSamples(sheet, settings.Size), step
	r.SamplesFile = path.Join(c.Run, "samples", filepath.Base(file))
	return nil
}

func readPNG(file string) (image.Image, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return img, nil
}

// newestSheet returns the step of the newest sheet of the run in dir, 0 if there is none.
func newestSheet(dir string) (step int, err error) {
	entries, err := os.ReadDir(filepath.Dir(run.Sheet(dir, 0)))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "step-%d.png", &n); err == nil && e.Name() == filepath.Base(run.Sheet(dir, n)) {
			step = max(step, n)
		}
	}
	return step, err
}
