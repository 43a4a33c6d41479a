// dcgan interpolate: the pictures on the way from one seed's to another's.

package main

import (
	"context"
	"fmt"
	"image"
	"io"

	"github.com/spf13/cobra"

	"dcgan"
	"dcgan/internal/atomicfile"
	"dcgan/internal/picture"
)

// interpolateFlags are the flags of dcgan interpolate.
type interpolateFlags struct {
	samplerFlags
	outputFlags
	from, to   uint64
	frames     int
	out, sheet string
}

func newInterpolate() *cobra.Command {
	f := &interpolateFlags{}
	cmd := &cobra.Command{
		Use:   "interpolate " + argSource,
		Short: "Make a film from one picture to another",
		Long: `Make an animated GIF that leads from the picture of one seed to that of another,
on the great circle between their latent z; with --sheet also a PNG with all its
pictures. "dcgan film" makes other films.`,
		Example: `  dcgan interpolate runs/demo --from 3 --to 14        morph.gif
  dcgan interpolate runs/demo --from 3 --to 14 --frames 120 --out film.gif`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
		PreRunE: func(*cobra.Command, []string) error { return f.check() },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Uint64Var(&f.from, "from", 0, "`seed` of the first picture (default 0)")
	flags.Uint64Var(&f.to, "to", 1, "`seed` of the last picture")
	flags.IntVar(&f.frames, "frames", 60, "how many `pictures`, both ends counted")
	flags.StringVar(&f.out, "out", "", "`file` to write, ending in .gif (default morph.gif, or -2, -3, ... of it)")
	flags.StringVar(&f.sheet, "sheet", "", "write a sheet of the pictures into this `file` too, as PNG")
	f.outputFlags.add(flags)
	f.samplerFlags.add(cmd)
	return cmd
}

func (f *interpolateFlags) check() error {
	if f.frames < 2 || f.frames > mostN {
		return usagef(fmt.Sprintf("from 2, which are the ends, to %d", mostN), "--frames %d is not possible", f.frames)
	}
	if err := checkEnding("out", f.out, ".gif"); err != nil {
		return err
	}
	if err := checkEnding("sheet", f.sheet, ".png"); err != nil {
		return err
	}
	return f.samplerFlags.check()
}

func (f *interpolateFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	if f.out == "" {
		f.out = freeFile("morph", ".gif")
	}
	for _, path := range []string{f.out, f.sheet} {
		if err := f.checkNew(path); err != nil {
			return err
		}
	}
	m, err := f.open(source, stderr)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := checkSheetMemory(m, f.frames); err != nil {
		return err
	}
	frames, err := m.Between(ctx, f.from, f.to, f.frames)
	if err != nil {
		return err
	}
	if err := writeGIF(f.out, frames); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.out)
	if f.sheet == "" {
		return nil
	}
	if err := writePNG(f.sheet, dcgan.Sheet(frames, squareColumns(f.frames))); err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.sheet)
	return nil
}

// frameDelay shows 20 pictures a second, in hundredths of a second.
const frameDelay = 5

func writeGIF(path string, frames []image.Image) error {
	return atomicfile.Write(path, 0o666, func(w io.Writer) error { return picture.WriteGIF(w, frames, frameDelay) })
}
