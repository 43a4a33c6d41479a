package gan

import (
	"fmt"
	"maps"
	"slices"

	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// State is everything that a training has learnt: with the settings and the
// step it continues to the last bit.
type State struct {
	// Tensors holds, in canonical layouts, every tensor of Model.Tensors. A state of weights only lacks
	// the moments, and one that has not been calibrated the statistics for sampling.
	Tensors map[string]Tensor

	// Fill, if there is one, computes the numbers of the tensor of a name into dst.
	// Then Tensors are shapes without numbers: read them by Load, one at a time.
	// States reach gigabytes, and whoever holds one has it in another form already.
	Fill func(name string, dst []float32)

	// Buffer is where Load puts them, if it is large enough; Load makes another if not.
	Buffer []float32

	// The updates that each optimiser has made.
	UpdatesD, UpdatesG int64
}

// Tensor is a tensor of a state with its kind.
type Tensor struct {
	Kind Kind
	*tensor.Tensor
}

// Load returns the tensor of that name with its numbers, nil if there is none. With
// Fill they last until the next Load.
func (s *State) Load(name string) *tensor.Tensor {
	t := s.Tensors[name].Tensor
	if t == nil || s.Fill == nil {
		return t
	}
	n := tensor.Size(t.Shape)
	if cap(s.Buffer) < n {
		s.Buffer = make([]float32, n)
	}
	s.Fill(name, s.Buffer[:n])
	return &tensor.Tensor{Shape: t.Shape, Data: s.Buffer[:n]}
}

// Copy returns the state with all its numbers in memory of their own.
func (s *State) Copy() *State {
	c := &State{Tensors: map[string]Tensor{}, UpdatesD: s.UpdatesD, UpdatesG: s.UpdatesG}
	for name, t := range s.Tensors {
		c.Tensors[name] = Tensor{t.Kind, s.Load(name).Clone()}
	}
	return c
}

// Weights returns the state without Adam's moments: a third of the numbers, enough
// to paint with, not to train on. It shares the numbers of s.
func (s *State) Weights() *State {
	w := *s
	w.Tensors = maps.Clone(s.Tensors)
	maps.DeleteFunc(w.Tensors, func(_ string, t Tensor) bool { return t.Kind.Moment() })
	return &w
}

// Full reports whether s has Adam's moments, so that a training can go on from it.
func (s *State) Full() bool { return s.has(Kind.Moment) }

// Calibrated reports whether the statistics for sampling have been recorded. A generator without batch norm needs none.
func (s *State) Calibrated(m *Model) bool {
	return s.has(Kind.Sampling) || len(Statistics(m.Generator, SamplingMean)) == 0
}

// has reports whether there is a tensor of some kind.
func (s *State) has(kind func(Kind) bool) bool {
	for _, t := range s.Tensors {
		if kind(t.Kind) {
			return true
		}
	}
	return false
}

// Tensors lists every tensor of a full state, calibrated or not.
func (m *Model) Tensors(calibrated bool) []Named {
	layers := slices.Concat(m.Generator, m.Discriminator)
	parameters := Parameters(layers)
	list := slices.Concat(parameters, Statistics(layers, RunningMean, RunningVariance))
	for _, kind := range []Kind{FirstMoment, SecondMoment} {
		for _, p := range parameters {
			list = append(list, p.As(kind))
		}
	}
	if m.Averaged {
		for _, p := range Parameters(m.Generator) {
			list = append(list, p.As(Average))
		}
	}
	if m.Controlled {
		list = append(list, ControlP, ControlSign)
	}
	if calibrated {
		list = append(list, Statistics(m.Generator, SamplingMean, SamplingVariance)...)
	}
	return list
}

// StateOf returns the state of a file's tensors, which must be those of the model.
func (m *Model) StateOf(tensors map[string]*tensor.Tensor) (*State, error) {
	s := &State{Tensors: map[string]Tensor{}}
	for _, n := range m.Tensors(true) {
		if t, ok := tensors[n.Name]; ok {
			s.Tensors[n.Name] = Tensor{n.Kind, t}
		}
	}
	if err := m.Check(s); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		if _, ok := s.Tensors[name]; !ok {
			return nil, unknown(name)
		}
	}
	return s, nil
}

func unknown(name string) error { return fmt.Errorf("tensor %s is unknown to this model", name) }

// Init returns the state before the first step: weights by the laws of their layers,
// averages alike, running variances 1, everything else 0. The numbers come with Load.
func (m *Model) Init(seed uint64) *State {
	s := &State{Tensors: map[string]Tensor{}}
	for _, n := range m.Tensors(false) {
		s.Tensors[n.Name] = Tensor{n.Kind, &tensor.Tensor{Shape: n.Shape}}
	}
	draw := map[string]func(dst []float32){}
	parameters := uint64(0)
	for _, l := range slices.Concat(m.Generator, m.Discriminator) {
		p := Parameters([]Layer{l})
		if len(p) == 0 {
			continue
		}
		stream := parameters // of the weights
		parameters += uint64(len(p))
		weights := func(dst []float32) { l.draw(dst, random.New(seed, random.Init, stream)) }
		draw[p[0].Name], draw[p[0].As(Average).Name] = weights, weights
	}
	s.Fill = func(name string, dst []float32) {
		clear(dst)
		if s.Tensors[name].Kind == RunningVariance {
			for j := range dst {
				dst[j] = 1
			}
		} else if weights := draw[name]; weights != nil {
			weights(dst)
		}
	}
	return s
}

// Check reports the first tensor of s that the model lacks, wants or shapes
// otherwise. All forms pass: calibrated and not, full and of weights only.
func (m *Model) Check(s *State) error {
	full := s.Full()
	want := map[string][]int{}
	for _, n := range m.Tensors(s.Calibrated(m)) {
		if full || !n.Kind.Moment() {
			want[n.Name] = n.Shape
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t, ok := s.Tensors[name]
		if !ok {
			return fmt.Errorf("tensor %s is missing", name)
		}
		if err := t.CheckShape(want[name]...); err != nil {
			return fmt.Errorf("tensor %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		if _, ok := want[name]; !ok {
			return unknown(name)
		}
	}
	return nil
}
