package gan

import (
	"math"
	"testing"

	"dcgan/internal/config"
)

// p rises while D tells more pairs apart than the target, falls while it tells fewer, stays between 0 and the bound,
// and takes 32,000 pictures from 0 to 1 whatever the batch is.
func TestControl(t *testing.T) {
	for _, c := range []struct {
		name                  string
		target, most, p, r, d float64
		pictures, batch       int
		wantP, wantR          float64
	}{
		{name: "D is far ahead", target: 0.6, most: 1, r: 1, d: 1, pictures: 6400, batch: 32, wantP: 0.2, wantR: 1},
		{name: "in batches of 8", target: 0.6, most: 1, r: 1, d: 1, pictures: 6400, batch: 8, wantP: 0.2, wantR: 1},
		{name: "for long", target: 0.6, most: 1, r: 1, d: 1, pictures: 64000, batch: 32, wantP: 0.8, wantR: 1},
		{name: "lower bound", target: 0.6, most: 0.3, r: 1, d: 1, pictures: 64000, batch: 32, wantP: 0.3, wantR: 1},
		{name: "D guesses", target: 0.6, most: 1, p: 0.5, d: 0, pictures: 6400, batch: 32, wantP: 0.3},
		{name: "D guesses for long", target: 0.6, most: 1, p: 0.5, d: 0, pictures: 64000, batch: 32},
		{name: "balance", target: 0.5, most: 1, p: 0.5, r: 0.5, d: 0.5, pictures: 640, batch: 32, wantP: 0.5, wantR: 0.5},
		// r starts at 0 and needs 7 steps to pass the target of 0.6: 1 - (7/8)^7 = 0.607.
		{name: "r is an average", target: 0.6, most: 1, d: 1, pictures: 8 * 32, batch: 32, wantP: 2 * 0.001, wantR: 0.656},
		{name: "of a large batch", target: 0.6, most: 1, d: 1, pictures: 512, batch: 512, wantP: 0.016, wantR: 1},
	} {
		control := Control{Target: c.target, P: float32(c.p), Sign: float32(c.r)}
		control.Bound(c.most)
		for range c.pictures / c.batch {
			control.Observe(c.d, c.batch)
		}
		if p, r := float64(control.P), float64(control.Sign); math.Abs(p-c.wantP) > 1e-4 || math.Abs(r-c.wantR) > 1e-3 {
			t.Errorf("%s: p is %g and r %g, want %g and %g", c.name, p, r, c.wantP, c.wantR)
		}
	}
}

// The state of a model whose augmentation follows a target has the control's numbers, in a full state and in one of
// weights only. They start at 0. Other states lack them.
func TestControlIsInTheState(t *testing.T) {
	c, err := config.Recipe(config.Vivid)
	if err != nil {
		t.Fatal(err)
	}
	if s := NewModel(c).Init(1); s.Load(ControlP.Name) != nil || s.Load(ControlSign.Name) != nil {
		t.Error("there is a control's state without a target")
	}
	c.AugmentTarget = 0.6
	m := NewModel(c)
	s := m.Init(1)
	for _, name := range []string{ControlP.Name, ControlSign.Name} {
		if x := s.Load(name); x == nil || len(x.Data) != 1 || x.Data[0] != 0 {
			t.Errorf("%s begins as %v", name, x)
		}
	}
	if err := m.Check(s.Weights()); err != nil {
		t.Error(err)
	}
	delete(s.Tensors, ControlSign.Name)
	if m.Check(s) == nil {
		t.Error("a state without the sign is taken for one")
	}
}
