package cpu

import (
	"fmt"
	"math"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Sampler generates pictures with a trained generator. It is not safe for concurrent use.
type Sampler struct {
	model      *gan.Model
	net        *network
	pass       *pass // over a chunk of pictures
	maps       maps  // the memory of passes; pass uses that of the first pictures
	calibrated bool
}

// NewSampler returns a sampler of a state's generator. It computes batch pictures at a
// time (0: a number that suits the size) on a number of threads (0: one a core). Neither
// number changes a picture. Call Close at the end.
func NewSampler(model *gan.Model, s *gan.State, batch, threads int) (*Sampler, error) {
	if err := model.Check(s); err != nil {
		return nil, fmt.Errorf("take over a state: %w", err)
	}
	if err := supportsModel(model); err != nil {
		return nil, err
	}
	if batch == 0 {
		batch = chunkOf(model.Size, math.MaxInt)
	}
	plans := generatorPlans(model, picturePixelOf(model))
	f := formOf(model.Exact, config.PrecisionFP32)
	m := newMachine(&memory{}, threadsOf(threads), f, plans)
	net := newNetwork(model.Generator, plans, m)
	net.allocate(nil, false)
	net.setState(s)
	net.transposeOnce()
	r := newSampler(model, net, newMaps(net.plans, batch, m.memory), batch)
	r.calibrated = s.Calibrated(model)
	return r, nil
}

// newSampler returns a sampler that computes chunks of that many pictures in the maps v, which must be large enough. It
// overwrites v, which may be the maps of a training between two steps.
func newSampler(model *gan.Model, net *network, v maps, chunk int) *Sampler {
	return &Sampler{model: model, net: net, pass: newPass(net, v.first(chunk)), maps: v}
}

// chunkOf returns the number of pictures to compute at a time, at most most. It is 32 up
// to 64x64, so that the work on weights is shared by many pictures, and smaller above,
// since maps grow. It divides the number of z of the calibration, a power of two.
func chunkOf(size, most int) int {
	n := min(32, max(1, 32*64/size))
	for n > most {
		n /= 2
	}
	return n
}

// Close ends the sampler's threads.
func (s *Sampler) Close() { s.net.machine.pool.Close() }

// Generate returns the pictures of z, [n, channels, size, size] in [-1, 1], with
// batch norm by the statistics named (config.StatisticsCalibrated, ...).
func (s *Sampler) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	if err := z.CheckShape(z.Shape[0], s.model.NZ); err != nil {
		return nil, fmt.Errorf("generate: z: %w", err)
	}
	p, by := s.pass, ofSampling
	switch statistics {
	case config.StatisticsCalibrated:
		if !s.calibrated {
			return nil, fmt.Errorf("generate: the model has no calibrated statistics")
		}
	case config.StatisticsMoving:
		if s.model.Averaged {
			return nil, fmt.Errorf("generate: the moving statistics are those of the trained weights, not of their averages")
		}
		by = ofRunning
	case config.StatisticsBatch: // all pictures in one batch
		by = ofBatch
		p = s.over(z.Shape[0])
	default:
		return nil, fmt.Errorf("generate: no statistics are called %q", statistics)
	}
	pictures := tensor.New(z.Shape[0], s.model.Channels, s.model.Size, s.model.Size)
	s.chunks(p, z, func(p *pass, from int) {
		p.forward(p.input, by)
		for i := range p.input.n {
			p.output().get(i, pictures.Row(from+i))
		}
	})
	return pictures, nil
}

// over returns a pass over batches of n pictures.
func (s *Sampler) over(n int) *pass {
	v := s.maps
	if n > v[0].n {
		v = newMaps(s.net.plans, n, s.net.machine.memory)
	}
	return newPass(s.net, v.first(n))
}

// chunks calls do for each chunk of z, with a pass whose input is the chunk: p, or a
// smaller pass for a short last chunk.
func (s *Sampler) chunks(p *pass, z *tensor.Tensor, do func(p *pass, from int)) {
	for from := 0; from < z.Shape[0]; from += p.input.n {
		if left := z.Shape[0] - from; left < p.input.n {
			p = s.over(left)
		}
		for i := range p.input.n {
			p.input.setImage(i, z.Row(from+i))
		}
		do(p, from)
	}
}

// calibrate records each batch norm's mean and variance over all of z, [n, nz], in
// training mode. n must be a multiple of the chunk. The statistics of a layer depend on
// those of the layers below over all of z. calibrate therefore loops over the layers
// and, for each layer, over the chunks, so that it never holds the maps of all of z.
func (s *Sampler) calibrate(z *tensor.Tensor) error {
	if z.Shape[0]%s.pass.input.n != 0 {
		return fmt.Errorf("calibrate: %d z are no multiple of %d", z.Shape[0], s.pass.input.n)
	}
	s.net.derive()
	for i, l := range s.pass.layers {
		if l.norm == nil {
			continue
		}
		sums := make([]moments, l.x.blocks)
		s.chunks(s.pass, z, func(*pass, int) {
			s.pass.forwardFirst(i, s.pass.input, ofSampling)
			l.compute(l.x, s.pass.read(s.net.plans[i].source, s.pass.input))
			l.measure()
			for b := range sums {
				m := l.batchMoments(b)
				sums[b].merge(&m)
			}
		})
		for b := range sums {
			sums[b].set(l.norm.samplingMean, l.norm.samplingVar, b)
		}
	}
	s.calibrated = true
	return nil
}
