package web

// The sheets of a run: a whole sheet, a corner of one for the film strip, and a film of
// all.

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"dcgan/internal/picture"
	"dcgan/internal/run"
)

// sheetSide is the number of pictures on a side of a training's sheet.
const sheetSide = 8

// sheetName returns the path of a step's sheet within its run.
func sheetName(step int) string { return run.Sheet("", step) }

// sheet answers with a sheet, or with its first pictures=N rows and columns.
func (s *Server) sheet(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	step, err := strconv.Atoi(r.PathValue("step"))
	if err != nil || step < 0 {
		return badRequest("%q is not the step of a sheet", shorten(r.PathValue("step")))
	}
	q := query{values: r.URL.Query()}
	side := q.integer("pictures", sheetSide, 1, sheetSide)
	if q.err != nil {
		return q.err
	}
	f, err := openIn(dir, sheetName(step))
	if err != nil {
		return notFound("there is no sheet of step %d", step)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	if side == sheetSide {
		http.ServeContent(w, r, "", info.ModTime(), f)
		return nil
	}
	img, err := readCorner(dir, step, side)
	if err != nil {
		return err
	}
	text, err := encodePNG(img)
	if err != nil {
		return err
	}
	http.ServeContent(w, r, "", info.ModTime(), bytes.NewReader(text))
	return nil
}

// readCorner reads the first side rows and columns of a step's sheet.
func readCorner(dir string, step, side int) (image.Image, error) {
	f, err := openIn(dir, sheetName(step))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("read the sheet of step %d: %w", step, err)
	}
	b := img.Bounds()
	part := image.Rect(0, 0, corner(b.Dx(), side), corner(b.Dy(), side))
	out := image.NewNRGBA(part)
	draw.Draw(out, part, img, b.Min, draw.Src)
	return out, nil
}

// corner returns the length of side pictures and their gaps, for a sheet of length.
func corner(length, side int) int {
	return (length-picture.Gap)/sheetSide*side + picture.Gap
}

const (
	maxFrames    = 120      // frames of a film, taken evenly from all sheets
	defaultDelay = 20       // time that a frame is shown, in hundredths of a second
	maxPixels    = 64 << 20 // pixels of all pictures of an answer, which are in memory at once
)

// film answers with the sheets of the steps from..to as an animated GIF.
func (s *Server) film(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	q := query{values: r.URL.Query()}
	side, delay := q.integer("pictures", 4, 1, sheetSide), q.integer("delay", defaultDelay, 2, 500)
	from, to := q.integer("from", 0, 0, 1<<40), q.integer("to", 1<<40, 0, 1<<40)
	if q.err != nil {
		return q.err
	}
	all, err := run.SheetSteps(dir)
	if err != nil {
		return err
	}
	steps := evenlySpaced(within(all, from, to), maxFrames)
	if len(steps) == 0 {
		return notFound("the run has no sheet of these steps yet")
	}
	leave, err := s.studio.enter(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	if side, err = filmSide(dir, steps, side); err != nil {
		return err
	}
	frames, err := readFrames(r.Context(), dir, steps, side)
	if err != nil {
		return err
	}
	return writeFilm(w, fmt.Sprintf("%s-film.gif", r.PathValue("run")), frames, delay)
}

// filmSide returns side, or less if the frames would have more than maxPixels pixels.
func filmSide(dir string, steps []int, side int) (int, error) {
	f, err := openIn(dir, sheetName(steps[0]))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil {
		return 0, fmt.Errorf("read the sheet of step %d: %w", steps[0], err)
	}
	for side > 1 && len(steps)*corner(c.Width, side)*corner(c.Height, side) > maxPixels {
		side--
	}
	return side, nil
}

// within returns the steps in from..to.
func within(steps []int, from, to int) []int {
	var list []int
	for _, step := range steps {
		if from <= step && step <= to {
			list = append(list, step)
		}
	}
	return list
}

// evenlySpaced returns at most n of the steps, evenly spaced, with the first and the
// last.
func evenlySpaced(steps []int, n int) []int {
	if len(steps) <= n {
		return steps
	}
	list := make([]int, n)
	for i := range list {
		list[i] = steps[i*(len(steps)-1)/(n-1)]
	}
	return list
}

func readFrames(ctx context.Context, dir string, steps []int, side int) ([]image.Image, error) {
	var frames []image.Image
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		frame, err := readCorner(dir, step, side)
		if err != nil {
			return nil, err
		}
		frames = append(frames, frame)
	}
	return frames, nil
}

func writeFilm(w http.ResponseWriter, name string, frames []image.Image, delay int) error {
	var gif bytes.Buffer
	if err := picture.WriteGIF(&gif, frames, float64(delay)); err != nil {
		return err
	}
	attach(w, name, "image/gif")
	_, _ = w.Write(gif.Bytes()) // a client that has gone needs no answer
	return nil
}

// attach makes an answer a download. It replaces characters of the name that are
// special in headers or paths.
func attach(w http.ResponseWriter, name, kind string) {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/:;%`, r) {
			return '_'
		}
		return r
	}, name)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+safe+`"`)
}

func encodePNG(img image.Image) ([]byte, error) {
	var text bytes.Buffer
	err := picture.WritePNG(&text, img)
	return text.Bytes(), err
}

func writeImage(w http.ResponseWriter, img image.Image) error {
	text, err := encodePNG(img)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(text) // a client that has gone needs no answer
	return nil
}
