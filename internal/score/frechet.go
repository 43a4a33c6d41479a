package score

// The Fréchet distance of two sets of vectors, each modelled as a normal
// distribution (Dowson, Landau: The Fréchet distance between multivariate normal
// distributions; 1982; Heusel et al.: GANs Trained by a Two Time-Scale Update
// Rule; NIPS 2017).

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// normal is a normal distribution with the covariance factor^T factor.
type normal struct {
	mean   []float64
	factor *mat.Dense // at most as many rows as columns
	trace  float64    // of the covariance
}

// newNormal fits a normal distribution to the n vectors of x. The covariance is
// divided by n-1.
func newNormal(x *vectors) *normal {
	mean := x.mean()
	deviations := mat.NewDense(x.n, x.d, nil) // over sqrt(n-1)
	scale := 0.0
	if x.n > 1 {
		scale = 1 / math.Sqrt(float64(x.n-1))
	}
	trace := 0.0
	for i := range x.n {
		row := deviations.RawRowView(i)
		for k, v := range x.row(i) {
			row[k] = (float64(v) - mean[k]) * scale
			trace += row[k] * row[k]
		}
	}
	return &normal{mean, triangle(deviations), trace}
}

// triangle returns a matrix R with R^T R = x^T x: the factor of x = QR if x has more
// rows than columns, otherwise x itself.
func triangle(x *mat.Dense) *mat.Dense {
	n, d := x.Dims()
	if n <= d {
		return x
	}
	var qr mat.QR
	qr.Factorize(x)
	var r mat.Dense
	qr.RTo(&r)
	return mat.DenseCopyOf(r.Slice(0, d, 0, d))
}

// frechet returns |mean a - mean b|^2 + trace(A + B - 2 (AB)^(1/2)), where A and B
// are the covariances. With A = F^T F and B = G^T G, the eigenvalues of AB are the
// squares of the singular values of F G^T. The trace of the root is therefore the
// sum of those singular values. No matrix is squared, and none needs full rank.
func frechet(a, b *normal) (float64, error) {
	distance := a.trace + b.trace
	for k, m := range a.mean {
		distance += (m - b.mean[k]) * (m - b.mean[k])
	}
	var product mat.Dense
	product.Mul(a.factor, b.factor.T())
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDNone) {
		return 0, errors.New("compare features: the singular values do not converge")
	}
	for _, s := range svd.Values(nil) {
		distance -= 2 * s
	}
	return max(distance, 0), nil // rounding may leave a little below 0
}
