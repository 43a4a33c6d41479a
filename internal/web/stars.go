package web

// The stars: the samples of a run that a person likes, stored in the run's folder.
// stars.json lists them. starred/ has the pictures, since a training removes its older
// checkpoints. A picture is written before it is listed.

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"dcgan/internal/atomicfile"
	"dcgan/internal/picture"
)

const (
	starsName  = "stars.json"
	starredDir = "starred"
	maxStars   = 4096 // per run
)

// star is a sample that a person likes.
type star struct {
	Step int    `json:"step"`
	Seed uint64 `json:"seed"`
}

func (s star) file() string { return fmt.Sprintf("step-%08d-seed-%08d.png", s.Step, s.Seed) }

// starList is the content of stars.json, in the order of starring.
type starList struct {
	Stars []star `json:"stars"`
}

// readStars returns the stars of the run in dir.
func readStars(dir string) (starList, error) {
	list := starList{Stars: []star{}}
	text, err := readFile(dir, starsName)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	} else if err != nil {
		return list, err
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return list, fmt.Errorf("read %s: %w", filepath.Join(dir, starsName), err)
	}
	if list.Stars == nil {
		list.Stars = []star{}
	}
	return list, nil
}

// starWriter changes stars, for one request at a time.
type starWriter struct{ mu sync.Mutex }

// set adds a star and its picture, which paint returns, or removes them. It returns
// the new list.
func (w *starWriter) set(dir string, s star, on bool, paint func() ([]byte, error)) (starList, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := readStars(dir)
	if err != nil {
		return list, err
	}
	at := slices.Index(list.Stars, s)
	if on == (at >= 0) {
		return list, nil
	}
	if !on {
		list.Stars = slices.Delete(list.Stars, at, at+1)
		err := writeStars(dir, list)
		os.Remove(filepath.Join(dir, starredDir, s.file())) // if this fails, the file is not listed any more
		return list, err
	}
	if len(list.Stars) >= maxStars {
		return list, badRequest("a run can have at most %d stars", maxStars)
	}
	text, err := paint()
	if err != nil {
		return list, err
	}
	if err := os.MkdirAll(filepath.Join(dir, starredDir), 0o777); err != nil {
		return list, err
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, starredDir, s.file()), 0o666, text); err != nil {
		return list, err
	}
	list.Stars = append(list.Stars, s)
	return list, writeStars(dir, list)
}

func writeStars(dir string, list starList) error {
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(dir, starsName), 0o666, append(text, '\n'))
}

func (s *Server) listStars(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	list, err := readStars(dir)
	if err != nil {
		return err
	}
	return writeJSON(w, list)
}

// setStar adds or removes a star and answers with all of them.
func (s *Server) setStar(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	var wish struct {
		star
		Starred bool `json:"starred"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&wish); err != nil || wish.Step < 1 || wish.Step > math.MaxInt32 || wish.Seed > maxSeed {
		return badRequest("a star needs a step, a seed and whether it is starred")
	}
	list, err := s.stars.set(dir, wish.star, wish.Starred, func() ([]byte, error) {
		return s.paintStar(r.Context(), dir, wish.star)
	})
	if err != nil {
		return err
	}
	return writeJSON(w, list)
}

// paintStar returns the picture of a star as PNG.
func (s *Server) paintStar(ctx context.Context, dir string, wish star) ([]byte, error) {
	leave, err := s.studio.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	p, err := s.studio.painterOf(dir, wish.Step)
	if err != nil {
		return nil, err
	}
	pictures, err := p.paint(ctx, p.latents([]uint64{wish.Seed}))
	if err != nil {
		return nil, err
	}
	return encodePNG(picture.Image(pictures, 0, p.config.Rounding))
}

// starPicture answers with the picture of a star, which the request names by its file.
func (s *Server) starPicture(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	list, err := readStars(dir)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	if !slices.ContainsFunc(list.Stars, func(s star) bool { return s.file() == name }) {
		return notFound("there is no star %q", shorten(name))
	}
	text, err := readFile(dir, filepath.Join(starredDir, name))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(text) // a client that has gone needs no answer
	return nil
}

// starFiles reads the pictures of a run's stars. It leaves out stars whose picture has
// been deleted.
func starFiles(dir string) (names []string, texts [][]byte, err error) {
	list, err := readStars(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range list.Stars {
		text, err := readFile(dir, filepath.Join(starredDir, s.file()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, nil, err
		}
		names, texts = append(names, s.file()), append(texts, text)
	}
	if len(names) == 0 {
		return nil, nil, notFound("nothing is starred in this run yet")
	}
	return names, texts, nil
}

// starsZip answers with a zip of the starred pictures and their list.
func (s *Server) starsZip(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	names, texts, err := starFiles(dir)
	if err != nil {
		return err
	}
	list, err := readFile(dir, starsName)
	if err != nil {
		return err
	}
	archive, err := pack(append(names, starsName), append(texts, list))
	if err != nil {
		return err
	}
	attach(w, r.PathValue("run")+"-stars.zip", "application/zip")
	_, _ = w.Write(archive) // a client that has gone needs no answer
	return nil
}

// pack returns a zip of files. It does not compress them, since PNG is compressed.
func pack(names []string, texts [][]byte) ([]byte, error) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for i, name := range names {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(texts[i]); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return archive.Bytes(), err
}

// starsSheet answers with a sheet of the starred pictures.
func (s *Server) starsSheet(w http.ResponseWriter, r *http.Request) error {
	dir, err := s.folder(r)
	if err != nil {
		return err
	}
	_, texts, err := starFiles(dir)
	if err != nil {
		return err
	}
	var images []image.Image
	for _, text := range texts {
		img, err := png.Decode(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("read a starred picture: %w", err)
		}
		images = append(images, img)
	}
	attach(w, r.PathValue("run")+"-stars.png", "image/png")
	return writeImage(w, contactSheet(images))
}

// contactSheet returns a sheet of images of one size, as nearly square as possible.
func contactSheet(images []image.Image) image.Image {
	columns := int(math.Ceil(math.Sqrt(float64(len(images)))))
	lines := (len(images) + columns - 1) / columns
	cell := images[0].Bounds().Size().Add(image.Pt(picture.Gap, picture.Gap))
	out := image.NewNRGBA(image.Rect(0, 0, columns*cell.X+picture.Gap, lines*cell.Y+picture.Gap))
	for i, img := range images {
		corner := image.Pt(picture.Gap+i%columns*cell.X, picture.Gap+i/columns*cell.Y)
		draw.Draw(out, image.Rectangle{Min: corner, Max: corner.Add(img.Bounds().Size())}, img, img.Bounds().Min, draw.Src)
	}
	return out
}
