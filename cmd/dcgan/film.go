// dcgan film: a smooth way through pictures, or how a training's pictures came about.

package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"iter"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/host"
	"dcgan/internal/run"
)

// filmFlags are the flags of dcgan film.
type filmFlags struct {
	samplerFlags
	enlargeFlags
	outputFlags
	seeds, out      string
	seconds         float64
	fps             int
	loop, evolution bool

	list         []uint64 // of seeds
	defaultScale bool
}

func newFilm() *cobra.Command {
	f := &filmFlags{}
	cmd := &cobra.Command{
		Use:   "film " + argSource,
		Short: "Make a film that leads smoothly through pictures",
		Long: `Make a film that leads smoothly through the pictures of several seeds; with --loop
it ends where it begins. With --evolution it shows instead how the sheet of a run
came about, from the first step to the last.

The ending of --out says what it is. GIF and APNG (.png) are made here, MP4, WebM
and WebP by the program ffmpeg, if it is there.`,
		Example: `  dcgan film runs/demo --seeds 3,9,12 --loop --out morph.mp4
  dcgan film runs/demo --seeds 0-7 --seconds 20 --scale 4 --out morph.gif
  dcgan film runs/demo --evolution --out training.mp4`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.seeds, "seeds", "", "`seeds` to lead through, such as 3,9,12-15")
	flags.BoolVar(&f.evolution, "evolution", false, "show the sheets of a run from its first step to its last")
	flags.StringVar(&f.out, "out", "", "`file` to write, ending in "+strings.Join(dcgan.FilmFormats(), ", ")+
		" (default morph.gif, or -2, -3, ... of it)")
	flags.Float64Var(&f.seconds, "seconds", 10, "`length` of the film in seconds")
	flags.IntVar(&f.fps, "fps", 30, "`frames` a second")
	f.enlargeFlags.add(cmd, 8)
	flags.BoolVar(&f.loop, "loop", false, "end where the film begins")
	f.outputFlags.add(flags)
	f.samplerFlags.add(cmd)
	cmd.PreRunE = func(*cobra.Command, []string) error {
		f.defaultScale = !flags.Changed("scale")
		if f.out == "" {
			f.out = freeFile("morph", ".gif")
		}
		return f.check()
	}
	return cmd
}

// Bounds of a film.
const (
	mostScale   = 64
	mostSeconds = 3600
	mostKeys    = 10_000 // seeds
)

func (f *filmFlags) check() (err error) {
	switch {
	case f.evolution == (f.seeds != ""):
		return usagef("such as --seeds 3,9,12, or --evolution", "film takes either --seeds or --evolution")
	case !(f.seconds > 0) || f.seconds > mostSeconds:
		return usagef("more than 0, up to an hour", "--seconds %g is not possible", f.seconds)
	}
	if err := f.enlargeFlags.check(); err != nil {
		return err
	}
	if err := f.film(2).Check(); err != nil {
		return usage(err)
	}
	if f.evolution && f.defaultScale {
		f.scale = 1 // a sheet is large
	}
	if !f.evolution {
		if f.list, err = parseSeeds(f.seeds, mostKeys); err != nil {
			return err
		}
		if len(f.list) < 2 {
			return usagef("such as 3,9,12", "--seeds %q: a film leads through at least two", f.seeds)
		}
	}
	return f.samplerFlags.check()
}

func (f *filmFlags) film(frames int) dcgan.Film {
	return dcgan.Film{Format: strings.ToLower(filepath.Ext(f.out)), FPS: f.fps, Frames: frames}
}

func (f *filmFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	if err := f.checkNew(f.out); err != nil {
		return err
	}
	n := max(2, int(math.Round(f.seconds*float64(f.fps))))
	if f.evolution {
		frames, err := sheets(source, n)
		if err != nil {
			return err
		}
		return f.write(ctx, stdout, n, frames)
	}
	m, err := f.open(source, stderr)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := f.checkMemory(m.Size(), n); err != nil {
		return err
	}
	return f.write(ctx, stdout, n, m.Morph(ctx, f.list, n, f.loop))
}

// write writes the film of n frames, enlarged.
func (f *filmFlags) write(ctx context.Context, stdout io.Writer, n int, frames iter.Seq2[image.Image, error]) error {
	err := atomicfile.Write(f.out, 0o666, func(w io.Writer) error {
		return dcgan.WriteFilm(ctx, w, f.film(n), f.enlarged(frames))
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.out)
	return nil
}

// checkMemory refuses a GIF that memory won't hold; other films are written frame by frame.
func (f *filmFlags) checkMemory(size, frames int) error {
	have, known := host.AvailableMemory()
	side := int64(size) * int64(f.scale)
	need := int64(frames) * side * side * 5
	if !known || need <= have || f.film(2).Format != ".gif" {
		return nil
	}
	return config.Hint(fmt.Errorf("a GIF of %d frames of %dx%d needs %s of memory, this machine has %s available",
		frames, side, side, config.BytesText(need), config.BytesText(have)),
		"a smaller --scale, or .png or .mp4, which need none")
}

// sheets returns n frames that show a run's sheets, each for as long as the others.
func sheets(runDir string, n int) (iter.Seq2[image.Image, error], error) {
	steps, err := run.SheetSteps(runDir)
	if err == nil && len(steps) == 0 {
		err = fmt.Errorf("%s has no sheets of samples", runDir)
	}
	if err != nil {
		return nil, config.Hint(err, "--evolution takes a run folder, such as runs/demo")
	}
	return func(yield func(image.Image, error) bool) {
		shown, img := -1, image.Image(nil)
		for i := range n {
			if at := i * len(steps) / n; at != shown {
				if img, err = run.ReadSheet(runDir, steps[at]); err != nil {
					yield(nil, err)
					return
				}
				shown = at
			}
			if !yield(img, nil) {
				return
			}
		}
	}, nil
}
