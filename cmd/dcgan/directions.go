// dcgan directions: what a picture becomes along directions of z.

package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"

	"github.com/spf13/cobra"

	"dcgan"
)

// directionsFlags are the flags of dcgan directions.
type directionsFlags struct {
	samplerFlags
	enlargeFlags
	outputFlags
	seed     uint64
	n, steps int
	reach    float64
	out      string
}

func newDirections() *cobra.Command {
	f := &directionsFlags{}
	cmd := &cobra.Command{
		Use:   "directions " + argSource,
		Short: "Show what a picture becomes along directions",
		Long: `Show what the picture of a seed becomes along the directions of z in which pictures
change most, a row for each, the strongest first; the picture itself is in the
middle. They are the eigenvectors of the first layer's weights (Shen, Zhou 2021).
The sliders of "dcgan export --html" follow them too.`,
		Example: `  dcgan directions runs/demo --seed 7
  dcgan directions runs/demo -n 3 --steps 9 --reach 1 --out few.png`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
		PreRunE: func(*cobra.Command, []string) error { return f.check() },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Uint64Var(&f.seed, "seed", 0, "`seed` of the picture (default 0)")
	flags.IntVarP(&f.n, "number", "n", 8, "how many `directions`")
	flags.IntVar(&f.steps, "steps", 7, "`pictures` in a row")
	flags.Float64Var(&f.reach, "reach", 0.5, "how far the outer ones lie, as a `share` of the length of z")
	flags.StringVar(&f.out, "out", "",
		"`file` to write, as its ending says; - is standard output (default directions.png, or -2, -3, ... of it)")
	f.outputFlags.add(flags)
	f.enlargeFlags.add(cmd, 1)
	f.samplerFlags.add(cmd)
	return cmd
}

func (f *directionsFlags) check() error {
	if f.out == "" {
		f.out = freeFile("directions", ".png")
	}
	switch {
	case f.n < 1 || f.n > 1000:
		return usagef("from 1 to 1000", "-n %d is not possible", f.n)
	case f.steps < 2 || f.steps > 1000:
		return usagef("from 2 to 1000", "--steps %d is not possible", f.steps)
	case !(f.reach > 0) || f.reach > 100:
		return usagef("more than 0, up to 100", "--reach %g is not possible", f.reach)
	}
	if _, err := encoderOf(f.out, "png"); err != nil {
		return err
	}
	if err := f.enlargeFlags.check(); err != nil {
		return err
	}
	return f.samplerFlags.check()
}

func (f *directionsFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	if err := f.checkNew(f.out); err != nil {
		return err
	}
	m, err := f.open(source, stderr)
	if err != nil {
		return err
	}
	defer m.Close()
	directions, err := m.Directions(f.n)
	if err != nil {
		return err
	}
	if err := checkSheetMemory(m, len(directions)*f.steps*f.scale*f.scale); err != nil {
		return err
	}
	var images []image.Image
	for img, err := range f.enlarged(m.Paint(ctx, f.along(m.Latent(f.seed), directions))) {
		if err != nil {
			return err
		}
		images = append(images, img)
	}
	if err := writePicture(f.out, "png", dcgan.Sheet(images, f.steps), stdout); err != nil || f.out == "-" {
		return err
	}
	fmt.Fprintln(stdout, f.out)
	return nil
}

// along yields z moved along each direction, from one end to the other.
func (f *directionsFlags) along(z []float32, directions [][]float32) func(yield func([]float32) bool) {
	var length float64
	for _, v := range z {
		length += float64(v) * float64(v)
	}
	length = math.Sqrt(length)
	return func(yield func([]float32) bool) {
		for _, d := range directions {
			for i := range f.steps {
				by := f.reach * length * (2*float64(i)/float64(f.steps-1) - 1)
				moved := make([]float32, len(z))
				for k := range moved {
					moved[k] = z[k] + float32(by)*d[k]
				}
				if !yield(moved) {
					return
				}
			}
		}
	}
}
