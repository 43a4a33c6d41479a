// Package export writes trained networks in the forms of other programs.
//
// Every form begins with [Generator] or [Discriminator], which turn a network of package
// gan into what inference needs: batch norms are folded into the convolutions before
// them, and convolutions that nothing separates are one. [Network.Run] defines what such
// a network computes; each form must give the same numbers.
package export

import (
	"fmt"
	"math"

	"dcgan/internal/gan"
)

// Network is a network for inference: its operations in the order in which they are
// computed. The last one's output is the network's.
type Network struct {
	Ops []Op
}

// Op is an operation with its bias, what is added to it, and its activation. It has no batch
// norm.
type Op struct {
	gan.Layer
	Weight []float32 // of shape KernelShape; of resampling the weights of a channel, [Kernel, Kernel]
	Bias   []float32 // [Out], zeros where the layer has none
	Input  int       // the operation whose output it takes, or gan.InputIndex
	Added  int       // the one whose output is added to what it gives, or none
}

// none is where an operation adds nothing.
const none = gan.InputIndex - 1

func (op *Op) transposed() bool { return op.Op == gan.TransposedConvolution }

// widens reports whether the operation leads from the narrow map to the wide one.
func (op *Op) widens() bool { return op.transposed() || op.Op == gan.Upsampling }

// resamples reports whether the operation computes each channel by itself.
func (op *Op) resamples() bool { return op.Op == gan.Upsampling || op.Op == gan.Downsampling }

// Generator returns the generator of a state: with the averaged weights, if there are
// any, and the statistics for sampling.
func Generator(m *gan.Model, s *gan.State) (*Network, error) {
	if err := m.Check(s); err != nil {
		return nil, fmt.Errorf("export the generator: %w", err)
	}
	kind := gan.Parameter
	if m.Averaged {
		kind = gan.Average
	}
	return network(m.Generator, s, kind, gan.SamplingMean, gan.SamplingVariance)
}

// Discriminator returns the discriminator of a state, with the running statistics.
func Discriminator(m *gan.Model, s *gan.State) (*Network, error) {
	if err := m.Check(s); err != nil {
		return nil, fmt.Errorf("export the discriminator: %w", err)
	}
	return network(m.Discriminator, s, gan.Parameter, gan.RunningMean, gan.RunningVariance)
}

// network returns the layers with the parameters, or their averages, and the statistics of these kinds.
func network(layers gan.Network, s *gan.State, parameters, mean, variance gan.Kind) (*Network, error) {
	n := &Network{}
	for i := range layers {
		l := layers[i]
		if err := l.Validate(); err != nil {
			return nil, err
		}
		op := Op{Layer: l, Bias: make([]float32, l.Out), Input: layers.Reads(i), Added: none}
		if at, adds := layers.Adds(i); adds {
			op.Added = at
		}
		switch {
		case l.Convolves():
			p := gan.Parameters(layers[i : i+1])
			op.Weight = l.Kernels(s.Load(p[0].As(parameters).Name).Data)
			copy(op.Bias, s.Load(p[1].As(parameters).Name).Data)
		case op.resamples():
			op.Weight = resamplingWeights(&l)
		}
		if l.BatchNorm != "" {
			mean, variance := l.Statistic(mean).Name, l.Statistic(variance).Name
			if s.Tensors[mean].Tensor == nil || s.Tensors[variance].Tensor == nil {
				return nil, fmt.Errorf("export %s: the model has no %s", l.Name, mean)
			}
			op.foldNorm(s.Load(mean).Clone().Data, s.Load(variance).Data)
		}
		n.Ops = append(n.Ops, op)
	}
	n.foldMix()
	return n, n.finite()
}

// resamplingWeights returns the weights of a channel of a resampling layer: products of
// those of both axes, of Upsampling four times as large.
func resamplingWeights(l *gan.Layer) []float32 {
	axis := gan.ResamplingWeights(l.Kernel)
	scale := 1.0
	if l.Op == gan.Upsampling {
		scale = 4
	}
	var weights []float32
	for _, y := range axis {
		for _, x := range axis {
			weights = append(weights, float32(scale*y*x))
		}
	}
	return weights
}

