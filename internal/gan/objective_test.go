package gan

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

func objective(t *testing.T, name string) Objective {
	t.Helper()
	o, err := NewObjective(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func figure(l Losses, f Figure) float64 { return l.Value(f) }

// Logits of a real and of a generated batch. None lies at a kink of the hinge loss.
var (
	someReal      = []float64{0.3, -1.7, 2.4, 0.9, 5.5}
	someGenerated = []float64{-0.6, 1.1, -3.2, 0.05, -0.999}
)

const someSmoothing = 0.25

// Every slope agrees with a central difference of the loss that Evaluate returns.
func TestSlopesAreDerivatives(t *testing.T) {
	for _, o := range objectives {
		t.Run(o.Name, func(t *testing.T) {
			real, generated := slices.Clone(someReal), slices.Clone(someGenerated)
			dreal, dgenerated := make([]float64, len(real)), make([]float64, len(generated))
			o.DiscriminatorSlopes(dreal, dgenerated, real, generated, someSmoothing)
			d := func() float64 { return figure(o.Evaluate(real, generated, someSmoothing), LossD) }
			compareSlopes(t, "D's on real", dreal, real, d)
			compareSlopes(t, "D's on generated", dgenerated, generated, d)
			o.GeneratorSlopes(dgenerated, real, generated)
			compareSlopes(t, "G's", dgenerated, generated, func() float64 {
				return figure(o.Evaluate(real, generated, someSmoothing), LossG)
			})
		})
	}
}

// compareSlopes compares slopes with central differences of a loss in each logit.
func compareSlopes(t *testing.T, what string, slopes, logits []float64, loss func() float64) {
	t.Helper()
	const step = 1e-5 // the error of a central difference is about step^2, its rounding 1e-16/step
	for i, x := range logits {
		logits[i] = x + step
		up := loss()
		logits[i] = x - step
		down := loss()
		logits[i] = x
		if want := (up - down) / (2 * step); math.Abs(slopes[i]-want) > 1e-9 {
			t.Errorf("%s slope at logit %d, %g: %.12g, the difference is %.12g", what, i, x, slopes[i], want)
		}
	}
}

// The slopes of one batch of an unpaired objective do not depend on the other batch.
func TestHalvesOfUnpairedObjectives(t *testing.T) {
	for _, o := range objectives {
		n := len(someReal)
		dreal, dgenerated, alone := make([]float64, n), make([]float64, n), make([]float64, n)
		if o.Paired() {
			continue
		}
		o.DiscriminatorSlopes(dreal, dgenerated, someReal, someGenerated, someSmoothing)
		if o.DiscriminatorSlopes(alone, nil, someReal, nil, someSmoothing); !slices.Equal(alone, dreal) {
			t.Errorf("%s: the slopes on real pictures alone differ", o.Name)
		}
		if o.DiscriminatorSlopes(nil, alone, nil, someGenerated, someSmoothing); !slices.Equal(alone, dgenerated) {
			t.Errorf("%s: the slopes on generated pictures alone differ", o.Name)
		}
		o.GeneratorSlopes(dgenerated, someReal, someGenerated)
		if o.GeneratorSlopes(alone, nil, someGenerated); !slices.Equal(alone, dgenerated) {
			t.Errorf("%s: G's slopes differ without real pictures", o.Name)
		}
	}
}

// The reference's objective is exact to the last bit, so that trainings keep their bytes.
func TestSigmoidObjectiveIsExact(t *testing.T) {
	o := objective(t, Sigmoid)
	const n = 7.0
	real := []float64{0, 1e-3, -0.1, 3.25, -17.5, 40, -90}
	generated := []float64{-90, 40, 17.5, -3.25, 0.1, -1e-3, 0}
	dreal, dgenerated, dfooled := make([]float64, n), make([]float64, n), make([]float64, n)
	o.DiscriminatorSlopes(dreal, dgenerated, real, generated, 0.25)
	o.GeneratorSlopes(dfooled, nil, generated)
	var onReal, onGenerated, fooled, dx, dgz float64
	for i := range real {
		x, g := real[i], generated[i]
		sx, sg := 1/(1+math.Exp(-x)), 1/(1+math.Exp(-g))
		if dreal[i] != (sx-0.875)/n || dgenerated[i] != (sg-0)/n || dfooled[i] != (sg-1)/n {
			t.Errorf("slopes at %g and %g are %g, %g, %g", x, g, dreal[i], dgenerated[i], dfooled[i])
		}
		onReal += max(x, 0) - x*0.875 + math.Log1p(math.Exp(-math.Abs(x)))
		onGenerated += max(g, 0) - g*0 + math.Log1p(math.Exp(-math.Abs(g)))
		fooled += max(g, 0) - g*1 + math.Log1p(math.Exp(-math.Abs(g)))
		dx += sx
		dgz += sg
	}
	want := map[Figure]float64{
		LossD: onReal/n + onGenerated/n, LossDOnReal: onReal / n, LossDOnGenerated: onGenerated / n,
		LossG: fooled / n, VerdictReal: dx / n, VerdictGenerated: dgz / n,
	}
	got := o.Evaluate(real, generated, 0.25)
	if figures := maps.Collect(got.All()); !maps.Equal(figures, want) {
		t.Errorf("figures %v, want %v", figures, want)
	}
}

// Logits of large magnitude give the losses' asymptotes and bounded slopes, never a NaN.
func TestExtremeLogits(t *testing.T) {
	for _, o := range objectives {
		for _, x := range []float64{-1e300, -1e4, -800, -40, 0, 40, 800, 1e4, 1e300} {
			real, generated := []float64{x}, []float64{-x / 2}
			d := []float64{0, 0, 0}
			o.DiscriminatorSlopes(d[:1], d[1:2], real, generated, 0)
			o.GeneratorSlopes(d[2:], real, generated)
			l := o.Evaluate(real, generated, 0)
			for _, v := range d {
				if !(math.Abs(v) <= 1) {
					t.Errorf("%s: slopes at %g are %v", o.Name, x, d)
				}
			}
			if !l.Finite() {
				t.Errorf("%s: losses at %g are %+v", o.Name, x, l)
			}
		}
	}
	r := objective(t, Relativistic)
	l := r.Evaluate([]float64{-500, 1}, []float64{500, 1}, 0)
	want := map[Figure]float64{
		LossD: (1000 + math.Ln2) / 2, LossG: math.Ln2 / 2, Margin: -500, MarginSign: -0.5,
	}
	if got := maps.Collect(l.All()); !maps.Equal(got, want) {
		t.Errorf("relativistic figures of margins of -1000 and 0 are %v, want %v", got, want)
	}
	// A slope in the far tail keeps its digits.
	d := make([]float64, 2)
	r.DiscriminatorSlopes(d[:1], d[1:], []float64{50}, []float64{-50}, 0)
	if want := math.Exp(-100); math.Abs(-d[0]/want-1) > 1e-12 || d[1] != -d[0] {
		t.Errorf("relativistic slopes of a margin of 100 are %g and %g, want -+%g", d[0], d[1], want)
	}
}

func TestUnknownObjective(t *testing.T) {
	if _, err := NewObjective("least-squares"); err == nil || !strings.Contains(err.Error(), "least-squares") {
		t.Errorf("an unknown objective gives %v", err)
	}
}

// An objective allocates nothing.
func TestObjectivesAllocateNothing(t *testing.T) {
	d := make([]float64, len(someReal))
	for _, o := range objectives {
		if n := testing.AllocsPerRun(10, func() {
			o.DiscriminatorSlopes(d, d, someReal, someGenerated, 0)
			o.GeneratorSlopes(d, someReal, someGenerated)
			_ = o.Evaluate(someReal, someGenerated, 0)
		}); n != 0 {
			t.Errorf("%s: %g allocations", o.Name, n)
		}
	}
}

// PyTorch's autograd gives the same losses and slopes (testdata/golden/objectives_torch.py).
func TestObjectivesAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("../../testdata/golden/objectives.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Objective         string
		Real, Generated   []float64
		Smoothing         float64
		DiscriminatorLoss float64   `json:"discriminator_loss"`
		GeneratorLoss     float64   `json:"generator_loss"`
		DReal             []float64 `json:"d_real"`
		DGenerated        []float64 `json:"d_generated"`
		GGenerated        []float64 `json:"g_generated"`
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3*len(objectives) {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		o := objective(t, r.Objective)
		dreal, dgenerated := make([]float64, len(r.Real)), make([]float64, len(r.Generated))
		l := o.Evaluate(r.Real, r.Generated, r.Smoothing)
		compareClose(t, r.Objective+"'s losses", []float64{l.Value(LossD), l.Value(LossG)},
			[]float64{r.DiscriminatorLoss, r.GeneratorLoss})
		o.DiscriminatorSlopes(dreal, dgenerated, r.Real, r.Generated, r.Smoothing)
		compareClose(t, r.Objective+"'s slopes of D on real", dreal, r.DReal)
		compareClose(t, r.Objective+"'s slopes of D on generated", dgenerated, r.DGenerated)
		o.GeneratorSlopes(dgenerated, r.Real, r.Generated)
		compareClose(t, r.Objective+"'s slopes of G", dgenerated, r.GGenerated)
	}
}

// compareClose compares numbers to a few roundings, relative to the larger of 1 and the number.
func compareClose(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > 4e-15*max(1, math.Abs(want[i])) {
			t.Errorf("%s: number %d is %.17g, want %.17g", what, i, got[i], want[i])
		}
	}
}

// UnmarshalJSON reads what MarshalJSON writes, also from an object with other fields.
func TestLossesAsJSON(t *testing.T) {
	var l, again Losses
	l.Set(PenaltyR1, 1e-9)
	l.Set(LossD, 1.25)
	l.Set(LossG, 0)
	text, err := json.Marshal(l)
	if want := `{"discriminator_loss":1.25,"generator_loss":0,"r1":1e-9}`; err != nil || string(text) != want {
		t.Errorf("%s (%v), want %s", text, err, want)
	}
	more := `{"step":7,` + string(text[1:])
	if err := json.Unmarshal([]byte(more), &again); err != nil || again != l {
		t.Errorf("read %v (%v), want %v", again, err, l)
	}
	l.Set(PenaltyR2, math.NaN())
	if _, err := json.Marshal(l); err == nil || l.Finite() {
		t.Error("a figure that is no number is written")
	}
}
