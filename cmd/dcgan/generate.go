// dcgan generate: pictures from a trained generator.

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"dcgan"
	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/picture"
)

// mostBatch bounds the pictures made at a time, whose maps take megabytes each.
const mostBatch = 4096

// samplerFlags are what every command that paints has.
type samplerFlags struct {
	batch, threads int
	statistics     string
}

func (f *samplerFlags) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.batch, "batch", 0,
		"`pictures` to make at a time; changes memory, not pictures (default as many as suit their size)")
	cmd.Flags().IntVar(&f.threads, "threads", 0, "processor `threads`, 0 for one a core; never changes a picture")
	cmd.Flags().StringVar(&f.statistics, "statistics", config.StatisticsCalibrated,
		"batch norm `by`: calibrated (recorded at the checkpoint), moving (averages of the training) "+
			"or batch (the pictures' own: there --batch, 64 by default, does change them)")
}

func (f *samplerFlags) check() error {
	kinds := []string{config.StatisticsCalibrated, config.StatisticsMoving, config.StatisticsBatch}
	switch {
	case f.batch < 0 || f.batch > mostBatch:
		return usagef(fmt.Sprintf("up to %d; 0 makes as many at a time as suit their size", mostBatch),
			"--batch %d is not possible", f.batch)
	case !slices.Contains(kinds, f.statistics):
		return usagef("calibrated, moving or batch", "--statistics %q is not possible", f.statistics)
	}
	return checkThreads(f.threads)
}

// open reads the model at source, and says which checkpoint of a run it is.
func (f *samplerFlags) open(source string, stderr io.Writer) (*dcgan.Model, error) {
	m, err := dcgan.OpenWith(source, dcgan.Options{Threads: f.threads, Batch: f.batch, Statistics: f.statistics})
	if errors.Is(err, dcgan.ErrNoCheckpoint) {
		return nil, noCheckpoint(source)
	} else if errors.Is(err, dcgan.ErrDamaged) {
		return nil, noneWhole(source, err)
	} else if err != nil {
		return nil, err
	}
	if m.Checkpoint() != source {
		fmt.Fprintln(stderr, usingText(m.Damaged(), m.Checkpoint(), m.Scores()))
	}
	return m, nil
}

// generateFlags are the flags of dcgan generate.
type generateFlags struct {
	samplerFlags
	enlargeFlags
	outputFlags
	n, best, of     int
	seed            uint64
	seeds           string
	list            []uint64 // of --seeds
	grid, dir, data string
	format          string
	truncation      float64
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
  dcgan generate runs/demo --seeds 5,9,12-20 --scale 4 --grid some.jpg
  dcgan generate runs/demo --seed 7 -n 1 --grid - | display
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
	flags.StringVar(&f.seeds, "seeds", "", "the pictures of these `seeds` instead, such as 5,9,12-20")
	flags.StringVar(&f.grid, "grid", "",
		"write one `file` with all pictures, as its ending says; of a single one just that; - is standard output "+
			"(default generated.png, or -2, -3, ... of it)")
	flags.StringVar(&f.dir, "dir", "", "write a file a picture into this `folder` instead: seed-00000007.png")
	flags.StringVar(&f.format, "format", "png", "of --dir and of standard output: png or jpeg, a `kind` of file")
	flags.Float64Var(&f.truncation, "truncation", 1,
		"multiply z by this `factor`: below 1 pictures are more alike, and often cleaner")
	f.enlargeFlags.add(cmd, 1)
	flags.IntVar(&f.best, "best", 0, "pick this many `pictures`, the best of --of, instead of making -n")
	flags.IntVar(&f.of, "of", 500, "how many `pictures` --best picks from")
	flags.StringVar(&f.data, "data", "",
		"folder or archive of real `pictures` for --best to compare with (default those of the run)")
	f.outputFlags.add(flags)
	f.samplerFlags.add(cmd)
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
		for _, name := range []string{"number", "seed", "best"} {
			if flags.Changed(name) && flags.Changed("seeds") {
				return usagef("--seeds says which", "--seeds and --%s exclude each other", name)
			}
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

func (f *generateFlags) check() (err error) {
	if f.seeds != "" {
		if f.list, err = parseSeeds(f.seeds, mostN); err != nil {
			return err
		}
		f.n = len(f.list)
	}
	if _, err := encoderOf(f.grid, f.format); f.dir == "" && f.grid != "" && err != nil {
		return err
	}
	if _, err := encoderOf("-", f.format); err != nil {
		return err
	}
	made := f.n
	switch {
	case !(f.truncation >= 0) || f.truncation > 10:
		return usagef("from 0 to 10; 1 changes nothing", "--truncation %g is not possible", f.truncation)
	case f.n < 1 || f.n > mostN:
		return usagef(fmt.Sprintf("from 1 to %d pictures; --seed makes others", mostN), "-n %d is not possible", f.n)
	case f.best > 0 && (f.of < f.best || f.of > mostOf):
		return usagef(fmt.Sprintf("pick from at least as many, at most %d", mostOf), "--best %d of %d is not possible",
			f.best, f.of)
	case f.best > 0 && f.statistics == config.StatisticsBatch:
		return usagef("calibrated or moving", "with --statistics batch a seed alone makes no picture, and --best picks seeds")
	case f.best > 0:
		made = f.of
	}
	if f.seed > math.MaxUint64-uint64(made-1) {
		return usagef(fmt.Sprintf("seeds go up to %d", uint64(math.MaxUint64)), "--seed %d leaves no room for %d pictures",
			f.seed, made)
	}
	if err := f.enlargeFlags.check(); err != nil {
		return err
	}
	return f.samplerFlags.check()
}

// place decides where the pictures go, and returns an error if files would be overwritten.
func (f *generateFlags) place() error {
	switch {
	case f.dir != "":
		return f.checkEmpty(f.dir)
	case f.grid == "":
		f.grid = freeFile("generated", ".png")
		return nil
	}
	return f.checkNew(f.grid)
}

func (f *generateFlags) run(ctx context.Context, source string, stdout, stderr io.Writer) error {
	if err := f.place(); err != nil {
		return err
	}
	m, err := f.open(source, stderr)
	if err != nil {
		return err
	}
	defer m.Close()
	seeds, n := upFrom(f.seed, f.n), f.n
	if f.list != nil {
		seeds = slices.Values(f.list)
	}
	if f.best > 0 {
		best, err := f.pick(ctx, m, stderr)
		if err != nil {
			return err
		}
		seeds, n = slices.Values(best), len(best)
	}
	if f.dir != "" {
		err = f.writeFiles(ctx, m, seeds)
	} else {
		err = f.writeGrid(ctx, m, seeds, n, stdout)
	}
	if err != nil || f.target() == "-" {
		return err
	}
	fmt.Fprintln(stdout, f.target())
	return nil
}

// upFrom returns the seeds first, first+1, ..., n of them.
func upFrom(first uint64, n int) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range n {
			if !yield(first + uint64(i)) {
				return
			}
		}
	}
}

