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
	Op         string `json:"op"`
	From       int    `json:"from"`  // index of the layer that it reads, -1 for the network's input
	Added      int    `json:"added"` // index of the layer that it adds, -1 for the input, -2 for none
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Kernel     int    `json:"kernel"`
	Stride     int    `json:"stride"`
	Pad        int    `json:"pad"`
	Norm       string `json:"norm"` // the batch norm's name, or ""
	Activation string `json:"activation"`
}

// operationNames are those of the rows.
var operationNames = map[gan.Operation]string{
	gan.Convolution: "convolution", gan.TransposedConvolution: "transposed",
	gan.Downsampling: "downsampling", gan.Upsampling: "upsampling", gan.Identity: "identity",
}

func tableOf(layers gan.Network) []tableRow {
	rows := make([]tableRow, len(layers))
	for i := range layers {
		l := &layers[i]
		rows[i] = tableRow{
			Name: l.Name, Op: operationNames[l.Op], From: layers.Reads(i), Added: none, In: l.In, Out: l.Out,
			Kernel: l.Kernel, Stride: l.Stride, Pad: l.Pad, Norm: l.BatchNorm, Activation: activationNames[l.Activation],
		}
		if at, adds := layers.Adds(i); adds {
			rows[i].Added = at
		}
	}
	return rows
}

// WriteTensors writes both networks as a safetensors file, under the names and in the
// layouts of a state, but for smooth kernels, of which it writes the convolution's: the
// generator's weights with which it paints (averaged, if there are such) and its statistics
// for sampling, the discriminator's weights and its running statistics. The metadata are
// those given and "layers", the networks' tables as JSON.
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
	var numbers []func() []float32 // of each
	add := func(layers gan.Network, parameters, mean, variance gan.Kind) {
		for i := range layers {
			l := &layers[i]
			if !l.Convolves() {
				continue
			}
			p := gan.Parameters(layers[i : i+1])
			list = append(list, tensorfile.Named{Name: p[0].Name, Shape: l.KernelShape()})
			numbers = append(numbers, func() []float32 { return l.Kernels(s.Load(p[0].As(parameters).Name).Data) })
			list = append(list, tensorfile.Named{Name: p[1].Name, Shape: p[1].Shape})
			numbers = append(numbers, func() []float32 { return s.Load(p[1].As(parameters).Name).Data })
			for _, n := range gan.Statistics(layers[i:i+1], mean, variance) {
				list = append(list, tensorfile.Named{Name: n.Name, Shape: n.Shape})
				numbers = append(numbers, func() []float32 { return s.Load(n.Name).Data })
			}
		}
	}
	painting := gan.Parameter
	if m.Averaged {
		painting = gan.Average
	}
	add(m.Generator, painting, gan.SamplingMean, gan.SamplingVariance)
	add(m.Discriminator, gan.Parameter, gan.RunningMean, gan.RunningVariance)
	return tensorfile.Write(w, list, all, func(w io.Writer) error {
		for _, n := range numbers {
			if err := tensorfile.WriteFloats(w, n()); err != nil {
				return err
			}
		}
		return nil
	})
}
