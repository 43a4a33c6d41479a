// Package cpu is the default engine. It trains the networks of a gan.Model on the
// machine's cores and generates pictures with them, in float32. Training may use bf16
// in products (bf16.go).
//
// Results do not depend on the number of threads: the shapes alone determine how work
// is cut into tasks, and every sum has a fixed order (product.go, weight.go,
// activations.go). Results depend on the instruction set, within rounding, which
// golden_test.go bounds. AVX2, AVX-512 and NEON give the same bits, and plain Go others.
package cpu

import (
	"errors"
	"fmt"
	"runtime"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Engine trains one model. It is not safe for concurrent use.
type Engine struct {
	config                   config.Config
	model                    *gan.Model
	objective                gan.Objective
	machine                  *machine
	generator, discriminator *network
	painted                  *pass         // G's pass over the step's z
	generated, real          *batch        // D's passes over G's pictures and over the step's pictures
	pictures                 *featureMap   // the step's pictures
	penalty                  *penalty      // nil without R1 and R2
	both                     *simultaneous // nil if the networks learn in turn
	augmented                *augmentation // nil if D sees unchanged pictures
	sampler                  *Sampler      // of the same generator
	gradient                 []float32     // D's and G's in turn; between steps, State's buffer
	calibrated               bool
	times                    Times
	watch                    *stopwatch // nil without a profile
	rest                     account    // time spent outside the layers
}

// batch is D's pass over one batch of a step's pictures, with the logits and their slopes.
type batch struct {
	*pass
	seen           *featureMap // D's input: the pictures, augmented or not
	logits, slopes []float64   // one a picture
}

// New returns an engine for validated settings. It allocates all the memory that
// training takes (MemoryNeed) and starts the threads. Call SetState before any other
// method, and Close at the end.
func New(c *config.Config) (*Engine, error) {
	if err := CheckPrecision(c.Precision); err != nil {
		return nil, err
	}
	return build(c, gan.NewModel(c), &memory{})
}

// build returns an engine for a model. It allocates from memory, which may only count.
func build(c *config.Config, model *gan.Model, memory *memory) (*Engine, error) {
	e := &Engine{config: *c, model: model}
	if err := supportsModel(e.model); err != nil {
		return nil, err
	}
	var err error
	if e.objective, err = gan.NewObjective(c.Loss); err != nil {
		return nil, err
	}
	augmentation, err := gan.NewAugmentation(c.Augment, c.AugmentBorder)
	if err != nil {
		return nil, err
	}
	if err := e.supportsPenalty(); err != nil {
		return nil, err
	}
	pixel := picturePixelOf(e.model)
	g, d := generatorPlans(e.model, pixel), discriminatorPlans(e.model, pixel)
	e.machine = newMachine(memory, threadsOf(c.Threads), formOf(c.Exact, c.Precision), g, d)
	e.generator = newNetwork(e.model.Generator, g, e.machine)
	e.discriminator = newNetwork(e.model.Discriminator, d, e.machine)
	e.gradient = memory.floats(max(e.generator.len(), e.discriminator.len(), largest(e.model)))
	for _, net := range e.networks() {
		net.allocate(e.gradient, true)
	}
	if e.model.Averaged {
		e.generator.allocateAverage()
	}
	e.makePasses(pixel, augmentation)
	e.makeSampler(g)
	return e, nil
}

// supportsPenalty returns an error if R1 and R2 are on and the discriminator is not piecewise linear in its pictures.
func (e *Engine) supportsPenalty() error {
	for _, l := range e.model.Discriminator {
		if e.config.Gamma > 0 && (l.BatchNorm != "" || l.Activation == gan.Tanh) {
			return fmt.Errorf("layer %s: gradient penalties need a discriminator without batch norm and tanh", l.Name)
		}
	}
	return nil
}

// makePasses allocates what a step needs besides the networks: the passes, the step's pictures, the penalty and the
// augmentation. If the objective is unpaired, D finishes the generated batch before it sees the real one, and both
// share a pass.
func (e *Engine) makePasses(pixel int, augmentation gan.Augmentation) {
	c := &e.config
	e.painted = newTrainingPass(e.generator, c.Batch)
	onGenerated := newTrainingPass(e.discriminator, c.Batch)
	onReal := onGenerated
	if e.objective.Paired() {
		onReal = newTrainingPass(e.discriminator, c.Batch)
	}
	e.generated, e.real = newBatch(onGenerated, c.Batch), newBatch(onReal, c.Batch)
	if c.Updates == config.UpdatesSimultaneous {
		e.both = newSimultaneous(c.Batch, e.machine.pool)
	}
	if c.Gamma > 0 {
		e.penalty = newPenalty(e.discriminator, c.Batch)
	}
	e.pictures = newFeatureMap(e.machine.memory, c.Batch, c.Channels, c.Size, pixel)
	if len(augmentation) > 0 {
		e.augmented = newAugmentation(augmentation, c.Seed, c.Batch, e.machine.pool)
		if e.model.Controlled {
			e.augmented.control = &gan.Control{Target: c.AugmentTarget}
		}
	}
}

func newBatch(p *pass, n int) *batch {
	return &batch{pass: p, logits: make([]float64, n), slopes: make([]float64, n)}
}

// makeSampler makes the sampler of the generator or of its average. It shares the maps of the training.
func (e *Engine) makeSampler(plans []plan) {
	net := newNetwork(e.model.Generator, plans, e.machine.sampling())
	net.share(e.generator)
	e.sampler = newSampler(e.model, net, e.painted.maps(), chunkOf(e.config.Size, e.config.Batch))
}

func (e *Engine) networks() []*network { return []*network{e.generator, e.discriminator} }

func threadsOf(setting int) int {
	if setting > 0 {
		return setting
	}
	return runtime.GOMAXPROCS(0)
}

// Close stops the engine's threads.
func (e *Engine) Close() { e.machine.pool.Close() }

func (e *Engine) checkBatch(b gan.Batch) error {
	c := &e.config
	if err := b.Real.CheckShape(c.Batch, c.Channels, c.Size, c.Size); err != nil {
		return fmt.Errorf("step: pictures: %w", err)
	}
	if err := b.Z.CheckShape(c.Batch, c.NZ); err != nil {
		return fmt.Errorf("step: z: %w", err)
	}
	return nil
}

// Calibrate records the statistics for sampling: the mean and variance of each of G's
// batch norms in one forward pass of z, [n, nz], in training mode.
func (e *Engine) Calibrate(z *tensor.Tensor) error {
	if err := e.sampler.calibrate(z); err != nil {
		return err
	}
	e.calibrated = true
	return nil
}

// Generate returns the pictures of z, [n, nz], as [n, channels, size, size] in [-1, 1].
// statistics says what batch norms normalise by (config.StatisticsCalibrated, ...).
func (e *Engine) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	return e.sampler.Generate(z, statistics)
}

