// The moving average of the generator's weights over the steps. Samples are made with
// the average, while Adam updates the weights themselves (Yazici et al. 2019: The
// Unusual Effectiveness of Averaging in GAN Training).

package cpu

import "math"

// averageStep moves the average towards the weights after step t, t = 1, 2, ...:
//
//	average += pull (w - average),   pull = (1 - d) / (1 - d^t),   d = 2^(-1/halfLife)
//
// Like batchNorm.track, it is not biased towards the initial values: at t = 1 the
// weights replace the average. With ramp > 0, pull is at least 1/(ramp*t + 1). The
// average then covers at most about the last ramp*t steps, so that it soon forgets
// the first ones.
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
