package cpu

import (
	"testing"

	"dcgan/internal/config"
	"dcgan/internal/gan"
)

// The control's numbers are part of the state. An engine that takes the state over augments as the first one does, and
// reports the p of each step.
func TestControlGoesOn(t *testing.T) {
	for _, loss := range []string{config.LossRelativistic, config.LossSigmoid} {
		t.Run(loss, func(t *testing.T) {
			c := controlled(16, 8, 4)
			c.Loss = loss
			a, b, calm := newEngine(t, c), newEngine(t, c), newEngine(t, c)
			s := a.model.Init(c.Seed).Copy()
			s.Tensors[gan.ControlP.Name].Data[0], s.Tensors[gan.ControlSign.Name].Data[0] = 0.5, 0.9
			if err := a.SetState(s); err != nil {
				t.Fatal(err)
			}
			l := steps(t, a, 1, 1)
			if p := l.Value(gan.AugmentP); p != 0.5 {
				t.Errorf("the first step's p is %g, want 0.5", p)
			}
			if unseen := steps(t, calm, 1, 1); unseen.Value(gan.LossD) == l.Value(gan.LossD) {
				t.Error("D's loss at p 0 is that at p 0.5")
			}
			steps(t, b, 1, 3) // leaves other numbers in b
			if err := b.SetState(stateOf(t, a)); err != nil {
				t.Fatal(err)
			}
			la, lb := steps(t, a, 2, 4), steps(t, b, 2, 4)
			if p := la.Value(gan.AugmentP); la != lb || p == 0.5 {
				t.Errorf("losses %v and %v, with p %g", la, lb, p)
			}
			sameState(t, "after three more steps", stateOf(t, a), stateOf(t, b))
		})
	}
}

// The setting bounds a controlled p. It may change from step to step.
func TestBoundOfControl(t *testing.T) {
	c := controlled(16, 8, 4)
	c.Changes = []config.Change{
		{Step: 2, Setting: config.KeyAugmentP, Value: 0.25}, {Step: 3, Setting: config.KeyAugmentP, Value: 0},
	}
	e := newEngine(t, c)
	s := e.model.Init(c.Seed).Copy()
	s.Tensors[gan.ControlP.Name].Data[0] = 0.5
	if err := e.SetState(s); err != nil {
		t.Fatal(err)
	}
	for step, want := range []float64{0.5, 0.25, 0} {
		l := steps(t, e, step+1, step+1)
		if p := l.Value(gan.AugmentP); p != want {
			t.Errorf("step %d has p %g, want %g", step+1, p, want)
		}
	}
}

// A fixed p is not among a step's figures.
func TestFixedAugmentation(t *testing.T) {
	c := vivid(16, 8, 4)
	c.Augment, c.AugmentP = config.AugmentDiff, 1
	always := newEngine(t, c)
	c.AugmentP = 0
	never := newEngine(t, c)
	c.Augment = config.AugmentNone
	none := newEngine(t, c)
	first := steps(t, always, 1, 1)
	if first.Has(gan.AugmentP) {
		t.Error("a fixed p is reported")
	}
	if a, b := steps(t, never, 1, 3), steps(t, none, 1, 3); a != b || a == first {
		t.Errorf("with p 0 the losses are %v, without augmentation %v", a, b)
	}
}