// State returns everything that the engine has learnt. The state is valid until the
// engine's next call. Its Load converts one tensor at a time into the memory of the
// gradient, which is free between steps. A copy would take most of the engine's memory
// again, since parameters and moments are most of it.
func (e *Engine) State() (*gan.State, error) {
	s := &gan.State{
		Tensors:  map[string]gan.Tensor{},
		UpdatesD: e.discriminator.updates, UpdatesG: e.generator.updates,
	}
	fill := map[string]func(dst []float32){}
	add := func(n gan.Named, f func(dst []float32)) {
		s.Tensors[n.Name], fill[n.Name] = gan.Tensor{Kind: n.Kind, Tensor: &tensor.Tensor{Shape: n.Shape}}, f
	}
	for _, net := range e.networks() {
		calibrated := net == e.generator && e.calibrated // D is never sampled from
		net.state(func(n gan.Named, f func(dst []float32)) {
			if !n.Kind.Sampling() || calibrated {
				add(n, f)
			}
		})
	}
	if e.model.Controlled {
		control := e.augmented.control
		add(gan.ControlP, func(dst []float32) { dst[0] = control.P })
		add(gan.ControlSign, func(dst []float32) { dst[0] = control.Sign })
	}
	s.Fill = func(name string, dst []float32) { fill[name](dst) }
	s.Buffer = e.gradient
	return s, nil
}

// largest returns the number of elements of the model's largest tensor.
func largest(m *gan.Model) (most int) {
	for _, p := range m.Tensors(false) {
		most = max(most, tensor.Size(p.Shape))
	}
	return most
}

// SetState sets the engine's state to s, which must be full and fit the model.
func (e *Engine) SetState(s *gan.State) error {
	if err := e.model.Check(s); err != nil {
		return fmt.Errorf("take over a state: %w", err)
	}
	if !s.Full() {
		return errors.New("take over a state: it has weights only, without Adam's moments")
	}
	s.Buffer = e.gradient
	e.generator.setState(s)
	e.discriminator.setState(s)
	if e.model.Controlled {
		control := e.augmented.control
		control.P, control.Sign = s.Load(gan.ControlP.Name).Data[0], s.Load(gan.ControlSign.Name).Data[0]
	}
	s.Buffer = nil
	e.generator.updates, e.discriminator.updates = s.UpdatesG, s.UpdatesD
	e.generator.tracked, e.discriminator.tracked = s.UpdatesG, 2*s.UpdatesD // as Step tracks
	e.calibrated = s.Calibrated(e.model)
	e.sampler.calibrated = e.calibrated
	return nil
}
