package export

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Directions returns directions of z, unit vectors, in which the pictures change most, the
// strongest first, at most n of them: the eigenvectors of A A^T with the largest
// eigenvalues, A being the weights of the operation on z, a row for each number of z
// (Shen, Zhou: Closed-Form Factorization of Latent Semantics in GANs, 2021). Of the two
// signs of each it takes the one whose largest component is positive.
func (n *Network) Directions(count int) [][]float32 {
	op := &n.Ops[0]
	if !op.Convolves() {
		return nil
	}
	taps := op.Kernel * op.Kernel
	a := mat.NewDense(op.In, op.Out*taps, nil)
	for in := range op.In {
		row := a.RawRowView(in)
		for out := range op.Out {
			for t, w := range op.Weight[op.kernelOf(in, out)*taps:][:taps] {
				row[out*taps+t] = float64(w)
			}
		}
	}
	var product mat.SymDense
	product.SymOuterK(1, a)
	var eigen mat.EigenSym
	if !eigen.Factorize(&product, true) {
		return nil // of finite numbers it does not happen
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	directions := make([][]float32, min(count, op.In))
	for k := range directions {
		directions[k] = make([]float32, op.In)
		column := op.In - 1 - k // eigenvalues ascend
		largest := 0.0
		for i := range op.In {
			if v := vectors.At(i, column); math.Abs(v) > math.Abs(largest) {
				largest = v
			}
		}
		for i := range op.In {
			directions[k][i] = float32(math.Copysign(1, largest) * vectors.At(i, column))
		}
	}
	return directions
}