// target returns the path that the pictures go to.
func (f *generateFlags) target() string {
	if f.dir != "" {
		return f.dir
	}
	return f.grid
}

// pictures returns the pictures of seeds, as --truncation and --scale say.
func (f *generateFlags) pictures(
	ctx context.Context, m *dcgan.Model, seeds iter.Seq[uint64],
) iter.Seq2[image.Image, error] {
	z := func(yield func([]float32) bool) {
		for seed := range seeds {
			z := m.Latent(seed)
			for i := range z {
				z[i] *= float32(f.truncation)
			}
			if !yield(z) {
				return
			}
		}
	}
	return f.enlarged(m.Paint(ctx, z))
}

// writeGrid writes n pictures as one, as nearly a square as their number allows; of a
// single one just that, as --dir would.
func (f *generateFlags) writeGrid(
	ctx context.Context, m *dcgan.Model, seeds iter.Seq[uint64], n int, stdout io.Writer,
) error {
	if err := checkSheetMemory(m, n*f.scale*f.scale); err != nil {
		return err
	}
	var images []image.Image
	for img, err := range f.pictures(ctx, m, seeds) {
		if err != nil {
			return err
		}
		images = append(images, img)
	}
	all := images[0]
	if n > 1 {
		all = dcgan.Sheet(images, squareColumns(n))
	}
	return writePicture(f.grid, f.format, all, stdout)
}

// squareColumns returns the columns of n pictures in nearly a square.
func squareColumns(n int) int { return int(math.Ceil(math.Sqrt(float64(n)))) }

// writers is how many files are written at a time. Each waits for the disk, which
// takes many together in hardly more time than one.
const writers = 16

// writeFiles writes a file a picture.
func (f *generateFlags) writeFiles(ctx context.Context, m *dcgan.Model, seeds iter.Seq[uint64]) error {
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	files, painting := errgroup.WithContext(ctx)
	files.SetLimit(writers)
	next, stop := iter.Pull(seeds) // beside the sequence of pictures, which reads ahead
	defer stop()
	for img, err := range f.pictures(painting, m, seeds) {
		if err != nil {
			if fileErr := files.Wait(); fileErr != nil { // which has ended the painting
				return fileErr
			}
			return err
		}
		seed, _ := next()
		path := filepath.Join(f.dir, fmt.Sprintf("seed-%08d.%s", seed, fileEnds[f.format]))
		files.Go(func() error { return writePicture(path, f.format, img, nil) })
	}
	return files.Wait()
}

func writePNG(path string, img image.Image) error {
	return atomicfile.Write(path, 0o666, func(w io.Writer) error { return picture.WritePNG(w, img) })
}
