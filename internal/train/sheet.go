// The pictures that show a training go on: one sheet of always the same z.

package train

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"path/filepath"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/picture"
	"dcgan/internal/run"
	"dcgan/internal/score"
	"dcgan/internal/tensor"
)

// sheetColumns makes the sheet a square of 64 pictures.
const sheetColumns = 8

// paint returns the pictures of the fixed z, those of seeds 0 to 63, which "generate"
// gives for the step's checkpoint too, and how they look beside the data.
func (s *session) paint(step int) (*tensor.Tensor, *score.Look, error) {
	if err := s.calibrate(step); err != nil {
		return nil, nil, err
	}
	pictures, err := s.engine.Generate(s.Model.PictureZ(0, config.SheetSize), s.Config.SheetStatistics)
	if err != nil {
		return nil, nil, err
	}
	if s.dataLook == nil {
		if s.dataLook, err = lookAtData(s.pictures, s.Config); err != nil {
			return nil, nil, err
		}
	}
	return pictures, score.NewLook(pictures).Over(*s.dataLook), nil
}

// lookAtData looks at as many pictures of the data as a sheet has, always the same.
func lookAtData(set *dataset.Set, c *config.Config) (*score.Look, error) {
	chosen := score.Choose(set.Len(), config.SheetSize)
	real := tensor.New(len(chosen), c.Channels, c.Size, c.Size)
	if err := set.Batch(real, chosen); err != nil {
		return nil, err
	}
	l := score.NewLook(real)
	return &l, nil
}

// sample writes the sheet of a step.
func (s *session) sample(step int, pictures *tensor.Tensor) error {
	sheet := picture.Sheet(pictures, sheetColumns, s.Config.Rounding)
	var png bytes.Buffer
	if err := picture.WritePNG(&png, sheet); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(run.Sheet(s.Dir, step), 0o666, png.Bytes()); err != nil {
		return err
	}
	if s.Config.SampleFiles {
		if err := s.sampleFiles(step, pictures); err != nil {
			return err
		}
	}
	size := sheet.Bounds().Size()
	return s.log.Image(step, "samples", png.Bytes(), size.X, size.Y, s.Config.Channels)
}

// sampleFiles writes the pictures of a sheet singly beside it, under the
// reference's names: generated_step500_1.jpg to generated_step500_64.jpg.
func (s *session) sampleFiles(step int, pictures *tensor.Tensor) error {
	dir := filepath.Dir(run.Sheet(s.Dir, step))
	for i := range pictures.Shape[0] {
		name := filepath.Join(dir, fmt.Sprintf("generated_step%d_%d.jpg", step, i+1))
		if err := writeJPEG(name, picture.Image(pictures, i, s.Config.Rounding)); err != nil {
			return err
		}
	}
	return nil
}

func writeJPEG(path string, img image.Image) error {
	return atomicfile.Write(path, 0o666, func(w io.Writer) error { return picture.WriteJPEG(w, img) })
}