// foldNorm folds the batch norm that follows: with s = 1/sqrt(variance + epsilon),
//
//	weight'[o] = s[o] * weight[o]
//	bias'[o]   = beta[o] - s[o] * mean[o]
//
// for output channel o; op.Bias is beta.
func (op *Op) foldNorm(mean, variance []float32) {
	taps := op.Kernel * op.Kernel
	scale := make([]float64, op.Out)
	for o := range scale {
		scale[o] = 1 / math.Sqrt(float64(variance[o])+gan.BatchNormEpsilon)
		op.Bias[o] = float32(float64(op.Bias[o]) - scale[o]*float64(mean[o]))
	}
	for i := range op.Weight {
		op.Weight[i] = float32(float64(op.Weight[i]) * scale[op.outOf(i/taps)])
	}
	op.BatchNorm = ""
}

// outOf returns the output channel of the k-th kernel in Weight.
func (op *Op) outOf(k int) int {
	if op.transposed() {
		return k % op.Out
	}
	return k / op.In
}

// kernelOf returns which kernel of Weight leads from an input to an output channel.
func (op *Op) kernelOf(in, out int) int {
	if op.transposed() {
		return in*op.Out + out
	}
	return out*op.In + in
}

// foldMix makes one convolution of the last two, if the first is transposed and linear
// and the second of 1x1: with their weights u and m and their biases b and c,
//
//	weight[i, o, tap] = sum over k of m[o, k] * u[i, k, tap]
//	bias[o]           = c[o] + sum over k of m[o, k] * b[k]
//
// for input channel i, output channel o and the channels k between.
func (n *Network) foldMix() {
	last := len(n.Ops) - 1
	if last < 1 {
		return
	}
	up, mix := &n.Ops[last-1], &n.Ops[last]
	if !up.transposed() || up.Activation != gan.Linear || mix.Op != gan.Convolution || mix.Kernel != 1 ||
		mix.Input != last-1 || up.Added != none || mix.Added != none {
		return
	}
	op := Op{Layer: up.Layer, Input: up.Input, Added: none}
	op.Name, op.Out, op.Activation = mix.Name, mix.Out, mix.Activation
	taps := up.Kernel * up.Kernel
	op.Weight, op.Bias = make([]float32, op.In*op.Out*taps), make([]float32, op.Out)
	sums := make([]float64, taps)
	for o := range op.Out {
		m := mix.Weight[o*mix.In : (o+1)*mix.In]
		bias := float64(mix.Bias[o])
		for k, v := range m {
			bias += float64(v) * float64(up.Bias[k])
		}
		op.Bias[o] = float32(bias)
		for i := range op.In {
			clear(sums)
			for k, v := range m {
				for t, u := range up.Weight[(i*up.Out+k)*taps:][:taps] {
					sums[t] += float64(v) * float64(u)
				}
			}
			for t, v := range sums {
				op.Weight[(i*op.Out+o)*taps+t] = float32(v)
			}
		}
	}
	n.Ops = append(n.Ops[:last-1], op)
}

// finite returns an error if a number is none: what other programs make of such weights
// is not defined.
func (n *Network) finite() error {
	for i := range n.Ops {
		for _, list := range [][]float32{n.Ops[i].Weight, n.Ops[i].Bias} {
			for _, v := range list {
				if v-v != 0 {
					return fmt.Errorf("export %s: a weight is %v", n.Ops[i].Name, v)
				}
			}
		}
	}
	return nil
}

// Parameters returns the number of weights and biases.
func (n *Network) Parameters() int {
	count := 0
	for i := range n.Ops {
		count += len(n.Ops[i].Weight) + len(n.Ops[i].Bias)
	}
	return count
}
