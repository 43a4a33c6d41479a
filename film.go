package dcgan

import (
	"context"
	"fmt"
	"image"
	"io"
	"iter"

	"dcgan/internal/config"
	"dcgan/internal/export"
	"dcgan/internal/gan"
	"dcgan/internal/picture"
)

// Film says how [WriteFilm] writes a film.
type Film struct {
	Format string // the ending of the file, one of FilmFormats
	FPS    int    // frames a second, from 1 to 100
	Frames int    // how many there are
}

// FilmFormats lists the endings of the films that can be written: .gif and .png, an animated
// PNG, by this package, the others by the program ffmpeg.
func FilmFormats() []string { return append([]string(nil), export.FilmFormats...) }

// Check returns an error if this machine can't write the film.
func (f Film) Check() error {
	if f.FPS < 1 || f.FPS > 100 {
		return config.Hint(fmt.Errorf("%d frames a second are not possible", f.FPS), "from 1 to 100")
	}
	return export.Film(f).Check()
}

// WriteFilm writes a film of frames, which are of one size and type, such as those of
// [Model.Morph].
func WriteFilm(ctx context.Context, w io.Writer, f Film, frames iter.Seq2[image.Image, error]) error {
	if err := f.Check(); err != nil {
		return err
	}
	return export.Film(f).Write(ctx, w, frames)
}

// Morph returns the frames of a smooth way through the pictures of seeds, at least two, made
// while the sequence is read. With loop the way ends where it begins, and the last frame is
// the one before the first.
func (m *Model) Morph(ctx context.Context, seeds []uint64, frames int, loop bool) iter.Seq2[image.Image, error] {
	if len(seeds) < 2 || frames < 2 {
		err := fmt.Errorf("morph: %d frames of %d seeds, it takes two of each", frames, len(seeds))
		return func(yield func(image.Image, error) bool) { yield(nil, err) }
	}
	keys := make([][]float32, len(seeds))
	for i, seed := range seeds {
		keys[i] = m.Latent(seed)
	}
	length, steps := len(seeds)-1, frames-1
	if loop {
		length, steps = len(seeds), frames
	}
	return m.Paint(ctx, func(yield func([]float32) bool) {
		z := make([]float32, m.model.NZ)
		for i := range frames {
			gan.Spline(z, keys, float64(i)*float64(length)/float64(steps), loop)
			if !yield(z) {
				return
			}
		}
	})
}

// The ways to enlarge pictures with [Scale].
const (
	Nearest = "nearest" // each pixel becomes a square
	Lanczos = "lanczos" // smooth
)

// Scale returns a picture of a model enlarged by a whole factor.
func Scale(img image.Image, factor int, filter string) image.Image {
	return picture.Scale(img, factor, filter)
}
