package cpu

import "math"

// The losses are sigmoid cross-entropies of one logit a picture, in nats, averaged
// over the batch (reference: losses):
//
//	loss(x, target) = -target*log(sigmoid(x)) - (1-target)*log(1 - sigmoid(x))
//	gradient        = (sigmoid(x) - target) / n
const (
	targetGenerated = 0.0 // for D's update
	targetFooled    = 1.0 // of a generated picture, for G's update
)

// targetReal is a real picture's target under label smoothing s: y*(1-s) + s/2 at y = 1.
func targetReal(s float64) float64 { return 1 - s/2 }

// crossEntropy is the mean loss of the logits against one target, and the mean of
// their sigmoids.
func crossEntropy(logits *featureMap, target float64) (loss, meanSigmoid float64) {
	for n := range logits.n {
		x := float64(logits.inside(n, 0, 0)[0])
		// max(x,0) - x*t + log(1+exp(-|x|)) is the formula above without overflow.
		loss += max(x, 0) - x*target + math.Log1p(math.Exp(-math.Abs(x)))
		meanSigmoid += sigmoid(x)
	}
	return loss / float64(logits.n), meanSigmoid / float64(logits.n)
}

// crossEntropyGrad fills dlogits with the gradient of the mean loss.
func crossEntropyGrad(dlogits, logits *featureMap, target float64) {
	for n := range logits.n {
		x := float64(logits.inside(n, 0, 0)[0])
		dlogits.inside(n, 0, 0)[0] = float32((sigmoid(x) - target) / float64(logits.n))
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
