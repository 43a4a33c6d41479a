package gan

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
)

// weights lists the names of the parameters and averages of s, sorted.
func (s *State) weights() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		if k := s.Tensors[name].Kind; k == Parameter || k == Average {
			list = append(list, name)
		}
	}
	return list
}

// Fingerprint returns 32 hexadecimal digits that identify the parameters and averages of s. A full state has the same
// fingerprint as its weights (State.Weights).
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

// StartFrom returns the state before the first step of a training that starts from learnt weights. It takes the
// parameters of both networks from learnt, and everything else from Init. The average starts as the learnt average or,
// if there is none, as G's learnt weights. The error names the first tensor that does not fit.
func (m *Model) StartFrom(seed uint64, learnt *State) (*State, error) {
	s := m.Init(seed)
	trained := map[string]string{} // the parameter's name, by the names of the parameter and of its average
	for _, p := range Parameters(slices.Concat(m.Generator, m.Discriminator)) {
		trained[p.Name], trained[p.As(Average).Name] = p.Name, p.Name
	}
	from := map[string]string{}
	for _, name := range s.weights() {
		source := name
		if _, ok := learnt.Tensors[name]; !ok {
			source = trained[name]
		}
		t, ok := learnt.Tensors[source]
		if !ok {
			return nil, fmt.Errorf("tensor %s is not among the learnt weights", name)
		}
		if err := t.CheckShape(s.Tensors[name].Shape...); err != nil {
			return nil, fmt.Errorf("tensor %s: %w", name, err)
		}
		from[name] = source
	}
	for _, name := range learnt.weights() {
		if trained[name] == "" {
			return nil, unknown(name)
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
