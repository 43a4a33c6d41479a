package kernel

import "math"

// Adam updates the weights w and their moments m and v from the gradient dw, all
// of one length, in TensorFlow's form (Kingma and Ba 2015, end of section 2):
//
//	m = beta1*m + (1-beta1)*dw
//	v = beta2*v + (1-beta2)*dw*dw
//	w = w - lr*m / (sqrt(v) + eps)
//
// lr is the rate of step t, corrected for bias by the caller:
// rate * sqrt(1-beta2^t) / (1-beta1^t). Every operation is rounded, and none is fused.
func Adam(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	if len(dw) != len(w) || len(m) != len(w) || len(v) != len(w) {
		panic("kernel: lengths differ")
	}
	active.adam(w, dw, m, v, lr, beta1, beta2, eps)
}

func adamGeneric(w, dw, m, v []float32, lr, beta1, beta2, eps float32) {
	for i, d := range dw {
		m[i] = float32(beta1*m[i]) + float32((1-beta1)*d)
		v[i] = float32(beta2*v[i]) + float32((1-beta2)*float32(d*d))
		w[i] -= float32(lr*m[i]) / (float32(math.Sqrt(float64(v[i]))) + eps)
	}
}
