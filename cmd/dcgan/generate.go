// dcgan generate: pictures from a trained generator.

package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"dcgan/internal/atomicfile"
	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
	"dcgan/internal/tensor"
)

// mostBatch bounds the pictures made at a time, whose maps take megabytes each.
const mostBatch = 4096

// samplerFlags are what every command that paints has.
type samplerFlags struct {
	batch, threads int
	statistics     string
}

func (f *samplerFlags) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.batch, "batch", 0, "`pictures` to make at a time; changes memory, not pictures (default as many as suit their size)")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "processor `threads`, 0 for one a core; never changes a picture")
	cmd.Flags().StringVar(&f.statistics, "statistics", config.StatisticsCalibrated,
		"batch norm `by`: calibrated (recorded at the checkpoint), moving (averages of the training) or batch (the pictures' own: there --batch, 64 by default, does change them)")
}

func (f *samplerFlags) check() error {
	kinds := []string{config.StatisticsCalibrated, config.StatisticsMoving, config.StatisticsBatch}
	switch {
	case f.batch < 0 || f.batch > mostBatch:
		return usagef(fmt.Sprintf("up to %d; 0 makes as many at a time as suit their size", mostBatch), "--batch %d is not possible", f.batch)
	case !slices.Contains(kinds, f.statistics):
		return usagef("calibrated, moving or batch", "--statistics %q is not possible", f.statistics)
	}
	return checkThreads(f.threads)
}

// latents yields z of n pictures from the first-th on, [n, nz].
type latents func(first, n int) *tensor.Tensor

// paint makes n pictures a part at a time, and hands each part over with the
// number of its first picture.
func (f *samplerFlags) paint(ctx context.Context, s *checkpoint.Snapshot, n int, z latents, use func(first int, pictures *tensor.Tensor) error) error {
	sampler, err := engine.OpenSampler(gan.NewModel(s.Config), s.State, f.batch, f.threads)
	if err != nil {
		return err
	}
	defer sampler.Close()
	part := cmp.Or(f.batch, config.SheetSize)
	for first := 0; first < n; first += part {
		if err := ctx.Err(); err != nil {
			return err
		}
		pictures, err := sampler.Generate(z(first, min(part, n-first)), f.statistics)
		if err != nil {
			return err
		}
		if err := use(first, pictures); err != nil {
			return err
		}
	}
	return nil
}

// paintAll is paint with all the pictures in one tensor.
func (f *samplerFlags) paintAll(ctx context.Context, s *checkpoint.Snapshot, n int, z latents) (*tensor.Tensor, error) {
	c := s.Config
	if err := checkSheetMemory(c, n); err != nil {
		return nil, err
	}
	all := tensor.New(n, c.Channels, c.Size, c.Size)
	err := f.paint(ctx, s, n, z, func(first int, pictures *tensor.Tensor) error {
		copy(all.Data[first*len(all.Row(0)):], pictures.Data)
		return nil
	})
	return all, err
}

// generateFlags are those of dcgan generate.
type generateFlags struct {
	samplerFlags
	n, best, of     int
	seed            uint64
	grid, dir, data string
}

func newGenerate() *cobra.Command {
	f := &generateFlags{}
	cmd := &cobra.Command{
		Use:   "generate " + argSource,
		Short: "Make pictures with a trained generator",
		Long: `Make pictures with the generator of a run's best checkpoint, or of a checkpoint
file. Each picture has a seed of its own, S, S+1, ...: the same seed gives the
same picture, byte for byte, however many are made at a time. Seeds 0 to 63 are
those of the training's sheets.

--best picks by itself what a person would pick by hand: of --of pictures those
that look most real and unlike each other, in the features that scores use. It
tells their seeds, by which each can be made again.`,
		Example: `  dcgan generate runs/demo                          64 pictures in generated.png
  dcgan generate runs/demo -n 16 --seed 100 --grid sixteen.png
  dcgan generate runs/demo -n 1000 --dir pictures   pictures/seed-00000000.png, ...
  dcgan generate runs/demo --best 16 --of 500       the best 16 of seeds 0 to 499`,
		Args: arguments(1, 1, argSource),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), args[0], cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVarP(&f.n, "number", "n", config.SheetSize, "how many `pictures`")
	flags.Uint64Var(&f.seed, "seed", 0, "the first picture's `seed` (default 0)")
	flags.StringVar(&f.grid, "grid", "generated.png", "write one `file` with all pictures, as PNG; of a single one just that")
	flags.StringVar(&f.dir, "dir", "", "write a file a picture into this `folder` instead: seed-00000007.png")
	flags.IntVar(&f.best, "best", 0, "pick so many `pictures`, the best of --of, instead of making -n")
	flags.IntVar(&f.of, "of", 500, "how many `pictures` --best picks from")
	flags.StringVar(&f.data, "data", "", "folder or archive of real `pictures` for --best to compare with (default those of the run)")
	f.add(cmd)
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		for _, name := range []string{"of", "data"} {
			if flags.Changed(name) && !flags.Changed("best") {
				return usagef("such as --best 16 --of 500", "--%s goes with --best", name)
			}
		}
		switch {
		case flags.Changed("best") && flags.Changed("number"):
			return usagef("--best says how many", "--best and -n exclude each other")
		case flags.Changed("best") && f.best < 1:
			return usagef("at least one picture", "--best %d is not possible", f.best)
		}
		if flags.Changed("grid") && flags.Changed("dir") {
			return usagef("--grid makes one file, --dir a file a picture", "--grid and --dir exclude each other")
		}
		return f.check()
	}
	return cmd
}

