// Package cpu is the default engine: one training step of a DCGAN on the
// machine's cores.
package cpu

import (
	"errors"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Engine trains one DCGAN.
type Engine struct{}

// New returns an engine for validated settings, without a state.
func New(c *config.Config) (*Engine, error) { return nil, errors.New("cpu: no engine yet") }

// Close ends the engine's threads.
func (e *Engine) Close() {}

// Step makes one update of D and the settings' number of updates of G on a batch
// of pictures, [n, channels, size, size], and of z, [n, nz]; it returns the losses evaluated after it.
func (e *Engine) Step(real, z *tensor.Tensor) (gan.Losses, error) { return gan.Losses{}, nil }

// Calibrate records the sampling statistics: those of one forward pass of z in training mode.
func (e *Engine) Calibrate(z *tensor.Tensor) error { return nil }

// Generate returns the pictures of z, [n, channels, size, size], with batch norm
// by the statistics named (config.StatisticsCalibrated, ...).
func (e *Engine) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) { return nil, nil }

// State returns a copy of everything learnt.
func (e *Engine) State() (*gan.State, error) { return nil, nil }

// SetState takes over a state that fits the model.
func (e *Engine) SetState(s *gan.State) error { return nil }

// Sampler generates pictures with a trained generator.
type Sampler struct{}

// NewSampler returns a sampler of a state's generator, on so many threads (0: one a core).
func NewSampler(m *gan.Model, s *gan.State, threads int) (*Sampler, error) { return nil, errors.New("cpu: no sampler yet") }

// Generate is Engine.Generate.
func (s *Sampler) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) { return nil, nil }

// Close ends the sampler's threads.
func (s *Sampler) Close() {}

// MemoryNeed is the resident memory that training takes at most, in bytes.
func MemoryNeed(c *config.Config) int64 { return 0 }
