// Package cpu is the default engine: it trains a DCGAN on the machine's cores, and
// generates with one, in float32 (bf16.go: training's products may be in bf16).
//
// Results do not depend on the number of threads: work is cut into tasks by the
// shapes alone, and every sum has one order (see product.go, weight.go, activations.go).
// They do depend on the instruction set, within rounding (golden_test.go bounds it): AVX2, AVX-512
// and NEON give the same bits, plain Go others.
package cpu

import (
	"errors"
	"fmt"
	"runtime"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Engine trains one DCGAN. It is not for concurrent use.
type Engine struct {
	config                   config.Config
	model                    *gan.Model
	objective                gan.Objective
	machine                  *machine
	generator, discriminator *network
	painted                  *pass         // G over the step's z
	generated, real          *batch        // D over what G painted, and over the step's pictures
	pictures                 *featureMap   // the step's
	penalty                  *penalty      // nil without R1 and R2
	both                     *simultaneous // nil where the networks learn in turn
	augmented                *augmentation // nil where D sees pictures as they are
	sampler                  *Sampler      // with the same generator
	gradient                 []float32     // D's and G's in turn; between steps, a tensor of the state
	calibrated               bool
	times                    Times
	watch                    *stopwatch // nil without a profile
	rest                     account    // what belongs to no layer
}

// batch is the discriminator's side of a step: one batch of pictures, as it judges them.
type batch struct {
	*pass
	seen           *featureMap // what D saw: the pictures, or these augmented
	logits, slopes []float64   // one a picture
}

// New returns an engine for validated settings. It allocates all the memory that
// training takes (MemoryNeed) and starts the threads; it needs a state (SetState)
// before anything else, and Close at the end.
func New(c *config.Config) (*Engine, error) {
	if err := CheckPrecision(c.Precision); err != nil {
		return nil, err
	}
	return build(c, gan.NewModel(c), &memory{})
}

// build makes an engine of a model in memory, which may be one that only counts.
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

// supportsPenalty refuses R1 and R2 of a discriminator that is not piecewise linear in its pictures.
func (e *Engine) supportsPenalty() error {
	for _, l := range e.model.Discriminator {
		if e.config.Gamma > 0 && (l.BatchNorm != "" || l.Activation == gan.Tanh) {
			return fmt.Errorf("layer %s: gradient penalties need a discriminator without batch norm and tanh", l.Name)
		}
	}
	return nil
}

// makePasses makes those of a step. Where the objective does not pair the batches, D is through with the
// generated one before it sees the real one, and one pass serves both.
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

// makeSampler makes a sampler of the same generator, or of its average, in the training's own maps.
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

// Close ends the engine's threads.
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

// Calibrate records the sampling statistics: each batch norm's mean and variance
// in one forward pass of z, [n, nz], in training mode.
func (e *Engine) Calibrate(z *tensor.Tensor) error {
	if err := e.sampler.calibrate(z); err != nil {
		return err
	}
	e.calibrated = true
	return nil
}

// Generate returns the pictures of z, [n, channels, size, size] in [-1, 1], with
// batch norm by the statistics named (config.StatisticsCalibrated, ...).
func (e *Engine) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	return e.sampler.Generate(z, statistics)
}

// State returns everything learnt. Its numbers are computed as they are read, until
// the engine's next call, into the memory of the gradient, which is free then: the
// parameters with their moments are most of the engine's memory.
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

// SetState takes over a full state that fits the model.
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
