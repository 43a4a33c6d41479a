package gan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// isWeight reports whether the tensor of a name is learnt weights, averaged ones included: neither a moment of Adam
// nor a statistic nor the augmentation's.
func isWeight(name string) bool {
	return !IsMoment(name) && !strings.Contains(name, ".running_") && !strings.Contains(name, ".sampling_") &&
		name != ControlP && name != ControlSign
}

// weights lists the names of the learnt weights of s, in order.
func (s *State) weights() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Tensors)), func(name string) bool { return !isWeight(name) })
}

// Fingerprint identifies the learnt weights of s, averaged ones included. A full state and its weights alone have the same.
func (s *State) Fingerprint() string {
	h := sha256.New()
	var bits [4]byte
	for _, name := range s.weights() {
		t := s.Load(name)
		fmt.Fprintln(h, name, t.Shape)
		for _, v := range t.Data {
			binary.LittleEndian.PutUint32(bits[:], math.Float32bits(v))
			h.Write(bits[:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// StartFrom returns the state before the first step of a training that starts from learnt weights: those of both
// networks, with everything else as Init has it. The average begins as the learnt one or, without, as G's weights.
// It returns an error that names the first tensor that does not fit.
func (m *Model) StartFrom(seed uint64, learnt *State) (*State, error) {
	s := m.Init(seed)
	from := map[string]string{}
	for _, name := range s.weights() {
		source := name
		if learnt.Tensors[name] == nil {
			source = strings.TrimPrefix(name, AveragePrefix)
		}
		t := learnt.Tensors[source]
		if t == nil {
			return nil, fmt.Errorf("tensor %s is not among the learnt weights", name)
		}
		if err := t.CheckShape(s.Tensors[name].Shape...); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		from[name] = source
	}
	for _, name := range learnt.weights() {
		if s.Tensors[strings.TrimPrefix(name, AveragePrefix)] == nil {
			return nil, fmt.Errorf("tensor %s is unknown to this model", name)
		}
	}
	initial := s.Fill
	s.Fill = func(name string, dst []float32) {
		if source, ok := from[name]; ok {
			copy(dst, learnt.Load(source).Data)
		} else {
			initial(name, dst)
		}
	}
	return s, nil
}
