package kernel

import "math"

// Tanh computes y = tanh(x) by way of float64, any length. y may be x.
func Tanh(y, x []float32) {
	for i, v := range x {
		y[i] = float32(math.Tanh(float64(v)))
	}
}

// TanhGrad computes dx = dy * (1 - y*y) from the output y of Tanh. dx may be dy.
func TanhGrad(dx, dy, y []float32) {
	for i, v := range y {
		dx[i] = dy[i] * (1 - float32(v*v))
	}
}
