package cpu

import (
	"math"

	"dcgan/internal/gan"
	"dcgan/internal/kernel"
)

// batchNorm holds the statistics of a batch norm, one number a channel. A batch norm
// computes y = (x - mean) / sqrt(var + epsilon) + beta (Ioffe, Szegedy 2015), without
// gamma. Variances are biased (1/N). beta is the layer's bias.
type batchNorm struct {
	runningMean, runningVar   []float32 // moving averages
	samplingMean, samplingVar []float32 // calibrated
}

func newBatchNorm(channels int) *batchNorm {
	vector := func() []float32 { return make([]float32, channels) }
	return &batchNorm{
		runningMean: vector(), runningVar: vector(), samplingMean: vector(), samplingVar: vector(),
	}
}

// source is the origin of the statistics that a forward pass normalises by.
type source int

const (
	ofBatch    source = iota // the batch itself; the gradient includes them
	ofRunning                // the moving averages
	ofSampling               // the calibrated ones
)

// statistics returns the recorded statistics. by is ofRunning or ofSampling.
func (b *batchNorm) statistics(by source) (mean, variance []float32) {
	if by == ofRunning {
		return b.runningMean, b.runningVar
	}
	return b.samplingMean, b.samplingVar
}

// track moves the running statistics towards those of a batch, for the t-th time.
// They are not biased towards their initial values: running = a_t / (1 - decay^t),
// where a_t is the plain moving average that starts at 0 (Kingma, Ba 2015, section 3).
// At t = 1 the batch's statistics replace the running ones.
func (b *batchNorm) track(mean, variance []float32, t int64) {
	weight := float32((1 - gan.BatchNormDecay) / (1 - math.Pow(gan.BatchNormDecay, float64(t))))
	for c := range mean {
		b.runningMean[c] += float32(weight * (mean[c] - b.runningMean[c]))
		b.runningVar[c] += float32(weight * (variance[c] - b.runningVar[c]))
	}
}

// invStd returns 1 / sqrt(variance + epsilon).
func invStd(variance float32) float32 {
	return float32(1 / math.Sqrt(float64(variance)+gan.BatchNormEpsilon))
}

// moments holds, for each of a block's 16 channels, the mean of count values and the
// sum of their squared deviations from it.
type moments struct {
	count    float64
	mean, ss [lanes]float64
}

// momentsOf returns the moments of a block of the pictures from..to-1, in one pass. It sums
// deviations from the mean of a row in the middle of the pictures. That mean is close to the
// true one relative to the deviations, so that the variance loses nothing to cancellation.
// Sums are float32 over a row and float64 over rows.
func momentsOf(m *featureMap, block, from, to int) (r moments) {
	var about [lanes]float32
	var sum, unused [lanes]float64
	kernel.Moments(kernel.Row(m.size), m.inside((from+to)/2, block, m.size/2), &about, &sum, &unused)
	for c, v := range sum {
		about[c] = float32(v) / float32(m.size)
	}
	for n := from; n < to; n++ {
		kernel.Moments(m.shape(), m.pixels(n, block), &about, &r.mean, &r.ss)
	}
	r.count = float64((to - from) * m.size * m.size)
	for c, v := range about {
		d := r.mean[c] / r.count
		r.mean[c] = float64(v) + d
		r.ss[c] = max(0, r.ss[c]-r.count*d*d)
	}
	return r
}

// merge adds the moments of other values (Chan, Golub, LeVeque 1979).
func (r *moments) merge(o *moments) {
	if r.count == 0 {
		*r = *o
		return
	}
	total := r.count + o.count
	for c := range r.mean {
		d := o.mean[c] - r.mean[c]
		r.ss[c] += o.ss[c] + d*d*r.count*o.count/total
		r.mean[c] += d * o.count / total
	}
	r.count = total
}

// set writes the means and biased variances to a block of mean and variance.
func (r *moments) set(mean, variance []float32, block int) {
	for c := range r.mean {
		mean[block*lanes+c] = float32(r.mean[c])
		variance[block*lanes+c] = float32(r.ss[c] / r.count)
	}
}

// block16 returns a block of a vector of channels as the kernels take it.
func block16(v []float32, block int) *[lanes]float32 {
	return (*[lanes]float32)(v[block*lanes:])
}
