package score

// The choice of the best of many samples: realistic, and unlike each other.

import "math"

// Pick returns the indices of n candidates that are realistic and unlike each other. The
// first is the most realistic. realism has one value per candidate.
//
// Each pick maximises the sum of the candidate's realism, in standard deviations and times
// realismWeight, and of the logarithm of its conditional variance given the earlier picks,
// in a Gaussian process with the kernel exp(-|x-y|^2 / 2s^2), where s^2 is the mean of
// |x-y|^2. That is the greedy maximum of the probability under a determinantal point
// process (Kulesza, Taskar: Determinantal Point Processes for Machine Learning, 2012),
// computed by the rows of a Cholesky decomposition (Chen, Zhang, Zhou: Fast Greedy MAP
// Inference, NeurIPS 2018). x is a candidate's features, structure and colours.
func Pick(c *Candidates, realism []float64, n int) []int {
	p := newPicking(c.joined(), realism)
	for range min(n, p.n) {
		p.take(p.best())
	}
	return p.picked
}

// realismWeight was chosen by eye (bench/pick.md). With half of it odd samples are picked, with twice the weight
// ones that are more alike.
const realismWeight = 0.5

// picking is the state of Pick.
type picking struct {
	*vectors
	scale  float64     // 1 / 2s^2 of the kernel
	merit  []float64   // the realism of each sample, in standard deviations, weighted
	left   []float64   // the conditional variance of each sample
	rows   [][]float64 // of the decomposition, one per pick
	picked []int
	taken  []bool
}

func newPicking(v *vectors, realism []float64) *picking {
	p := &picking{vectors: v, merit: standardised(realism), left: make([]float64, v.n), taken: make([]bool, v.n)}
	for i := range p.left {
		p.left[i] = 1
		p.merit[i] *= realismWeight
	}
	if spread := meanSquare(v); spread > 0 {
		p.scale = 1 / (2 * spread)
	}
	return p
}

// meanSquare returns the mean of |x-y|^2 over all pairs of vectors, which is twice the
// sum of the variances of their components.
func meanSquare(v *vectors) float64 {
	sum, mean := 0.0, v.mean()
	for i := range v.n {
		for k, x := range v.row(i) {
			d := float64(x) - mean[k]
			sum += d * d
		}
	}
	return 2 * sum / float64(max(v.n-1, 1))
}

// standardised returns x less its mean, over its standard deviation, or zeros if that
// is 0.
func standardised(x []float64) []float64 {
	mean, square := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	z := make([]float64, len(x))
	for i, v := range x {
		if square > 0 {
			z[i] = (v - mean) / math.Sqrt(square)
		}
	}
	return z
}

// leastVariance bounds a variance from below. The variance of a sample that equals a
// picked one is 0, but for rounding.
const leastVariance = 1e-12

// best returns the next pick.
func (p *picking) best() int {
	best, most := 0, math.Inf(-1)
	for i, v := range p.left {
		if value := p.merit[i] + math.Log(max(v, leastVariance)); !p.taken[i] && value > most {
			best, most = i, value
		}
	}
	return best
}

// take picks sample j and updates the conditional variance of all samples.
func (p *picking) take(j int) {
	p.picked, p.taken[j] = append(p.picked, j), true
	root := math.Sqrt(max(p.left[j], leastVariance))
	row := make([]float64, p.n)
	for i := range row {
		row[i] = p.kernel(i, j)
	}
	for _, r := range p.rows {
		for i := range row {
			row[i] -= r[i] * r[j]
		}
	}
	for i := range row {
		row[i] /= root
		p.left[i] -= row[i] * row[i]
	}
	p.rows = append(p.rows, row)
}

func (p *picking) kernel(i, j int) float64 {
	square := 0.0
	y := p.row(j)
	for k, x := range p.row(i) {
		d := float64(x) - float64(y[k])
		square += d * d
	}
	return math.Exp(-square * p.scale)
}
