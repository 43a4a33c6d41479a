package gan

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
)

// Figure is one of the numbers that describe a step. Its String is its name in metrics.jsonl
// and in TensorBoard.
type Figure uint8

// The figures in the order in which they are written. x is D's logit of a real picture, and g
// its logit of a generated one. Means are over the batch.
const (
	LossD            Figure = iota // D's loss
	LossDOnReal                    // its part from the real batch, nats
	LossDOnGenerated               // its part from the generated batch, nats
	LossG                          // G's loss
	VerdictReal                    // mean of sigmoid(x)
	VerdictGenerated               // mean of sigmoid(g)
	Margin                         // mean of x - g over pairs
	MarginSign                     // mean of the sign of x - g over pairs, from -1 to 1
	PenaltyR1                      // mean squared norm of the gradient of x with respect to the picture
	PenaltyR2                      // mean squared norm of the gradient of g with respect to the picture
	AugmentP                       // the probability of each of D's transforms, if it follows a target
	figures
)

var figureNames = [figures]string{
	"discriminator_loss", "discriminator_loss_on_real", "discriminator_loss_on_generated", "generator_loss",
	"d_x", "d_gz", "d_margin", "d_sign", "r1", "r2", "augment_p",
}

func (f Figure) String() string { return figureNames[f] }

// Losses holds the figures of one step: those that its objective and settings define. The zero
// value has no figures. Copies share no memory.
type Losses struct {
	values [figures]float64
	has    [figures]bool
}

// Set gives a figure its value.
func (l *Losses) Set(f Figure, v float64) { l.values[f], l.has[f] = v, true }

// Has reports whether l has a figure.
func (l *Losses) Has(f Figure) bool { return l.has[f] }

// Value returns a figure's value; it is 0 where l does not have the figure.
func (l *Losses) Value(f Figure) float64 { return l.values[f] }

// All yields the figures that l has, with their values, in the order of the constants.
func (l *Losses) All() iter.Seq2[Figure, float64] {
	return func(yield func(Figure, float64) bool) {
		for f := range figures {
			if l.has[f] && !yield(f, l.values[f]) {
				return
			}
		}
	}
}

// Map returns the values of the figures that l has, by name.
func (l *Losses) Map() map[string]float64 {
	m := map[string]float64{}
	for f, v := range l.All() {
		m[f.String()] = v
	}
	return m
}

// Finite reports whether every figure is a number.
func (l *Losses) Finite() bool {
	for _, v := range l.values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// MarshalJSON writes l as an object of names and values.
func (l Losses) MarshalJSON() ([]byte, error) {
	text := []byte("{")
	for f, v := range l.All() {
		value, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f, err)
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, "%q:%s", f.String(), value)
	}
	return append(text, '}'), nil
}

// UnmarshalJSON reads the figures from an object. It ignores other fields.
func (l *Losses) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	*l = Losses{}
	for f := range figures {
		field, ok := fields[f.String()]
		if !ok {
			continue
		}
		if err := json.Unmarshal(field, &l.values[f]); err != nil {
			return fmt.Errorf("read %s: %w", f, err)
		}
		l.has[f] = true
	}
	return nil
}
