// How long a training step takes.

package train

import (
	"context"
	"errors"
	"time"

	"dcgan/internal/config"
	"dcgan/internal/dataset"
	"dcgan/internal/engine"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// timingSpan is how long steps are measured for, at least one of them.
const timingSpan = 3 * time.Second

// StepTime returns the time of a training step on the pictures of a set, in seconds. It
// measures real steps after a first one, which touches all memory for the first time.
func StepTime(ctx context.Context, c *config.Config, set *dataset.Set) (float64, error) {
	return stepTime(ctx, c, set, timingSpan)
}

// stepTime is StepTime with steps that take span together.
func stepTime(ctx context.Context, c *config.Config, set *dataset.Set, span time.Duration) (float64, error) {
	e, err := engine.Open(c)
	if err != nil {
		return 0, err
	}
	defer e.Close()
	model := gan.NewModel(c)
	if err := e.SetState(model.Init(c.Seed)); err != nil {
		return 0, err
	}
	order := dataset.Order{Seed: c.Seed, N: set.Len()}
	real := tensor.New(c.Batch, c.Channels, c.Size, c.Size)
	var began time.Time
	for step := 1; ; step++ {
		if err := errors.Join(ctx.Err(), set.Batch(real, order.Indices(step, c.Batch))); err != nil {
			return 0, err
		}
		batch := gan.Batch{Real: real, Z: model.TrainingZ(c.Seed, step, c.Batch)}
		if _, err := e.Step(batch, c.RatesAt(step)); err != nil {
			return 0, err
		}
		if step == 1 {
			began = time.Now()
		} else if took := time.Since(began); took >= span {
			return took.Seconds() / float64(step-1), nil
		}
	}
}
