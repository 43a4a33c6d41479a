package cpu

import (
	"testing"
	"time"
)

// The profile accounts for the whole of a step, counts the passes of a step, and does not
// change results.
func TestProfile(t *testing.T) {
	c := small(16, 8, 4)
	plain, e := newEngine(t, c), newEngine(t, c)
	e.Profile()
	steps(t, plain, 1, 2)
	steps(t, e, 1, 1)
	e.Profile()
	steps(t, e, 2, 2)
	sameState(t, "with a profile", stateOf(t, plain), stateOf(t, e))

	var sum time.Duration
	var flop int64
	for _, p := range e.PassTimes() {
		sum += p.Time
		flop += p.Flop
	}
	whole := e.Times()
	if sum > whole.Step || sum < whole.Step/2 {
		t.Errorf("the passes take %v, the step %v", sum, whole.Step)
	}
	if whole.UpdateD+5*whole.UpdateG > whole.Step {
		t.Errorf("parts of a step are more than it: %+v", whole)
	}
	// The plain count credits no reuse. The engine makes one of G's forward passes for
	// two updates, and takes no gradient where nothing learns from it: of the real and
	// the generated pictures in D's update, of z in G's.
	saved := 2*e.model.Discriminator[0].Multiplies() + 5*e.model.Generator[0].Multiplies()
	g := int64(0)
	for _, l := range e.generator.layers {
		g += l.Multiplies()
	}
	saved += g
	// Of G's last two layers it makes one: in 7 forward passes and 2 more of 5 updates.
	for i := range e.model.Generator {
		saved += 17 * e.model.Generator[i].Multiplies()
	}
	saved -= 17 * g
	if want := e.model.StepFlop(c) - 2*int64(c.Batch)*saved; flop != want {
		t.Errorf("flop of the passes %d, want %d", flop, want)
	}
}
