package cpu

import (
	"math"

	"dcgan/internal/config"
	"dcgan/internal/kernel"
)

// adamChunk is the number of parameters that a task updates.
const adamChunk = 1 << 15

// adam updates all parameters once from their gradients, in TensorFlow's
// form (Kingma, Ba 2015, the end of section 2; reference: optimisers):
//
//	w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon)
func (p *parameters) adam(rate, beta1, beta2 float64) {
	p.updates++
	t := float64(p.updates)
	p.rate = float32(rate * math.Sqrt(1-math.Pow(beta2, t)) / (1 - math.Pow(beta1, t)))
	p.beta1, p.beta2 = float32(beta1), float32(beta2)
	if p.task == nil {
		p.task = p.adamChunk
	}
	p.machine.pool.Run(p.chunks(), p.task)
	p.watch.lap(&p.account)
}

func (p *parameters) chunks() int { return (len(p.w) + adamChunk - 1) / adamChunk }

func (p *parameters) adamChunk(_, i int) {
	from, to := i*adamChunk, min((i+1)*adamChunk, len(p.w))
	kernel.Adam(p.w[from:to], p.g[from:to], p.m[from:to], p.v[from:to], p.rate, p.beta1, p.beta2, config.Epsilon)
}
