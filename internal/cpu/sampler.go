package cpu

import (
	"fmt"
	"math"

	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Sampler generates pictures with a trained generator. It is not for concurrent use.
type Sampler struct {
	model      *gan.Model
	machine    *machine
	maps       maps
	net        *network // over a chunk of pictures, in the first of maps
	calibrated bool
}

// NewSampler returns a sampler of a state's generator that computes batch pictures
// at a time (0: as many as suit the size) on so many threads (0: one a core).
// Neither changes a picture. Close it at the end.
func NewSampler(model *gan.Model, s *gan.State, batch, threads int) (*Sampler, error) {
	if err := model.Check(s); err != nil {
		return nil, fmt.Errorf("take over a state: %w", err)
	}
	if batch == 0 {
		batch = chunkOf(model.Size, math.MaxInt)
	}
	m := newMachine(threadsOf(threads), formOf(model.Exact, config.PrecisionFP32), model.Generator)
	r := newSampler(model, m, newMaps(model.Generator, batch), batch)
	r.net.allocate(nil)
	r.net.setState(s)
	r.net.turn()
	r.calibrated = s.Calibrated(model)
	return r, nil
}

// newSampler makes a sampler without parameters that computes chunks of so many
// pictures, which v has room for. It overwrites v: a training engine's own maps
// serve, between steps.
func newSampler(model *gan.Model, m *machine, v maps, chunk int) *Sampler {
	return &Sampler{model: model, machine: m, maps: v, net: networkOver(v.first(chunk), model.Generator, m)}
}

// chunkOf is the number of pictures to compute at a time: 32 up to 64x64, over which
// the work on weights spreads, fewer above, as maps grow, and no more than most. It
// divides calibration's number of z, a power of two.
func chunkOf(size, most int) int {
	n := min(32, max(1, 32*64/size))
	for n > most {
		n /= 2
	}
	return n
}

// Close ends the sampler's threads.
func (s *Sampler) Close() { s.machine.pool.Close() }

// Generate returns the pictures of z, [n, channels, size, size] in [-1, 1], with
// batch norm by the statistics named (config.StatisticsCalibrated, ...).
func (s *Sampler) Generate(z *tensor.Tensor, statistics string) (*tensor.Tensor, error) {
	if err := z.CheckShape(z.Shape[0], s.model.NZ); err != nil {
		return nil, fmt.Errorf("generate: z: %w", err)
	}
	net, by := s.net, ofSampling
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
		net = s.over(z.Shape[0])
	default:
		return nil, fmt.Errorf("generate: no statistics are called %q", statistics)
	}
	pictures := tensor.New(z.Shape[0], s.model.Channels, s.model.Size, s.model.Size)
	s.chunks(net, z, func(net *network, from int) {
		net.forward(net.input, by)
		for i := range net.input.n {
			net.output().get(i, pictures.Row(from+i))
		}
	})
	return pictures, nil
}

// over is the sampler's network over batches of n pictures.
func (s *Sampler) over(n int) *network {
	v := s.maps
	if n > v[0].n {
		v = newMaps(s.model.Generator, n)
	}
	net := networkOver(v.first(n), s.model.Generator, s.machine)
	net.share(s.net)
	return net
}

// chunks calls do for each chunk of z that fits net, with the network that has it for
// its input: net, or a smaller one for a last chunk that is short.
func (s *Sampler) chunks(net *network, z *tensor.Tensor, do func(net *network, from int)) {
	for from := 0; from < z.Shape[0]; from += net.input.n {
		if left := z.Shape[0] - from; left < net.input.n {
			net = s.over(left)
		}
		for i := range net.input.n {
			net.input.setImage(i, z.Row(from+i))
		}
		do(net, from)
	}
}

// calibrate records each batch norm's mean and variance over all of z, [n, nz], in
// training mode, n a multiple of the chunk. A layer's statistics need those of the
// layers below over all of z, so it takes the layers in turn and, for each, the
// chunks: the maps of all of z are never in memory at once.
func (s *Sampler) calibrate(z *tensor.Tensor) error {
	if z.Shape[0]%s.net.input.n != 0 {
		return fmt.Errorf("calibrate: %d z are no multiple of %d", z.Shape[0], s.net.input.n)
	}
	for i, l := range s.net.layers {
		if l.norm == nil {
			continue
		}
		sums := make([]moments, l.x.blocks)
		s.chunks(s.net, z, func(*network, int) {
			input := s.net.input
			for _, below := range s.net.layers[:i] {
				below.forward(input, ofSampling)
				input = below.y
			}
			l.convolve(input)
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
