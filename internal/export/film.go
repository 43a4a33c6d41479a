package export

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/picture"
)

// Film says how a film is written.
type Film struct {
	Format string // the ending of its file, one of FilmFormats
	FPS    int    // frames a second
	Frames int    // how many there are
}

// FilmFormats are the endings of films. Those from .mp4 on are made by ffmpeg.
var FilmFormats = []string{".gif", ".png", ".mp4", ".webm", ".webp"}

// encoders are what ffmpeg is told for each format.
var encoders = map[string][]string{
	".mp4":  {"-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-movflags", "+faststart"},
	".webm": {"-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-pix_fmt", "yuv420p", "-row-mt", "1"},
	".webp": {"-c:v", "libwebp", "-quality", "85", "-loop", "0"},
}

// Check returns an error if this machine can't write the film.
func (f Film) Check() error {
	if !slices.Contains(FilmFormats, f.Format) {
		return config.Hint(fmt.Errorf("a film ending in %q is not possible", f.Format),
			"the file ends in "+strings.Join(FilmFormats, ", "))
	}
	if encoders[f.Format] != nil {
		if _, err := exec.LookPath("ffmpeg"); err != nil {
			return config.Hint(fmt.Errorf("a film ending in %s needs ffmpeg, which is not there", f.Format),
				"install ffmpeg (Debian: apt-get install ffmpeg), or write .gif or .png, an animated PNG")
		}
	}
	return nil
}

// Write writes a film. The frames are of one size and kind, such as those of picture.Image.
// Only a GIF holds all of them in memory.
func (f Film) Write(ctx context.Context, w io.Writer, frames iter.Seq2[image.Image, error]) error {
	switch f.Format {
	case ".png":
		return picture.WriteAPNG(w, f.Frames, f.FPS, frames)
	case ".gif":
		var all []image.Image
		for frame, err := range frames {
			if err != nil {
				return err
			}
			all = append(all, frame)
		}
		return picture.WriteGIF(w, all, 100/float64(f.FPS))
	}
	return f.pipe(ctx, w, frames)
}

// pipe sends the frames' pixels through ffmpeg into a temporary file, since ffmpeg goes
// back in what it writes, and that to w.
func (f Film) pipe(ctx context.Context, w io.Writer, frames iter.Seq2[image.Image, error]) (err error) {
	dir, err := os.MkdirTemp("", "dcgan-film-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "film"+f.Format)
	next, stop := iter.Pull2(frames)
	defer stop()
	first, err, ok := next()
	if !ok || err != nil {
		return errors.Join(errors.New("a film without a frame"), err)
	}
	size := first.Bounds().Size()
	args := []string{"-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba",
		"-s", fmt.Sprintf("%dx%d", size.X, size.Y),
		"-r", fmt.Sprint(f.FPS), "-i", "pipe:0", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-an"}
	if f.Format == ".webp" {
		args = slices.Delete(args, len(args)-3, len(args)-1) // which takes any size, and alpha
	}
	cmd := exec.CommandContext(ctx, "ffmpeg", append(append(args, encoders[f.Format]...), path)...)
	var said strings.Builder
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	sent := sendFrames(in, first, next)
	in.Close()
	if err := cmd.Wait(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return errors.Join(ctx.Err(), fmt.Errorf("ffmpeg: %w: %s", err, line))
	}
	if sent != nil {
		return sent
	}
	film, err := os.Open(path)
	if err != nil {
		return err
	}
	defer film.Close()
	_, err = io.Copy(w, film)
	return err
}

// sendFrames writes the frames' pixels as RGBA.
func sendFrames(w io.Writer, frame image.Image, next func() (image.Image, error, bool)) error {
	size := frame.Bounds().Size()
	for ok := true; ok; {
		if frame.Bounds().Size() != size {
			return errors.New("the frames of a film are not of one size")
		}
		if _, err := w.Write(picture.RGBA(frame)); err != nil {
			return err
		}
		var err error
		if frame, err, ok = next(); err != nil {
			return err
		}
	}
	return nil
}
