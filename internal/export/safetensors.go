package export

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"dcgan/internal/gan"
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
			Name: l.Name, Transposed: l.Op == gan.TransposedConvolution, In: l.In, Out: l.Out, Kernel: l.Kernel, Stride: l.Stride,
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
	for _, layers := range []gan.Network{m.Generator, m.Discriminator} {
		if err := isChain(layers); err != nil {
			return err
		}
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
	var sources []string // the tensors of the state that are written
	add := func(kind gan.Kind, named []gan.Named) {
		for _, n := range named {
			list = append(list, tensorfile.Named{Name: n.Name, Shape: n.Shape})
			sources = append(sources, n.As(kind).Name)
		}
	}
	painting := gan.Parameter
	if m.Averaged {
		painting = gan.Average
	}
	add(painting, gan.Parameters(m.Generator))
	add(gan.SamplingMean, gan.Statistics(m.Generator, gan.SamplingMean, gan.SamplingVariance))
	add(gan.Parameter, gan.Parameters(m.Discriminator))
	add(gan.RunningMean, gan.Statistics(m.Discriminator, gan.RunningMean, gan.RunningVariance))
	return tensorfile.Write(w, list, all, func(w io.Writer) error {
		for _, name := range sources {
			if err := tensorfile.WriteFloats(w, s.Load(name).Data); err != nil {
				return err
			}
		}
		return nil
	})
}
