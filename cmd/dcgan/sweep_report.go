// The files of a sweep for people.

package main

import (
	"io"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/picture"
	"dcgan/internal/report"
	"dcgan/internal/sweep"
)

const (
	sweepHTML = "sweep.html"
	sweepPNG  = "sweep.png"
)

// writeSweepPages writes sweep.html and sweep.png of a sweep, as far as it has come.
func writeSweepPages(s *sweep.Sweep) error {
	r := report.NewSweep(s, flagName)
	r.Name = dataName(s.Settings.Data)
	if err := r.ReadRuns(s); err != nil {
		return err
	}
	if s.Winner != 0 {
		var err error
		if r.Command, err = winnerCommand(s); err != nil {
			return err
		}
		r.Resume = "dcgan resume " + quoted(s.RunDir(s.Candidates[s.Winner-1]))
	}
	if err := atomicfile.Write(filepath.Join(s.Dir, sweepHTML), 0o666, r.WritePage); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(s.Dir, sweepPNG), 0o666, func(w io.Writer) error {
		return picture.WritePNG(w, r.Picture())
	})
}
