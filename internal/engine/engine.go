// Package engine opens engines: what trains a model and generates with it on a device.
// It is the only package that imports one. Whoever needs an engine asks for it here and
// sees the interfaces below, never a device.
package engine

import (
	"fmt"

	"dcgan/internal/config"
	"dcgan/internal/cpu"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// ErrNoBF16 is in the error of Check for a machine that can't train in bf16.
var ErrNoBF16 = cpu.ErrNoBF16

// Sampler generates pictures. It is not for concurrent use.
type Sampler interface {
	// Generate returns the pictures of z, [n, nz], as [n, channels, size, size] in
	// [-1, 1], with batch norm by the statistics named (config.StatisticsCalibrated, ...).
	Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error)
	// Close releases the device.
	Close()
}

// Engine trains one model. It needs a state before anything else. It is not for
// concurrent use.
type Engine interface {
	Sampler
	// Step makes one update of D, then rates.GenUpdates of G, on one batch. It returns the
	// step's losses.
	Step(b gan.Batch, rates config.Rates) (gan.Losses, error)
	// Calibrate records the sampling statistics: each batch norm's mean and variance in
	// one forward pass of z, [n, nz], in training mode.
	Calibrate(z *tensor.Tensor) error
	// State returns everything learnt. Its numbers may last until the next call only.
	State() (*gan.State, error)
	// SetState takes over a full state that fits the settings.
	SetState(*gan.State) error
}

// Open returns an engine for validated settings. It allocates all the memory that
// training takes (MemoryNeed). Close it at the end.
func Open(c *config.Config) (Engine, error) {
	if err := Check(c); err != nil {
		return nil, err
	}
	e, err := cpu.New(c) // Check knows no other device
	if err != nil {
		return nil, err
	}
	return e, nil
}

// OpenSampler returns a sampler of a state's generator that computes batch pictures at
// a time (0: as many as suit their size) on the number of threads (0: one a core).
// Neither changes a picture. Close it at the end.
func OpenSampler(m *gan.Model, s *gan.State, batch, threads int) (Sampler, error) {
	sampler, err := cpu.NewSampler(m, s, batch, threads)
	if err != nil {
		return nil, err
	}
	return sampler, nil
}

// Check returns an error if this machine can't train with the settings.
func Check(c *config.Config) error {
	if c.Device != config.DeviceCPU {
		return config.Hint(fmt.Errorf("train on the device %q: no engine is made for it", c.Device), "the only device is cpu")
	}
	return cpu.CheckPrecision(c.Precision)
}

// MemoryNeed returns the memory in bytes that training takes at most, apart from the
// pictures of the data.
func MemoryNeed(c *config.Config) int64 { return cpu.MemoryNeed(c) }
