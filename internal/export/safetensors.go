package export

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"

	"dcgan/internal/gan"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
)

// LoadTorch is a program of Python that reads what [WriteTensors] writes into modules of
// PyTorch.
//
//go:embed load_torch.py
var LoadTorch []byte

// tableRow is a layer in the metadata of a file of tensors.
type tableRow struct {
	Name       string `json:"name"`
	Transposed bool   `json:"transposed"`
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Kernel     int    `json:"kernel"`
	Stride     int    `json:"stride"`
	Pad        int    `json:"pad"`
	Norm       string `json:"norm"` // the batch norm's name, or ""
	Activation string `json:"activation"`
}

func tableOf(layers []gan.Layer) []tableRow {
	rows := make([]tableRow, len(layers))
	for i := range layers {
		l := &layers[i]
		rows[i] = tableRow{
			Name: l.Name, Transposed: l.Transposed, In: l.In, Out: l.Out, Kernel: l.Kernel, Stride: l.Stride,
			Pad: l.Pad, Norm: l.BatchNorm, Activation: activationNames[l.Activation],
		}
	}
	return rows
}

// WriteTensors writes both networks as a safetensors file, under the names and in the
// layouts of a state: the generator's weights with which it paints (averaged, if there are
// such) and its statistics for sampling, the discriminator's weights and its running
// statistics. The metadata are those given and "layers", the networks' tables as JSON.
func WriteTensors(w io.Writer, m *gan.Model, s *gan.State, metadata map[string]string) error {
	if err := m.Check(s); err != nil {
		return fmt.Errorf("export tensors: %w", err)
	}
	if !s.Calibrated(m) {
		return fmt.Errorf("export tensors: the model has no sampling statistics")
	}
	tables, err := json.Marshal(map[string][]tableRow{
		"generator": tableOf(m.Generator), "discriminator": tableOf(m.Discriminator),
	})
	if err != nil {
		return err
	}
	all := map[string]string{"format": "pt", "layers": string(tables)}
	maps.Copy(all, metadata)
	var list []tensorfile.Named
	add := func(named []gan.Named) {
		for _, n := range named {
			list = append(list, tensorfile.Named{Name: n.Name, Shape: n.Shape})
		}
	}
	add(gan.Parameters(m.Generator))
	add(gan.Statistics(m.Generator, "sampling"))
	add(gan.Parameters(m.Discriminator))
	add(gan.Statistics(m.Discriminator, "running"))
	return tensorfile.Write(w, list, all, func(w io.Writer) error {
		for _, n := range list {
			if err := tensorfile.WriteFloats(w, sampled(m, s, n.Name).Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// sampled returns a tensor by name: of a parameter of the generator the average, if there
// is one.
func sampled(m *gan.Model, s *gan.State, name string) *tensor.Tensor {
	if m.Averaged && strings.HasPrefix(name, "generator.") {
		if t := s.Load(gan.AveragePrefix + name); t != nil {
			return t
		}
	}
	return s.Load(name)
}
