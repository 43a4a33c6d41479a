package gan

import (
	"slices"
	"strings"
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/tensor"
)

// learnt returns a full state of a narrow model in which every tensor has numbers of its own.
func learnt(t *testing.T, change func(*config.Config)) (*Model, *State) {
	t.Helper()
	m := model(t, config.Vivid, func(c *config.Config) {
		c.Size, c.NGF, c.NDF, c.NZ = 16, 2, 2, 4
		change(c)
	})
	s := m.Init(1).Copy()
	s.UpdatesD, s.UpdatesG = 7, 7
	names := 0
	for _, n := range m.Tensors(false) {
		names++
		for i := range s.Tensors[n.Name].Data {
			s.Tensors[n.Name].Data[i] = float32(names)
		}
	}
	return m, s
}

// StartFrom takes the weights from a full state or from weights alone. Moments, statistics and counts start anew.
func TestStartFrom(t *testing.T) {
	m, full := learnt(t, func(*config.Config) {})
	for name, source := range map[string]*State{"full": full, "weights only": full.Weights()} {
		if source.Fingerprint() != full.Fingerprint() {
			t.Errorf("%s: another fingerprint", name)
		}
		s, err := m.StartFrom(9, source)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Check(s.Copy()); err != nil || !s.Full() || s.UpdatesD != 0 || s.UpdatesG != 0 {
			t.Errorf("%s: no full state at its beginning: %v", name, err)
		}
		initial := m.Init(9)
		for _, n := range m.Tensors(false) {
			kind := initial
			if !strings.HasPrefix(n.Name, "adam_") && !strings.Contains(n.Name, ".running_") {
				kind = full
			}
			want := kind.Load(n.Name).Data
			if !slices.Equal(s.Load(n.Name).Data, want) {
				t.Errorf("%s: %s is not what it should be", name, n.Name)
			}
		}
	}
	before := full.Fingerprint()
	full.Tensors["generator.deconv1.weight"].Data[3]++
	if full.Fingerprint() == before {
		t.Error("other weights have the same fingerprint")
	}
}

// The average may be missing from the learnt state or from the model. Other differences are errors that name a tensor.
func TestStartFromOtherNetworks(t *testing.T) {
	averaged, with := learnt(t, func(*config.Config) {})
	plain, without := learnt(t, func(c *config.Config) { c.Average = 0 })
	s, err := averaged.StartFrom(1, without)
	if err != nil {
		t.Fatal(err)
	}
	const name = "generator.deconv1.weight"
	if !slices.Equal(slices.Clone(s.Load("average."+name).Data), s.Load(name).Data) {
		t.Error("the average does not begin as the weights")
	}
	if _, err := plain.StartFrom(1, with); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*State){
		"tensor discriminator.conv1.weight is not among the learnt weights": func(s *State) {
			delete(s.Tensors, "discriminator.conv1.weight")
		},
		"tensor generator.deconv1.weight: shape [1], want [4 8 4 4]": func(s *State) {
			s.Tensors[name] = Tensor{Parameter, tensor.New(1)}
		},
		"tensor generator.deconv9.weight is unknown to this model": func(s *State) {
			s.Tensors["generator.deconv9.weight"] = Tensor{Parameter, tensor.New(1)}
		},
	} {
		other := with.Copy()
		change(other)
		if _, err := averaged.StartFrom(1, other); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
}
