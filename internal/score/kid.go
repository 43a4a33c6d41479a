package score

// The kernel distance of Binkowski, Sutherland, Arbel, Gretton: Demystifying MMD
// GANs (ICLR 2018). It is the unbiased estimate of the squared maximum mean
// discrepancy under the kernel (x.y/d + 1)^3, averaged over subsets.

import (
	"math"
	"slices"

	"dcgan/internal/kernel"
	"dcgan/internal/random"
)

const (
	kidSubsets    = 100
	kidSubsetSize = 1000
)

// kid returns the mean of the estimates over subsets and its standard error, or NaN
// if a set has fewer than four vectors.
//
// A subset is at most half of the smaller set, so that the subsets of one set
// differ. The standard error is that of the jackknife that leaves n-m of n out
// (Shao, Wu 1989): sqrt(m/(n-m)) times the standard deviation of the estimates.
func kid(pool *kernel.Pool, x, y *centred) (mean, stderr float64) {
	n := min(x.n, y.n)
	m := min(kidSubsetSize, n/2)
	if m < 2 {
		return math.NaN(), math.NaN()
	}
	estimates := discrepancies(pool, x, y, subsets(x.n, m, 0), subsets(y.n, m, 1))
	for _, e := range estimates {
		mean += e / kidSubsets
	}
	variance := 0.0
	for _, e := range estimates {
		variance += (e - mean) * (e - mean) / (kidSubsets - 1)
	}
	return mean, math.Sqrt(variance * float64(m) / float64(n-m))
}

// discrepancies estimates the squared discrepancy between subset s of x and subset s
// of y for each s. All subsets have one size m. An estimate is the mean of the kernel
// over the pairs of different vectors within each subset, both added, less twice
// the mean over the pairs between the two.
func discrepancies(pool *kernel.Pool, x, y *centred, inX, inY [][]int) []float64 {
	xx := subsetSums(pool, x, x, inX, inX, true)
	yy := subsetSums(pool, y, y, inY, inY, true)
	xy := subsetSums(pool, x, y, inX, inY, false)
	m := float64(len(inX[0]))
	for s := range xx {
		xx[s] = (xx[s]+yy[s])/(m*(m-1)) - 2*xy[s]/(m*m)
	}
	return xx
}

// subsets draws kidSubsets subsets of m of the numbers 0..n-1, each sorted. The same
// arguments give the same subsets.
func subsets(n, m int, which uint64) [][]int {
	list := make([][]int, kidSubsets)
	for s := range list {
		list[s] = random.New(which, random.Score, uint64(s)).Perm(n)[:m]
		slices.Sort(list[s])
	}
	return list
}

// subsetSums returns, for each subset, the sum of the kernel over all pairs of its
// vectors of x with its vectors of y. same says that x is y; then pairs of a vector
// with itself are left out.
func subsetSums(pool *kernel.Pool, x, y *centred, inX, inY [][]int, same bool) []float64 {
	member := make([][]int, x.n) // the subsets of each vector
	for s, subset := range inX {
		for _, i := range subset {
			member[i] = append(member[i], s)
		}
	}
	origin := 0.0
	for _, v := range x.origin {
		origin += v * v
	}
	parts := make([]float64, x.n*len(inX))
	kernels := make([]float64, pool.Threads()*y.n)
	free := make(chan []float64, pool.Threads())
	for t := range pool.Threads() {
		free <- kernels[t*y.n:][:y.n]
	}
	eachRow(pool, x, y, func(i int, products []float32) {
		k := <-free
		defer func() { free <- k }()
		for j, p := range products {
			v := (float64(p)+x.along[i]+y.along[j]+origin)/float64(x.d) + 1
			k[j] = v * v * v
		}
		if same {
			k[i] = 0
		}
		for _, s := range member[i] {
			sum := 0.0
			for _, j := range inY[s] {
				sum += k[j]
			}
			parts[i*len(inX)+s] = sum
		}
	})
	sums := make([]float64, len(inX))
	for i := range x.n {
		for s, v := range parts[i*len(inX):][:len(inX)] {
			sums[s] += v
		}
	}
	return sums
}
