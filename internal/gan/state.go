package gan

import (
	"fmt"
	"maps"
	"slices"

	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// State is everything that a training has learnt. From a state, the settings and the
// number of the step, a training continues to the same bits.
type State struct {
	// Tensors holds the tensors of Model.Tensors, by name, in canonical layouts. A state of weights only lacks
	// the moments. A state that has not been calibrated lacks the statistics for sampling.
	Tensors map[string]Tensor

	// Fill, unless it is nil, writes the numbers of the tensor with that name to dst. The
	// entries of Tensors then have shapes without numbers, and Load reads them one at a time.
	// A state can have gigabytes, and its owner holds the numbers in another layout already.
	Fill func(name string, dst []float32)

	// Buffer is the memory that Load writes the numbers of Fill to. Load replaces it if it is too small.
	Buffer []float32

	// The updates that each optimiser has made.
	UpdatesD, UpdatesG int64
}

// Tensor is a tensor of a state, with its kind.
type Tensor struct {
	Kind Kind
	*tensor.Tensor
}

// Load returns the tensor with that name, with its numbers, or nil if there is none. If s
// has a Fill, the numbers are valid until the next Load.
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

// Weights returns the state without Adam's moments, which has about a third of the
// numbers. It makes pictures, but no training continues from it. It shares memory with s.
func (s *State) Weights() *State {
	w := *s
	w.Tensors = maps.Clone(s.Tensors)
	maps.DeleteFunc(w.Tensors, func(_ string, t Tensor) bool { return t.Kind.Moment() })
	return &w
}

// Full reports whether s has Adam's moments, so that a training can continue from it.
func (s *State) Full() bool { return s.has(Kind.Moment) }

// Calibrated reports whether the statistics for sampling have been recorded. A generator without batch norm needs none.
func (s *State) Calibrated(m *Model) bool {
	return s.has(Kind.Sampling) || len(Statistics(m.Generator, SamplingMean)) == 0
}

// has reports whether s has a tensor whose kind satisfies the condition.
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

// StateOf returns the state that a file's tensors make up. It returns an error unless they fit the model.
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

// Init returns the state before the first step. Weights have the distributions of their
// layers, averages equal the weights, running variances are 1, and everything else is 0.
// The numbers are computed by Load.
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

// Check returns an error that names a tensor of s that is missing, has another shape or is
// unknown to the model. A state may be calibrated or not, and full or of weights only.
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
