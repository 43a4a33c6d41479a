package dcgan

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"dcgan/internal/checkpoint"
	"dcgan/internal/config"
	"dcgan/internal/export"
	"dcgan/internal/gan"
)

// ONNX says what [Model.WriteONNX] writes. The zero ONNX is a generator of numbers.
type ONNX struct {
	Discriminator bool // instead of the generator

	// Bytes makes pictures bytes of shape [n, size, size, channels] instead of numbers in
	// [-1, 1] of shape [n, channels, size, size].
	Bytes bool

	Licence string // text to put into the file, if any
}

// WriteONNX writes the model as an ONNX file. The generator's input is z, [n, nz], its
// output is called picture; the discriminator's input is called picture, its output is
// logit, [n, 1], the larger the more real.
func (m *Model) WriteONNX(w io.Writer, o ONNX) error {
	s, err := m.state()
	if err != nil {
		return err
	}
	form := export.ONNX{Bytes: o.Bytes, Rounding: m.snapshot.Config.Rounding, Metadata: m.about(o.Licence)}
	if o.Discriminator {
		n, err := export.Discriminator(m.model, s)
		if err != nil {
			return err
		}
		return form.WriteDiscriminator(w, n)
	}
	n, err := export.Generator(m.model, s)
	if err != nil {
		return err
	}
	return form.WriteGenerator(w, n)
}

// about returns what exported files tell about the model.
func (m *Model) about(licence string) map[string]string {
	about := map[string]string{
		"config": string(m.snapshot.Config.JSON()),
		"step":   strconv.Itoa(m.snapshot.Step),
		"seeds":  seedLaw(m.snapshot.Config),
	}
	if licence != "" {
		about["licence"] = licence
	}
	return about
}

// seedLaw says how the z of a seed is drawn.
func seedLaw(c *config.Config) string {
	draw := "u = (the 64 bits of two words, the first word low) >> 11, times 2^-53; z = 2 u - 1"
	if c.Latent == config.LatentNormal {
		draw = "u and v = (the 64 bits of two words, the first word low) >> 11, times 2^-53; " +
			"z = sqrt(-2 ln(1 - u)) cos(2 pi v)"
	}
	return fmt.Sprintf("the %d numbers z of a seed are drawn from the words of Philox4x32-10 with the key seed "+
		"(low word first) and the counters (0, 3, 0, 0), (1, 3, 0, 0), ...; for each number %s", c.NZ, draw)
}

// state reads the model's weights again: the sampler has them in a form of its own.
func (m *Model) state() (*gan.State, error) {
	s, err := checkpoint.Load(m.checkpoint)
	if err != nil {
		return nil, err
	}
	return s.State, nil
}

// WriteTensors writes the model as a safetensors file: the weights and statistics with which
// the generator paints, the discriminator's, and in the metadata both networks' tables, what
// the model was trained with, and the licence, if any. [LoadTorch] reads it.
func (m *Model) WriteTensors(w io.Writer, licence string) error {
	s, err := m.state()
	if err != nil {
		return err
	}
	return export.WriteTensors(w, m.model, s, m.about(licence))
}

// LoadTorch returns the text of load_torch.py, a module of Python that loads the files of
// [Model.WriteTensors] into PyTorch.
func LoadTorch() []byte { return slices.Clone(export.LoadTorch) }

// Directions returns directions of z, unit vectors, in which the pictures change most, the
// strongest first, at most n of them (Shen, Zhou 2021). The sliders of an exported page follow them.
func (m *Model) Directions(n int) ([][]float32, error) {
	s, err := m.state()
	if err != nil {
		return nil, err
	}
	network, err := export.Generator(m.model, s)
	if err != nil {
		return nil, err
	}
	return network.Directions(n), nil
}

// Page says what [Model.WritePage] writes. All of it may be empty.
type Page struct {
	Title   string // "" for the name of the run
	Licence string // text for the foot of the page
	Seed    uint64 // whose picture the page shows first
}

// halfChecks is how many pictures decide whether a page's weights can be float16.
const halfChecks = 8

// WritePage writes an HTML page that makes the model's pictures by itself: it has the
// weights inside and loads nothing.
func (m *Model) WritePage(w io.Writer, o Page) error {
	s, err := m.state()
	if err != nil {
		return err
	}
	n, err := export.Generator(m.model, s)
	if err != nil {
		return err
	}
	name := "pictures"
	if m.run != "" {
		name = filepath.Base(m.run)
	}
	z := make([][]float32, halfChecks)
	for i := range z {
		z[i] = m.Latent(uint64(i))
	}
	c := m.snapshot.Config
	return export.Page{
		Title: cmp.Or(o.Title, name),
		About: fmt.Sprintf("Painted by this page itself, from a network of %s weights that has learnt for %s steps. "+
			"Each seed is a picture of %d\u00a0×\u00a0%d pixels.",
			grouped(n.Parameters()), grouped(m.snapshot.Step), m.Size(), m.Size()),
		Footer: o.Licence, File: name, Seed: o.Seed, Latent: c.Latent, Truncate: c.Rounding == config.RoundTruncate,
	}.Write(w, n, z)
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
