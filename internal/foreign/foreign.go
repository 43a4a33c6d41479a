// Package foreign turns the models of other programs into ones of this program: the DCGAN
// of PyTorch's examples and tutorial, and the article's code on TensorFlow 1.
//
// What a file holds is found by the names and shapes of its tensors alone.
package foreign

import (
	"fmt"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Model is a model of another program as this one has it: weights, statistics, and the
// settings of its networks.
type Model struct {
	Config *config.Config
	State  *gan.State // of weights only, calibrated
}

// newModel returns a model of those settings in which every tensor is as a training begins.
func newModel(c *config.Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m := gan.NewModel(c)
	s := m.Init(c.Seed).Weights().Copy()
	for _, n := range gan.Statistics(m.Generator, gan.SamplingMean, gan.SamplingVariance) {
		t := tensor.New(n.Shape...)
		if n.Kind == gan.SamplingVariance {
			for i := range t.Data {
				t.Data[i] = 1
			}
		}
		s.Tensors[n.Name] = gan.Tensor{Kind: n.Kind, Tensor: t}
	}
	return &Model{c, s}, nil
}

// set gives a tensor its numbers.
func (m *Model) set(name string, v []float32) error {
	t := m.State.Tensors[name]
	if t.Tensor == nil || len(t.Data) != len(v) {
		return fmt.Errorf("tensor %s does not fit its place", name)
	}
	copy(t.Data, v)
	return nil
}

// hint is what to do about a file that is none of the known models.
func hint(err error) error {
	return config.Hint(err, "docs/export.md lists the models that can be imported")
}
