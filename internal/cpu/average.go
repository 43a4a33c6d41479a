// The moving average of the generator's weights over the steps: what samples, while
// Adam goes on with the weights themselves (Yazici et al. 2019: The Unusual
// Effectiveness of Averaging in GAN Training).

package cpu

import "math"

// averageStep moves the average towards the weights after the t-th step, with a
// half-life in steps. It is free of the pull of its start, as batchNorm.track is: the
// weight of a step is its share of those of all t steps, and at t = 1 the weights
// replace what was there. With a ramp above 0 the average reaches back over about that share of the t
// steps at most, so that a picture of an early step is not one of the very first.
func (p *parameters) averageStep(t int64, halfLife int, ramp float64) {
	decay := math.Exp2(-1 / float64(halfLife))
	p.pull = float32((1 - decay) / (1 - math.Pow(decay, float64(t))))
	if ramp > 0 {
		p.pull = max(p.pull, float32(1/(ramp*float64(t)+1)))
	}
	if p.averageTask == nil {
		p.averageTask = p.averageChunk
	}
	p.machine.pool.Run(p.chunks(), p.averageTask)
	p.watch.lap(&p.account)
}

func (p *parameters) averageChunk(_, i int) {
	from, to := i*adamChunk, min((i+1)*adamChunk, len(p.w))
	average := p.average[from:to]
	for j, w := range p.w[from:to] {
		average[j] += float32(p.pull * (w - average[j]))
	}
}
