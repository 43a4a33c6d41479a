package gan

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/random"
	"dcgan/internal/tensor"
)

// State is everything that a training has learnt: with the settings and the
// step it continues to the last bit.
type State struct {
	// Tensors holds, in canonical layouts, the parameters, the batch norms'
	// running_mean and running_var, Adam's moments as adam_m.NAME and
	// adam_v.NAME, where there is averaging the generator's averaged parameters as
	// average.NAME, where the augmentation is controlled its state and, once calibrated,
	// sampling_mean and sampling_var. A state of weights only lacks the moments.
	Tensors map[string]*tensor.Tensor

	// Fill, if there is one, computes the numbers of the tensor of a name into dst.
	// Then Tensors are shapes without numbers: read them by Load, one at a time.
	// States reach gigabytes, and whoever holds one has it in another form already.
	Fill func(name string, dst []float32)

	// Buffer is where Load puts them, if it is large enough; Load makes another if not.
	Buffer []float32

	// The updates that each optimiser has made. They count the batch norms'
	// moving averages too: G's update once each, D's twice.
	UpdatesD, UpdatesG int64
}

// Load returns the tensor of that name with its numbers, nil if there is none. With
// Fill they last until the next Load.
func (s *State) Load(name string) *tensor.Tensor {
	t := s.Tensors[name]
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
	c := &State{Tensors: map[string]*tensor.Tensor{}, UpdatesD: s.UpdatesD, UpdatesG: s.UpdatesG}
	for name := range s.Tensors {
		c.Tensors[name] = s.Load(name).Clone()
	}
	return c
}

// Weights returns the state without Adam's moments: a third of the numbers, enough
// to paint with, not to train on. It shares the numbers of s.
func (s *State) Weights() *State {
	w := *s
	w.Tensors = maps.Clone(s.Tensors)
	maps.DeleteFunc(w.Tensors, func(name string, _ *tensor.Tensor) bool { return IsMoment(name) })
	return &w
}

// Full tells whether s has Adam's moments, so that a training can go on from it.
func (s *State) Full() bool {
	for name := range s.Tensors {
		if IsMoment(name) {
			return true
		}
	}
	return false
}

// momentPrefixes begin the names of Adam's first and second moments.
var momentPrefixes = [...]string{"adam_m.", "adam_v."}

// IsMoment tells whether a tensor of this name is one of Adam's moments.
func IsMoment(name string) bool {
	return strings.HasPrefix(name, momentPrefixes[0]) || strings.HasPrefix(name, momentPrefixes[1])
}

// Named is a tensor's name with its shape.
type Named struct {
	Name  string
	Shape []int
}

// Parameters lists the trained tensors of some layers: weight, then bias, where
// a batch norm's bias is its beta.
func Parameters(layers []Layer) []Named {
	var list []Named
	for i := range layers {
		l := &layers[i]
		bias := l.Name
		if !l.Bias() {
			bias = l.BatchNorm
		}
		list = append(list,
			Named{l.Name + ".weight", l.WeightShape()},
			Named{bias + ".bias", []int{l.Out}})
	}
	return list
}

// Statistics lists the batch norms' recorded means and variances of a kind:
// "running" or "sampling".
func Statistics(layers []Layer, kind string) []Named {
	var list []Named
	for i := range layers {
		if l := &layers[i]; !l.Bias() {
			list = append(list,
				Named{l.BatchNorm + "." + kind + "_mean", []int{l.Out}},
				Named{l.BatchNorm + "." + kind + "_var", []int{l.Out}})
		}
	}
	return list
}

// AveragePrefix goes before the names of averaged parameters.
const AveragePrefix = "average."

// The names of a Control's numbers, p and r, in tensors of one number.
const (
	ControlP    = "augment.p"
	ControlSign = "augment.sign"
)

// Tensors lists every tensor of a full state, calibrated or not.
func (m *Model) Tensors(calibrated bool) []Named {
	layers := slices.Concat(m.Generator, m.Discriminator)
	parameters := Parameters(layers)
	list := slices.Concat(parameters, Statistics(layers, "running"))
	for _, prefix := range momentPrefixes {
		for _, p := range parameters {
			list = append(list, Named{prefix + p.Name, p.Shape})
		}
	}
	if m.Averaged {
		for _, p := range Parameters(m.Generator) {
			list = append(list, Named{AveragePrefix + p.Name, p.Shape})
		}
	}
	if m.Controlled {
		list = append(list, Named{ControlP, []int{1}}, Named{ControlSign, []int{1}})
	}
	if calibrated {
		list = append(list, Statistics(m.Generator, "sampling")...)
	}
	return list
}