// Bounds of what one command makes.
const (
	mostN  = 10_000_000 // pictures
	mostOf = 100_000    // pictures that --best picks from; their features take 128 MB
)

func (f *generateFlags) check() error {
	made := f.n
	switch {
	case f.n < 1 || f.n > mostN:
		return usagef(fmt.Sprintf("from 1 to %d pictures; --seed makes others", mostN), "-n %d is not possible", f.n)
	case f.best > 0 && (f.of < f.best || f.of > mostOf):
		return usagef(fmt.Sprintf("pick from at least as many, at most %d", mostOf), "--best %d of %d is not possible", f.best, f.of)
	case f.best > 0 && f.statistics == config.StatisticsBatch:
		return usagef("calibrated or moving", "with --statistics batch a seed alone makes no picture, and --best picks seeds")
	case f.best > 0:
		made = f.of
	}
	if f.seed > math.MaxUint64-uint64(made-1) {
		return usagef(fmt.Sprintf("seeds go up to %d", uint64(math.MaxUint64)), "--seed %d leaves no room for %d pictures", f.seed, made)
	}
	return f.samplerFlags.check()
}

func (f *generateFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	s, err := openSource(source, stderr)
	if err != nil {
		return err
	}
	seeds, err := f.seeds(ctx, source, s, stderr)
	if err != nil {
		return err
	}
	if f.dir != "" {
		err = f.writeFiles(ctx, s, seeds)
	} else {
		err = f.writeGrid(ctx, s, seeds)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, f.target())
	return nil
}

// seeds lists those of the pictures to make.
func (f *generateFlags) seeds(ctx context.Context, source string, s *checkpoint.Snapshot, stderr io.Writer) ([]uint64, error) {
	if f.best > 0 {
		return f.pick(ctx, source, s, stderr)
	}
	seeds := make([]uint64, f.n)
	for i := range seeds {
		seeds[i] = f.seed + uint64(i)
	}
	return seeds, nil
}

// latentsOf yields the z of seeds.
func latentsOf(m *gan.Model, seeds []uint64) latents {
	return func(first, n int) *tensor.Tensor {
		z := tensor.New(n, m.NZ)
		for i := range n {
			copy(z.Row(i), m.PictureZ(seeds[first+i], 1).Data)
		}
		return z
	}
}

// target is the path that the pictures go to.
func (f *generateFlags) target() string {
	if f.dir != "" {
		return f.dir
	}
	return f.grid
}

// writeGrid writes all pictures as one, as nearly a square as their number allows; the
// only one as --dir would.
func (f *generateFlags) writeGrid(ctx context.Context, s *checkpoint.Snapshot, seeds []uint64) error {
	pictures, err := f.paintAll(ctx, s, len(seeds), latentsOf(gan.NewModel(s.Config), seeds))
	if err != nil {
		return err
	}
	if len(seeds) == 1 {
		return writePNG(f.grid, picture.Image(pictures, 0, s.Config.Rounding))
	}
	columns := int(math.Ceil(math.Sqrt(float64(len(seeds)))))
	return writePNG(f.grid, picture.Sheet(pictures, columns, s.Config.Rounding))
}

// writers is how many files are written at a time. Each waits for the disk, which
// takes many together in hardly more time than one.
const writers = 16

// writeFiles writes a file a picture.
func (f *generateFlags) writeFiles(ctx context.Context, s *checkpoint.Snapshot, seeds []uint64) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	return f.paint(ctx, s, len(seeds), latentsOf(gan.NewModel(s.Config), seeds), func(first int, pictures *tensor.Tensor) error {
		var files errgroup.Group
		files.SetLimit(writers)
		for i := range pictures.Shape[0] {
			name := fmt.Sprintf("seed-%08d.png", seeds[first+i])
			files.Go(func() error {
				return writePNG(filepath.Join(f.dir, name), picture.Image(pictures, i, s.Config.Rounding))
			})
		}
		return files.Wait()
	})
}

func writePNG(path string, img image.Image) error {
	return atomicfile.Write(path, 0o666, func(w io.Writer) error { return picture.WritePNG(w, img) })
}