// Init returns the state before the first step: weights by the law of the settings,
// averages alike, running variances 1, everything else 0. The numbers come with Load.
func (m *Model) Init(seed uint64) *State {
	s := &State{Tensors: map[string]*tensor.Tensor{}}
	for _, n := range m.Tensors(false) {
		s.Tensors[n.Name] = &tensor.Tensor{Shape: n.Shape}
	}
	parameters := Parameters(slices.Concat(m.Generator, m.Discriminator))
	s.Fill = func(name string, dst []float32) {
		name = strings.TrimPrefix(name, AveragePrefix)
		i := slices.IndexFunc(parameters, func(p Named) bool { return p.Name == name })
		switch {
		case i >= 0 && len(parameters[i].Shape) == 4:
			xavier(dst, parameters[i].Shape, random.New(seed, random.Init, uint64(i)))
			if m.Kaiming && strings.HasPrefix(name, "discriminator.") {
				kaiming(dst, parameters[i].Shape, name != "discriminator.logits.weight", random.New(seed, random.Init, uint64(i)))
			}
			if m.InitLaw == config.InitBilinear && i > 0 && strings.HasPrefix(name, "generator.deconv") {
				bilinear(dst)
			}
		case strings.HasSuffix(name, ".running_var"):
			for j := range dst {
				dst[j] = 1
			}
		default:
			clear(dst)
		}
	}
	return s
}

// kaiming draws the weights of a convolution, OIHW, from N(0, gain^2 / (in*k*k)), which keeps the size of its
// outputs (He et al. 2015, eq. 14); before a leaky ReLU the gain is sqrt(2 / (1 + slope^2)).
func kaiming(w []float32, shape []int, leaky bool, src *random.Source) {
	variance := 1 / float64(shape[1]*shape[2]*shape[3])
	if leaky {
		variance *= 2 / (1 + LeakySlope*LeakySlope)
	}
	for i := range w {
		w[i] = float32(math.Sqrt(variance)) * src.Normal()
	}
}

// bilinear makes every kernel of w, 4x4, that of bilinear interpolation to twice the
// size (Long, Shelhamer, Darrell 2015, section 3.3), times its first weight: a stride-2
// transposed convolution then begins as an interpolation and paints smoothly, where
// independent taps paint a checkerboard (Odena, Dumoulin, Olah 2016). The factors of the
// four taps that meet in a pixel add up to 2, the root of their number: a smooth map
// keeps its size, as noise does under independent taps.
func bilinear(w []float32) {
	taps := [4]float64{1, 3, 3, 1}
	for k := 0; k < len(w); k += 16 {
		first := float64(w[k])
		for tap := range 16 {
			w[k+tap] = float32(first * taps[tap/4] * taps[tap%4] / 8)
		}
	}
}

// xavier draws weights from U(+-sqrt(6 / (k*k*(in+out)))) (Glorot, Bengio 2010, eq. 16).
func xavier(w []float32, shape []int, src *random.Source) {
	limit := math.Sqrt(6 / float64(shape[2]*shape[3]*(shape[0]+shape[1])))
	for i := range w {
		w[i] = src.Uniform(limit)
	}
}

// Check reports the first tensor of s that the model lacks, wants or shapes
// otherwise. All forms pass: calibrated and not, full and of weights only.
func (m *Model) Check(s *State) error {
	full := s.Full()
	want := map[string][]int{}
	for _, n := range m.Tensors(s.Calibrated(m)) {
		if full || !IsMoment(n.Name) {
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
			return fmt.Errorf("tensor %s is unknown to this model", name)
		}
	}
	return nil
}

// Calibrated tells whether the statistics for sampling have been recorded.
func (s *State) Calibrated(m *Model) bool {
	_, ok := s.Tensors[m.Generator[0].BatchNorm+".sampling_mean"]
	return ok
}

// TrainingZ draws the z of a training step, [batch, nz].
func (m *Model) TrainingZ(seed uint64, step, batch int) *tensor.Tensor {
	z := tensor.New(batch, m.NZ)
	m.latent(z.Data, random.New(seed, random.Latent, uint64(step)))
	return z
}

// PictureZ draws the z of the pictures of seeds first, first+1, ..., [n, nz].
// It depends on the picture's seed alone, not on the run's.
func (m *Model) PictureZ(first uint64, n int) *tensor.Tensor {
	z := tensor.New(n, m.NZ)
	for i := range n {
		m.latent(z.Row(i), random.New(first+uint64(i), random.Picture, 0))
	}
	return z
}

// CalibrationZ is the 512 fixed z of calibration: those of the seeds from 2^63,
// which nobody asks for, so that no sheet shows what statistics were made of.
func (m *Model) CalibrationZ() *tensor.Tensor {
	return m.PictureZ(1<<63, config.CalibrationSize)
}

func (m *Model) latent(z []float32, src *random.Source) {
	for i := range z {
		if m.Latent == config.LatentNormal {
			z[i] = src.Normal()
		} else {
			z[i] = src.Uniform(1)
		}
	}
}
